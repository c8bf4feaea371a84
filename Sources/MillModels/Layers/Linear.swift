import MillCompute
import MillTensor

/// `y = x W^T + b`: a weight matrix `[out, in]` of any type, and an optional bias `[out]` in F32.
struct Linear: Sendable {
    let weight: WeightMatrix
    let bias: Tensor?

    /// x `[n, in]` → y `[n, out]`.
    func run(_ x: Tensor, into y: Tensor, on compute: Compute) throws {
        try compute.linear(x, weight, bias: bias, into: y)
    }

    /// This layer as one of several that read the same x; y is `[n, out]`.
    func output(into y: Tensor) -> LinearOutput { LinearOutput(weight, bias: bias, into: y) }
}
