import CMillKernels
import MillTensor

extension Compute {
    /// y = x / sqrt(mean(x²) + epsilon) · weight, for each row of the last dimension (Zhang and Sennrich 2019).
    ///
    /// `x` and `y` are `[..., k]`, `weight` is `[k]`; `y` may be `x`.
    public func rmsNorm(_ x: Tensor, _ weight: Tensor, epsilon: Float, into y: Tensor) throws(ComputeError) {
        let checks = Checks("rmsNorm")
        let (n, k) = try checks.matrix(x, "x")
        let source = try checks.input(x, "x")
        let scale = try checks.input(weight, "weight", [k])
        let target = try checks.output(y, "y", x.shape)
        call { mill_rms_norm($0, source, scale, epsilon, target, n, k) }
    }

    /// y = (x - mean) / sqrt(variance + epsilon) · weight + bias, for each row of the last dimension (Ba et al. 2016).
    ///
    /// `x` and `y` are `[..., k]`, `weight` and `bias` are `[k]`; `y` may be `x`.
    public func layerNorm(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, epsilon: Float, into y: Tensor) throws(ComputeError) {
        let checks = Checks("layerNorm")
        let (n, k) = try checks.matrix(x, "x")
        let source = try checks.input(x, "x")
        let scale = try checks.input(weight, "weight", [k])
        let shift = try bias.map { b throws(ComputeError) in try checks.input(b, "bias", [k]) }
        let target = try checks.output(y, "y", x.shape)
        call { mill_layer_norm($0, source, scale, shift, epsilon, target, n, k) }
    }

    /// Each row of the last dimension becomes exp(x) / sum(exp(x)), in place; `x` is `[..., k]`.
    public func softmax(_ x: Tensor) throws(ComputeError) {
        let checks = Checks("softmax")
        let (n, k) = try checks.matrix(x, "x")
        let target = try checks.output(x, "x", x.shape)
        call { mill_softmax($0, target, n, k) }
    }
}
