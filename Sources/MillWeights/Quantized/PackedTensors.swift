import Dispatch
import MillCompute
import MillTensor

/// Parts of a quantized matrix: tensors of another source, checked against each other.
struct PackedTensors {
    let source: any WeightSource
    /// The matrix, for messages.
    let name: String

    func error(_ part: String, _ reason: String) -> WeightsError {
        .malformed(path: source.path, item: "tensor \(part)", offset: 0, reason: reason)
    }

    /// A contiguous part of this type and shape; a size of nil is any.
    func part(_ part: String, _ dtype: DType, _ shape: [Int?]) throws(WeightsError) -> Tensor {
        let tensor = try source.tensor(part)
        let expected = "[\(shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", "))]"
        guard tensor.dtype == dtype, tensor.rank == shape.count,
            zip(tensor.shape, shape).allSatisfy({ $1 == nil || $0 == $1 }), tensor.isContiguous
        else {
            throw error(part, "it is \(tensor.dtype.name) \(tensor.shape), and must be \(dtype.name) \(expected)")
        }
        return tensor
    }

    /// The numbers of a part, in F32.
    func numbers(_ part: String, count: Int? = nil) throws(WeightsError) -> [Float] {
        let tensor = try source.tensor(part)
        guard [.f32, .f16, .bf16].contains(tensor.dtype), tensor.isContiguous, count == nil || tensor.elementCount == count else {
            throw error(
                part,
                "it is \(tensor.dtype.name) \(tensor.shape), and must hold \(count.map { "\($0) " } ?? "")floating-point numbers")
        }
        let floats = try Quantizer.dequantize(tensor)
        do { return try floats.floats() } catch { throw .tensor(name: part, error) }
    }
}

/// Turns F32 into the elements of a dense tensor: F16, BF16 or F32, as the reference computes in the type of the scales.
enum DenseType: Sendable {
    case f32, f16, bf16

    init?(_ dtype: DType) {
        switch dtype {
        case .f32: self = .f32
        case .f16: self = .f16
        case .bf16: self = .bf16
        default: return nil
        }
    }

    var dtype: DType {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        }
    }

    /// Makes a dense tensor; `body` fills a matrix of bits, one word an element, with values that `encode` rounds.
    func make(_ shape: [Int], name: String, _ body: some DenseBody) throws(WeightsError) -> Tensor {
        do throws(TensorError) {
            let result = try Tensor.allocate(dtype, shape)
            guard let target = result.mutablePointer else { return result }
            let count = result.elementCount
            // The allocation holds `count` elements of the type's size.
            switch self {
            case .f32:
                body.fill(UnsafeMutableBufferPointer(start: target.bindMemory(to: UInt32.self, capacity: count), count: count)) {
                    $0.bitPattern
                }
            case .f16:
                body.fill(UnsafeMutableBufferPointer(start: target.bindMemory(to: UInt16.self, capacity: count), count: count)) {
                    Float16($0).bitPattern
                }
            case .bf16:
                body.fill(
                    UnsafeMutableBufferPointer(start: target.bindMemory(to: UInt16.self, capacity: count), count: count),
                    { Quantizer.bfloat16($0) })
            }
            return result
        } catch { throw .tensor(name: name, error) }
    }
}

/// Writes every element of a dense tensor.
protocol DenseBody: Sendable {
    func fill<Bits: FixedWidthInteger & Sendable>(
        _ target: UnsafeMutableBufferPointer<Bits>, _ encode: @Sendable @escaping (Float) -> Bits)
}

extension DenseBody {
    /// Calls `body` with ranges that together are `0..<count`, on all cores that models compute on.
    func forEachPiece(of count: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let pieces = min(max(Compute.shared.threadCount, 1) * 4, count)
        guard pieces > 1 else { return body(0..<count) }
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            body(count * piece / pieces..<count * (piece + 1) / pieces)
        }
    }
}
