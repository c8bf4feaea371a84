import MillTensor
import MillValue

/// Named tensors, from whatever file format.
public protocol WeightSource: Sendable {
    /// The file or folder that messages name.
    var path: String { get }
    /// All tensors, in the file's order.
    var names: [String] { get }
    func contains(_ name: String) -> Bool
    /// A read-only view on the mapped file; nothing is copied. The shape is outermost first.
    ///
    /// - Throws: ``WeightsError/missingTensor(path:name:closest:)`` or ``WeightsError/unsupported(path:item:reason:)``.
    func tensor(_ name: String) throws(WeightsError) -> Tensor
}

extension WeightSource {
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
