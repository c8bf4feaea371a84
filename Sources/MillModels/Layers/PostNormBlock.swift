import MillCompute
import MillTensor

/// A transformer block that normalises after each part and in which every row sees every row (arXiv:1706.03762).
struct PostNormBlock: Sendable {
    let attention: Projections
    let norm1: LayerNorm
    let up: Linear
    let down: Linear
    let norm2: LayerNorm
    let activation: GELU

    /// Carries x `[n, hidden]` through the block, in place.
    func run(_ x: Tensor, heads: Int, epsilon: Float, _ buffers: PreNormBlock.Buffers, on compute: Compute) throws {
        let rows = x.shape[0]
        let (inner, delta) = (try buffers.up.view(rows), try buffers.delta.view(rows))
        try attention.run(x, heads: heads, buffers, into: delta, on: compute)
        try compute.add(delta, into: x)
        try norm1.run(x, epsilon: epsilon, into: x, on: compute)
        try up.run(x, into: inner, on: compute)
        try compute.gelu(inner, activation)
        try down.run(inner, into: delta, on: compute)
        try compute.add(delta, into: x)
        try norm2.run(x, epsilon: epsilon, into: x, on: compute)
    }
}
