/// What can be wrong with a tensor, its shape or its memory.
public enum TensorError: Error, Sendable, Equatable {
    case outOfMemory(byteCount: Int)
    case fileUnreadable(path: String, reason: String)
    /// A view that would reach outside its storage.
    case outOfBounds(byteOffset: Int, byteCount: Int, storageByteCount: Int)
    /// A row of `elementCount` elements is no whole number of blocks of this type.
    case partialBlock(dtype: DType, elementCount: Int)
    case shapeOverflow(shape: [Int])
    case shapeMismatch(operation: String, expected: [Int], actual: [Int])
    case dtypeMismatch(operation: String, expected: DType, actual: DType)
    case notContiguous(operation: String)
}

extension TensorError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .outOfMemory(let byteCount): "cannot allocate \(byteCount) bytes"
        case .fileUnreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .outOfBounds(let byteOffset, let byteCount, let storageByteCount):
            "\(byteCount) bytes from offset \(byteOffset) do not lie inside a storage of \(storageByteCount) bytes"
        case .partialBlock(let dtype, let elementCount):
            "a row of \(elementCount) elements is no whole number of \(dtype.name) blocks of \(dtype.blockSize)"
        case .shapeOverflow(let shape): "shape \(shape) has more elements than memory can hold"
        case .shapeMismatch(let operation, let expected, let actual):
            "\(operation): expected shape \(expected), got \(actual)"
        case .dtypeMismatch(let operation, let expected, let actual):
            "\(operation): expected \(expected.name), got \(actual.name)"
        case .notContiguous(let operation): "\(operation): the tensor is not contiguous"
        }
    }

    /// What is wrong, for those who say themselves which file it is.
    package var reason: String {
        if case .fileUnreadable(_, let reason) = self { reason } else { description }
    }
}
