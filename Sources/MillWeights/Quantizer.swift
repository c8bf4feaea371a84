import MillCompute
import MillTensor

/// Changes the element type of weights. Rounding is that of GGML's reference functions (`quantize_row_*_ref`), bit for bit.
public enum Quantizer {
    /// The types that ``quantize(_:to:)`` writes.
    public static let targets: [DType] = [.f32, .f16, .bf16, .q8_0, .q4_0]

    /// The tensor in another type.
    ///
    /// - Parameter x: `[..., k]`, contiguous, of any weight type; `k` a whole number of the target's blocks.
    /// - Returns: a new tensor of the same shape, or `x` itself when it has the type already.
    /// - Throws: ``WeightsError/invalidContent(item:reason:)`` for a type that cannot be written, and
    ///   ``WeightsError/tensor(name:_:)`` when the shape does not fit.
    public static func quantize(_ x: Tensor, to dtype: DType) throws(WeightsError) -> Tensor {
        if x.dtype == dtype { return x }
        guard targets.contains(dtype) else {
            throw .invalidContent(
                item: "type \(dtype.name)", reason: "only \(targets.map(\.name).joined(separator: ", ")) can be made")
        }
        let values = try dequantize(x)
        if dtype == .f32 { return values }
        do throws(TensorError) {
            let result = try Tensor.allocate(dtype, x.shape)
            guard let target = result.mutablePointer else { return values }
            let source = UnsafeBufferPointer(
                start: values.pointer.assumingMemoryBound(to: Float.self), count: values.elementCount)
            switch dtype {
            case .f16: convert(source, to: target) { Float16($0).bitPattern }
            case .bf16: convert(source, to: target, bfloat16)
            case .q8_0: blocks(source, of: dtype, to: target, writeQ8)
            default: blocks(source, of: dtype, to: target, writeQ4)
            }
            return result
        } catch { throw .tensor(name: "quantized to \(dtype.name)", error) }
    }

    /// The tensor as F32, exactly; `x` itself when it is F32.
    public static func dequantize(_ x: Tensor) throws(WeightsError) -> Tensor {
        if x.dtype == .f32, x.isContiguous { return x }
        do {
            let result = try Tensor.allocate(.f32, x.shape)
            try Compute.shared.dequantize(x, into: result)
            return result
        } catch let error as TensorError {
            throw .tensor(name: "dequantized", error)
        } catch {
            throw .invalidContent(item: "tensor of type \(x.dtype.name)", reason: "\(error)")
        }
    }

    private static func convert(
        _ source: UnsafeBufferPointer<Float>, to target: UnsafeMutableRawPointer, _ bits: (Float) -> UInt16
    ) {
        for (index, value) in source.enumerated() {
            target.storeBytes(of: bits(value), toByteOffset: index * 2, as: UInt16.self)
        }
    }

    /// Rounds to the nearest, ties to even; NaN stays NaN.
    static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 64 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    private static func blocks(
        _ source: UnsafeBufferPointer<Float>, of dtype: DType, to target: UnsafeMutableRawPointer,
        _ write: (UnsafeBufferPointer<Float>, UnsafeMutableRawPointer) -> Void
    ) {
        for block in 0..<source.count / dtype.blockSize {
            let start = block * dtype.blockSize
            write(
                UnsafeBufferPointer(rebasing: source[start..<start + dtype.blockSize]), target + block * dtype.blockByteCount)
        }
    }

    /// One scale, the largest magnitude / 127, and 32 signed bytes.
    private static func writeQ8(_ x: UnsafeBufferPointer<Float>, _ target: UnsafeMutableRawPointer) {
        let scale = x.reduce(Float(0)) { max($0, abs($1)) } / 127
        let inverse = scale == 0 ? 0 : 1 / scale
        target.storeBytes(of: Float16(scale).bitPattern, as: UInt16.self)
        for (index, value) in x.enumerated() {
            let rounded = (value * inverse).rounded(.toNearestOrAwayFromZero)
            target.storeBytes(of: Int8(clamping: integer(rounded)), toByteOffset: 2 + index, as: Int8.self)
        }
    }

    /// One scale, the value of largest magnitude / -8, and 32 nibbles: the first 16 elements low, the others high.
    private static func writeQ4(_ x: UnsafeBufferPointer<Float>, _ target: UnsafeMutableRawPointer) {
        var extreme: Float = 0
        for value in x where abs(value) > abs(extreme) { extreme = value }
        let scale = extreme / -8
        let inverse = scale == 0 ? 0 : 1 / scale
        target.storeBytes(of: Float16(scale).bitPattern, as: UInt16.self)
        func nibble(_ value: Float) -> UInt8 { UInt8(clamping: min(15, integer(value * inverse + 8.5))) }
        for index in 0..<16 {
            target.storeBytes(of: nibble(x[index]) | nibble(x[index + 16]) << 4, toByteOffset: 2 + index, as: UInt8.self)
        }
    }

    /// Truncates; what is no number becomes 0, what is too large the nearest bound.
    private static func integer(_ value: Float) -> Int {
        value.isNaN ? 0 : Int(max(-1e6, min(1e6, value)))
    }
}
