import CMillKernels
import MillTensor

/// What U8 picture elements stand for, per channel: `value · scale + shift`.
public struct PixelScale: Sendable, Hashable {
    public var scale: [Float]
    public var shift: [Float]

    public init(scale: [Float], shift: [Float]) {
        self.scale = scale
        self.shift = shift
    }

    /// `(value / 255 - mean) / deviation` per channel.
    public init(mean: [Float], deviation: [Float]) {
        self.init(scale: deviation.map { 1 / (255 * $0) }, shift: zip(mean, deviation).map { -$0 / $1 })
    }
}

extension Compute {
    /// Two-dimensional convolution (cross-correlation, as networks mean it) with zero padding.
    ///
    /// - Parameters:
    ///   - x: `[height, width, channels]`, F32, or U8 together with `pixels`; rows may be strided.
    ///   - pixels: what U8 elements stand for. Padding is zero after this scaling.
    ///   - weight: `[out, kernelHeight, kernelWidth, channels]`, F32.
    ///   - bias: `[out]`, F32.
    ///   - y: `[outHeight, outWidth, out]`, F32, written; see ``convolutionSize(_:kernel:stride:padding:)``.
    public func convolution(
        _ x: Tensor, pixels: PixelScale? = nil, _ weight: Tensor, bias: Tensor? = nil, stride: Int, padding: Int, into y: Tensor
    ) throws(ComputeError) {
        let checks = Checks("convolution")
        guard x.rank == 3 else {
            throw .shapeMismatch(operation: "convolution", argument: "x", expected: [0, 0, 0], actual: x.shape)
        }
        guard weight.rank == 4, weight.shape[3] == x.shape[2] else {
            throw .shapeMismatch(
                operation: "convolution", argument: "weight", expected: [0, 0, 0, x.shape[2]], actual: weight.shape)
        }
        let (height, width, channels) = (x.shape[0], x.shape[1], x.shape[2])
        let (out, kernelHeight, kernelWidth) = (weight.shape[0], weight.shape[1], weight.shape[2])
        let outHeight = try Self.convolutionSize(height, kernel: kernelHeight, stride: stride, padding: padding)
        let outWidth = try Self.convolutionSize(width, kernel: kernelWidth, stride: stride, padding: padding)
        let source: UnsafeRawPointer
        if x.dtype == .u8 {
            guard let pixels, pixels.scale.count == channels, pixels.shift.count == channels else {
                throw .shapeMismatch(
                    operation: "convolution", argument: "pixels", expected: [channels], actual: [pixels?.scale.count ?? 0])
            }
            guard channels < 2 || x.strides[2] == 1, width < 2 || x.strides[1] == channels else {
                throw .notContiguous(operation: "convolution", argument: "x")
            }
            source = x.pointer
        } else {
            source = UnsafeRawPointer(try checks.strided(x, "x", rank: 3, dense: 2))
        }
        let weights = try checks.input(weight, "weight")
        let shifts = try bias.map { b throws(ComputeError) in try checks.input(b, "bias", [out]) }
        let target = try checks.output(y, "y", [outHeight, outWidth, out])
        let scale = pixels ?? PixelScale(scale: [], shift: [])
        let status = scale.scale.withUnsafeBufferPointer { scales in
            scale.shift.withUnsafeBufferPointer { pixelShifts in
                let job = mill_convolution_job(
                    x: source, x_row: x.strides[0], x_is_u8: x.dtype == .u8, x_scale: scales.baseAddress,
                    x_shift: pixelShifts.baseAddress, height: height, width: width, channels: channels, weight: weights,
                    bias: shifts, out_channels: out, kernel_height: kernelHeight, kernel_width: kernelWidth, stride: stride,
                    padding: padding, y: target, out_height: outHeight, out_width: outWidth)
                return call { context in withUnsafePointer(to: job) { mill_convolution(context, $0) } }
            }
        }
        try checks.status(status)
    }

    /// The size of a convolution's result in one dimension: `(size + 2 padding - kernel) / stride + 1`.
    public static func convolutionSize(_ size: Int, kernel: Int, stride: Int, padding: Int) throws(ComputeError) -> Int {
        let limit = Int(Int32.max)
        for (argument, value, least) in [("stride", stride, 1), ("padding", padding, 0), ("kernel", kernel, 1), ("x", size, 0)] {
            guard value >= least, value < limit else {
                throw .outOfRange(operation: "convolution", argument: argument, value: value, count: limit)
            }
        }
        guard size + 2 * padding >= kernel else {
            throw .shapeMismatch(operation: "convolution", argument: "x", expected: [kernel], actual: [size + 2 * padding])
        }
        return (size + 2 * padding - kernel) / stride + 1
    }
}
