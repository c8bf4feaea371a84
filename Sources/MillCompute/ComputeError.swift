import MillTensor

/// What can be wrong with the arguments of an operation.
public enum ComputeError: Error, Sendable, Equatable {
    /// `argument` of `operation` has the wrong shape.
    case shapeMismatch(operation: String, argument: String, expected: [Int], actual: [Int])
    case dtypeMismatch(operation: String, argument: String, expected: DType, actual: DType)
    /// A type that no kernel reads.
    case unsupportedType(operation: String, argument: String, dtype: DType)
    /// A cache of a block type whose blocks do not divide a head.
    case splitHead(dtype: DType, headDimension: Int)
    /// Elements must lie densely (or, where strides are allowed, the last dimension must).
    case notContiguous(operation: String, argument: String)
    /// The result lies in a mapped file.
    case notWritable(operation: String, argument: String)
    /// A row index, position or parameter outside its range.
    case outOfRange(operation: String, argument: String, value: Int, count: Int)
    case outOfMemory(operation: String)
    /// This processor or build lacks the instruction set; `available` are those it has.
    case isaUnavailable(requested: String, available: [String])
    /// `MILLRACE_THREADS` is no number of threads.
    case invalidThreads(String)
    /// `MILLRACE_MEMORY` is no size.
    case invalidMemory(String)
}

extension ComputeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .shapeMismatch(let operation, let argument, let expected, let actual):
            "\(operation): \(argument) has shape \(actual), expected \(expected)"
        case .dtypeMismatch(let operation, let argument, let expected, let actual):
            "\(operation): \(argument) is \(actual.name), expected \(expected.name)"
        case .unsupportedType(let operation, let argument, let dtype):
            "\(operation): \(argument) is \(dtype.name), which no kernel reads"
        case .splitHead(let dtype, let size):
            "cache: heads of \(size) elements are no whole blocks of \(dtype.blockSize), as \(dtype.name) needs; choose F16 or BF16"
        case .notContiguous(let operation, let argument): "\(operation): \(argument) is not contiguous"
        case .notWritable(let operation, let argument): "\(operation): \(argument) lies in a mapped file and cannot be written"
        case .outOfRange(let operation, let argument, let value, let count):
            "\(operation): \(argument) \(value) is outside 0..<\(count)"
        case .outOfMemory(let operation): "\(operation): no memory for the workspace"
        case .isaUnavailable(let requested, let available):
            "instruction set \(requested) is not available here; choose one of \(available.joined(separator: ", "))"
        case .invalidThreads(let value): "MILLRACE_THREADS is \"\(value)\"; give it a whole number from 1, or leave it out"
        case .invalidMemory(let value):
            "MILLRACE_MEMORY is \"\(value)\"; give it a number of bytes, or one with K, M, G or T behind it, such as 8G"
        }
    }
}
