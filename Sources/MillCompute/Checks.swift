import CMillKernels
import MillTensor

/// Checks of one operation's arguments, before their addresses reach a kernel.
struct Checks {
    let operation: String

    init(_ operation: String) { self.operation = operation }

    /// A dense F32 tensor of this shape, to be read.
    func input(_ tensor: Tensor, _ argument: String, _ shape: [Int]) throws(ComputeError) -> UnsafePointer<Float> {
        try require(tensor, argument, .f32, shape)
        return tensor.pointer.assumingMemoryBound(to: Float.self)
    }

    /// A dense F32 tensor of any shape, to be read.
    func input(_ tensor: Tensor, _ argument: String) throws(ComputeError) -> UnsafePointer<Float> {
        try input(tensor, argument, tensor.shape)
    }

    /// A dense F32 tensor of this shape, to be written.
    func output(_ tensor: Tensor, _ argument: String, _ shape: [Int]) throws(ComputeError) -> UnsafeMutablePointer<Float> {
        try require(tensor, argument, .f32, shape)
        guard let pointer = tensor.mutablePointer else { throw .notWritable(operation: operation, argument: argument) }
        return pointer.assumingMemoryBound(to: Float.self)
    }

    /// Dense except for the outermost dimensions, whose strides are returned; to be read.
    func strided(_ tensor: Tensor, _ argument: String, rank: Int, dense: Int = 1) throws(ComputeError) -> UnsafePointer<Float> {
        guard tensor.dtype == .f32 else {
            throw .dtypeMismatch(operation: operation, argument: argument, expected: .f32, actual: tensor.dtype)
        }
        guard tensor.rank == rank else {
            throw .shapeMismatch(
                operation: operation, argument: argument, expected: [Int](repeating: 0, count: rank), actual: tensor.shape)
        }
        try requireDense(tensor, argument, dimensions: dense)
        return tensor.pointer.assumingMemoryBound(to: Float.self)
    }

    /// Rows and columns of a tensor seen as a matrix of its last dimension.
    func matrix(_ tensor: Tensor, _ argument: String) throws(ComputeError) -> (rows: Int, columns: Int) {
        guard let columns = tensor.shape.last else {
            throw .shapeMismatch(operation: operation, argument: argument, expected: [1, 1], actual: [])
        }
        return (tensor.shape.dropLast().reduce(1, *), columns)
    }

    /// The kernels' name of a weight's type.
    func weightType(_ dtype: DType, _ argument: String) throws(ComputeError) -> mill_dtype {
        guard let type = dtype.kernelType else {
            throw .unsupportedType(operation: operation, argument: argument, dtype: dtype)
        }
        return type
    }

    func weightType(_ tensor: Tensor, _ argument: String) throws(ComputeError) -> mill_dtype {
        try weightType(tensor.dtype, argument)
    }

    /// Rows of a table of `count` rows.
    func ids(_ ids: [Int32], count: Int) throws(ComputeError) {
        for id in ids where id < 0 || Int(id) >= count {
            throw .outOfRange(operation: operation, argument: "id", value: Int(id), count: count)
        }
    }

    /// The distance in bytes between the rows of a matrix whose rows are dense.
    func rowStride(_ tensor: Tensor, _ argument: String) throws(ComputeError) -> Int {
        guard tensor.rank == 2, let stride = tensor.strides.first else {
            throw .shapeMismatch(operation: operation, argument: argument, expected: [0, 0], actual: tensor.shape)
        }
        try requireDense(tensor, argument, dimensions: 1)
        return stride / tensor.dtype.blockSize * tensor.dtype.blockByteCount
    }

    func shape(_ tensor: Tensor, _ argument: String, _ expected: [Int]) throws(ComputeError) {
        guard tensor.shape == expected else {
            throw .shapeMismatch(operation: operation, argument: argument, expected: expected, actual: tensor.shape)
        }
    }

    /// Where the causal mask starts, nil without one, and how many keys a query sees at most, 0 for all.
    func bounds(_ mask: AttentionMask) throws(ComputeError) -> (offset: Int?, window: Int) {
        guard case .causal(let value, let window) = mask else { return (nil, 0) }
        guard value >= 0, value <= Int(Int32.max) else {
            throw .outOfRange(operation: operation, argument: "offset", value: value, count: Int(Int32.max))
        }
        guard let window else { return (value, 0) }
        guard window > 0 else {
            throw .outOfRange(operation: operation, argument: "window", value: window, count: Int(Int32.max))
        }
        return (value, window)
    }

    func status(_ status: Int32) throws(ComputeError) {
        guard status == MILL_OK else { throw .outOfMemory(operation: operation) }
    }

    private func require(_ tensor: Tensor, _ argument: String, _ dtype: DType, _ expected: [Int]) throws(ComputeError) {
        guard tensor.dtype == dtype else {
            throw .dtypeMismatch(operation: operation, argument: argument, expected: dtype, actual: tensor.dtype)
        }
        try shape(tensor, argument, expected)
        guard tensor.isContiguous else { throw .notContiguous(operation: operation, argument: argument) }
    }

    private func requireDense(_ tensor: Tensor, _ argument: String, dimensions: Int) throws(ComputeError) {
        var expected = 1
        for (size, stride) in zip(tensor.shape, tensor.strides).suffix(dimensions).reversed() {
            guard size == 1 || stride == expected else { throw .notContiguous(operation: operation, argument: argument) }
            expected *= size
        }
    }

}

extension DType {
    /// The kernels' name of this type; nil where there is none.
    var kernelType: mill_dtype? {
        switch self {
        case .f32: MILL_F32
        case .f16: MILL_F16
        case .bf16: MILL_BF16
        case .q8_0: MILL_Q8_0
        case .q4_0: MILL_Q4_0
        case .q4_1: MILL_Q4_1
        case .q5_0: MILL_Q5_0
        case .q5_1: MILL_Q5_1
        case .q2_K: MILL_Q2_K
        case .q3_K: MILL_Q3_K
        case .q4_K: MILL_Q4_K
        case .q5_K: MILL_Q5_K
        case .q6_K: MILL_Q6_K
        case .iq4_nl: MILL_IQ4_NL
        case .iq4_xs: MILL_IQ4_XS
        case .f64, .i8, .u8, .i16, .i32, .i64, .bool: nil
        }
    }
}
