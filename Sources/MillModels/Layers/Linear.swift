import MillCompute
import MillTensor

/// `y = x W^T + b`: a weight matrix `[out, in]` of any type, and an optional bias `[out]` in F32.
struct Linear: Sendable {
    let weight: Tensor
    let bias: Tensor?

    /// x `[n, in]` → y `[n, out]`.
    func run(_ x: Tensor, into y: Tensor, on compute: Compute) throws {
        try compute.linear(x, weight, bias: bias, into: y)
    }

    /// The layer that computes only outputs `range`: a view, also on quantized rows.
    func outputs(_ range: Range<Int>) throws(TensorError) -> Linear {
        Linear(weight: try weight.rows(range), bias: try bias.map { bias throws(TensorError) in try bias.rows(range) })
    }
}
