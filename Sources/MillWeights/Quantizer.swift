import MillCompute
import MillTensor

/// Changes the element type of weights; see `Compute.quantize` for how.
public enum Quantizer {
    /// The types that ``quantize(_:to:importance:)`` writes.
    public static let targets: [DType] = DType.allCases.filter(Compute.canQuantize)

    /// The tensor in another type.
    ///
    /// - Parameters:
    ///   - x: `[..., k]`, contiguous, of any weight type; `k` a whole number of the target's blocks.
    ///   - importance: F32 `[k]`: how much errors in each column weigh; nil for all alike.
    /// - Returns: a new tensor of the same shape, or `x` itself when it has the type already.
    /// - Throws: ``WeightsError/invalidContent(item:reason:)`` for a type that cannot be written, and
    ///   ``WeightsError/tensor(name:_:)`` when the shape does not fit.
    public static func quantize(_ x: Tensor, to dtype: DType, importance: Tensor? = nil) throws(WeightsError) -> Tensor {
        if x.dtype == dtype { return x }
        guard targets.contains(dtype) else {
            throw .invalidContent(
                item: "type \(dtype.name)", reason: "only \(targets.map(\.name).joined(separator: ", ")) can be made")
        }
        let values = try dequantize(x)
        if dtype == .f32 { return values }
        return try making("quantized to \(dtype.name)") {
            let result = try Tensor.allocate(dtype, x.shape)
            try Compute.shared.quantize(values, importance: importance, into: result)
            return result
        }
    }

    /// The tensor as F32, exactly; `x` itself when it is F32.
    public static func dequantize(_ x: Tensor) throws(WeightsError) -> Tensor {
        if x.dtype == .f32, x.isContiguous { return x }
        return try making("dequantized") {
            let result = try Tensor.allocate(.f32, x.shape)
            try Compute.shared.dequantize(x, into: result)
            return result
        }
    }

    private static func making(_ what: String, _ body: () throws -> Tensor) throws(WeightsError) -> Tensor {
        do { return try body() } catch let error as TensorError { throw .tensor(name: what, error) } catch {
            throw .invalidContent(item: "tensor \(what)", reason: "\(error)")
        }
    }

    /// Rounds to the nearest, ties to even; NaN stays NaN.
    static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 64 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
