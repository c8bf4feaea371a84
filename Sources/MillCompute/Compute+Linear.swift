import CMillKernels
import MillTensor

/// One of several matrices that are multiplied with the same activations, and where its product goes.
public struct LinearOutput: Sendable {
    /// `[m, k]`.
    let weight: WeightMatrix
    /// F32 `[m]`.
    let bias: Tensor?
    /// F32 `[..., m]`, written.
    let y: Tensor

    public init(_ weight: WeightMatrix, bias: Tensor? = nil, into y: Tensor) {
        self.weight = weight
        self.bias = bias
        self.y = y
    }
}

extension Compute {
    /// y = x Wᵀ + b.
    ///
    /// - Parameters:
    ///   - x: `[..., k]`, F32; the last dimension is dense, rows may be strided when `x` is a matrix.
    ///   - weight: `[m, k]`, any type that ``DType`` names for weights; rows may be strided.
    ///   - bias: `[m]`, F32.
    ///   - y: `[..., m]`, F32, written.
    public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, into y: Tensor) throws(ComputeError) {
        try linear(x, [LinearOutput(.rows(weight), bias: bias, into: y)])
    }

    /// The same with a matrix that may lie in panels.
    public func linear(_ x: Tensor, _ weight: WeightMatrix, bias: Tensor? = nil, into y: Tensor) throws(ComputeError) {
        try linear(x, [LinearOutput(weight, bias: bias, into: y)])
    }

    /// y = x Wᵀ + b for each of several matrices. The activations are quantized once, and all matrices are spread over the
    /// threads together; the results are those of one call each.
    ///
    /// - Parameters:
    ///   - x: `[..., k]`, F32; the last dimension is dense, rows may be strided when `x` is a matrix.
    ///   - outputs: whose results do not overlap with each other or with `x`.
    public func linear(_ x: Tensor, _ outputs: [LinearOutput]) throws(ComputeError) {
        let checks = Checks("linear")
        let (n, k) = try checks.matrix(x, "x")
        let isStrided = x.rank == 2 && !x.isContiguous
        let source = isStrided ? try checks.strided(x, "x", rank: 2) : try checks.input(x, "x")
        var matrices: [mill_matrix] = []
        matrices.reserveCapacity(outputs.count)
        for output in outputs { matrices.append(try matrix(output, x, k, checks)) }
        let status = matrices.withUnsafeBufferPointer { matrices in
            let job = mill_linear_job(
                x: source, x_stride: isStrided ? x.strides[0] : k, n: n, k: k, matrices: matrices.baseAddress,
                matrix_count: matrices.count)
            return call { context in withUnsafePointer(to: job) { mill_linear(context, $0) } }
        }
        try checks.status(status)
    }

    private func matrix(_ output: LinearOutput, _ x: Tensor, _ k: Int, _ checks: Checks) throws(ComputeError) -> mill_matrix {
        var matrix = mill_matrix()
        switch output.weight {
        case .rows(let weight):
            matrix.type = try checks.weightType(weight, "weight")
            matrix.row_stride = try checks.rowStride(weight, "weight")
            matrix.rows = weight.pointer
        case .panels(let panels):
            matrix.type = try checks.weightType(panels.dtype, "weight")
            matrix.panels = panels.pointer
        }
        let shape = output.weight.shape
        guard shape[1] == k else {
            throw .shapeMismatch(operation: "linear", argument: "weight", expected: [shape[0], k], actual: shape)
        }
        matrix.m = shape[0]
        matrix.bias = try output.bias.map { b throws(ComputeError) in try checks.input(b, "bias", [shape[0]]) }
        matrix.y = try checks.output(output.y, "y", x.shape.dropLast() + [shape[0]])
        matrix.y_stride = shape[0]
        return matrix
    }

    /// Rows of a table, dequantized: `out[i] = table[ids[i]]`.
    ///
    /// - Parameters:
    ///   - table: `[vocabulary, k]`, any weight type.
    ///   - out: `[ids.count, k]`, F32, written.
    /// - Throws: ``ComputeError/outOfRange(operation:argument:value:count:)`` for an id that the table lacks.
    public func embed(_ ids: [Int32], _ table: Tensor, into out: Tensor) throws(ComputeError) {
        let checks = Checks("embed")
        let type = try checks.weightType(table, "table")
        let stride = try checks.rowStride(table, "table")
        let target = try checks.output(out, "out", [ids.count, table.shape[1]])
        try checks.ids(ids, count: table.shape[0])
        call { mill_embed($0, type, table.pointer, stride, table.shape[1], ids, ids.count, target) }
    }

    /// The same with a table that may lie in panels.
    public func embed(_ ids: [Int32], _ table: WeightMatrix, into out: Tensor) throws(ComputeError) {
        let panels: WeightPanels
        switch table {
        case .rows(let rows): return try embed(ids, rows, into: out)
        case .panels(let found): panels = found
        }
        let checks = Checks("embed")
        let type = try checks.weightType(panels.dtype, "table")
        let k = panels.columnCount
        let target = try checks.output(out, "out", [ids.count, k])
        try checks.ids(ids, count: panels.rowCount)
        guard let rowByteCount = panels.dtype.byteCount(elementCount: k) else {
            throw .shapeMismatch(operation: "embed", argument: "table", expected: panels.shape, actual: panels.shape)
        }
        withUnsafeTemporaryAllocation(byteCount: rowByteCount, alignment: Storage.alignment) { row in
            guard let base = row.baseAddress else { return }
            for (index, id) in ids.enumerated() {
                panels.unpack(row: Int(id), type, into: base)
                mill_dequantize_row(isa.kernelISA, type, base, target + index * k, k)
            }
        }
    }

    /// A tensor of any weight type as F32: `out` has the shape of `x`.
    ///
    /// The values are bit-exact to the type's definition on every instruction set.
    public func dequantize(_ x: Tensor, into out: Tensor) throws(ComputeError) {
        let checks = Checks("dequantize")
        let type = try checks.weightType(x, "x")
        guard x.isContiguous else { throw .notContiguous(operation: "dequantize", argument: "x") }
        let (rows, k) = try checks.matrix(x, "x")
        let target = try checks.output(out, "out", x.shape)
        guard let rowByteCount = x.dtype.byteCount(elementCount: k) else {
            throw .shapeMismatch(operation: "dequantize", argument: "x", expected: [rows, x.dtype.blockSize], actual: x.shape)
        }
        for row in 0..<rows {
            mill_dequantize_row(isa.kernelISA, type, x.pointer + row * rowByteCount, target + row * k, k)
        }
    }

    /// Whether ``quantize(_:importance:into:)`` makes a type.
    public static func canQuantize(to dtype: DType) -> Bool { dtype.kernelType.map(mill_can_quantize) ?? false }

    /// An F32 tensor in the type of `out`, which has the shape of `x`.
    ///
    /// F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0 and Q5_1 are those of GGML's reference functions (`quantize_row_*_ref`), bit for bit; the
    /// scales of the K types, and with importance of all but Q8_0, are found by weighted least squares.
    ///
    /// - Parameter importance: F32 `[k]`: how much errors in each column weigh; nil for all alike.
    public func quantize(_ x: Tensor, importance: Tensor? = nil, into out: Tensor) throws(ComputeError) {
        let checks = Checks("quantize")
        let source = try checks.input(x, "x")
        let (rows, k) = try checks.matrix(x, "x")
        let type = try checks.weightType(out, "out")
        guard mill_can_quantize(type) else { throw .unsupportedType(operation: "quantize", argument: "out", dtype: out.dtype) }
        try checks.shape(out, "out", x.shape)
        guard let target = out.mutablePointer, out.isContiguous else {
            throw .notWritable(operation: "quantize", argument: "out")
        }
        guard k.isMultiple(of: out.dtype.blockSize) else {
            throw .shapeMismatch(operation: "quantize", argument: "x", expected: [rows, out.dtype.blockSize], actual: x.shape)
        }
        let weights = try importance.map { weights throws(ComputeError) in try checks.input(weights, "importance", [k]) }
        call { mill_quantize($0, type, source, weights, rows, k, target) }
    }
}
