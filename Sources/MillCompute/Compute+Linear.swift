import CMillKernels
import MillTensor

extension Compute {
    /// y = x Wᵀ + b.
    ///
    /// - Parameters:
    ///   - x: `[..., k]`, F32; the last dimension is dense, rows may be strided when `x` is a matrix.
    ///   - weight: `[m, k]`, any type that ``DType`` names for weights; rows may be strided.
    ///   - bias: `[m]`, F32.
    ///   - y: `[..., m]`, F32, written.
    public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, into y: Tensor) throws(ComputeError) {
        let checks = Checks("linear")
        let (n, k) = try checks.matrix(x, "x")
        let type = try checks.weightType(weight, "weight")
        let weightStride = try checks.rowStride(weight, "weight")
        guard weight.shape[1] == k else {
            throw .shapeMismatch(operation: "linear", argument: "weight", expected: [weight.shape[0], k], actual: weight.shape)
        }
        let m = weight.shape[0]
        let isStrided = x.rank == 2 && !x.isContiguous
        let source = isStrided ? try checks.strided(x, "x", rank: 2) : try checks.input(x, "x")
        let job = mill_linear_job(
            x: source, x_stride: isStrided ? x.strides[0] : k, weight: weight.pointer, weight_stride: weightStride, type: type,
            bias: try bias.map { b throws(ComputeError) in try checks.input(b, "bias", [m]) },
            y: try checks.output(y, "y", x.shape.dropLast() + [m]), y_stride: m, n: n, m: m, k: k)
        try checks.status(
            run { context in
                withUnsafePointer(to: context) { context in withUnsafePointer(to: job) { mill_linear(context, $0) } }
            })
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
        for id in ids where id < 0 || Int(id) >= table.shape[0] {
            throw .outOfRange(operation: "embed", argument: "id", value: Int(id), count: table.shape[0])
        }
        run { context in
            withUnsafePointer(to: context) {
                mill_embed($0, type, table.pointer, stride, table.shape[1], ids, ids.count, target)
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
}
