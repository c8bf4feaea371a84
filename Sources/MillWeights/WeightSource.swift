import MillTensor
import MillValue

/// Named tensors, from whatever file format.
public protocol WeightSource: Sendable {
    /// The file or folder that messages name.
    var path: String { get }
    /// All tensors, in the file's order.
    var names: [String] { get }
    /// The container and how its weights are stored: `safetensors`, `PyTorch`, `safetensors, GPTQ 4-bit`.
    var format: String { get }
    func contains(_ name: String) -> Bool
    /// Whether the tensor is made in memory when it is asked for, and no view on a file.
    func isMade(_ name: String) -> Bool
    /// Type and shape of a tensor, without making what has to be made.
    ///
    /// - Throws: as ``tensor(_:)``.
    func layout(_ name: String) throws(WeightsError) -> TensorLayout
    /// A read-only view on the mapped file; nothing is copied but what no kernel reads as it lies there (quantized weights
    /// of safetensors, transposed and strided tensors). The shape is outermost first.
    ///
    /// - Throws: ``WeightsError/missingTensor(path:name:closest:)`` or ``WeightsError/unsupported(path:item:reason:)``.
    func tensor(_ name: String) throws(WeightsError) -> Tensor
}

/// What a tensor is, without its elements.
public struct TensorLayout: Sendable, Hashable {
    public let dtype: DType
    /// Outermost first.
    public let shape: [Int]

    public init(_ dtype: DType, _ shape: [Int]) {
        self.dtype = dtype
        self.shape = shape
    }

    public var elementCount: Int { shape.reduce(1, *) }
    /// Bytes of a dense tensor.
    public var byteCount: Int { dtype.byteCount(elementCount: elementCount) ?? 0 }
}

extension WeightSource {
    public func isMade(_ name: String) -> Bool { false }

    public func layout(_ name: String) throws(WeightsError) -> TensorLayout {
        let tensor = try tensor(name)
        return TensorLayout(tensor.dtype, tensor.shape)
    }

    /// The tensor, or nil when the file has none of this name.
    public func optionalTensor(_ name: String) throws(WeightsError) -> Tensor? {
        contains(name) ? try tensor(name) : nil
    }

    /// The error for a tensor that is not there, with the most similar name that is.
    func missing(_ name: String) -> WeightsError {
        // Comparing with a hundred thousand names would take longer than loading the model.
        let closest = names.count <= 4096 ? Suggestion.closest(to: name, among: names) : nil
        return .missingTensor(path: path, name: name, closest: closest)
    }

    /// The elements of an integer tensor (I64, I32, I16, I8, U8 or BOOL), copied.
    public func integers(_ name: String) throws(WeightsError) -> [Int] {
        let tensor = try tensor(name)
        let result: [Int]? = tensor.withBytes { bytes in
            func read<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) -> [Int] {
                (0..<tensor.elementCount).map { index in
                    Int(
                        truncatingIfNeeded: bytes.unsafeLoadUnaligned(
                            fromByteOffset: index * MemoryLayout<Element>.size, as: type))
                }
            }
            return switch tensor.dtype {
            case .i64: read(Int64.self)
            case .i32: read(Int32.self)
            case .i16: read(Int16.self)
            case .i8: read(Int8.self)
            case .u8, .bool: read(UInt8.self)
            default: nil
            }
        }
        guard let result else {
            throw .tensor(
                name: name, .dtypeMismatch(operation: "integers", expected: .i64, actual: tensor.dtype))
        }
        return result
    }
}
