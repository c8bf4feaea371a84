import MillCompute
import MillTensor

/// A transformer block with RMS norms and a gated inner layer (arXiv:2002.05202) that reads a picture.
struct GatedEncoderBlock: Sendable {
    let norm1: Tensor
    let attention: Projections
    let norm2: Tensor
    let gate: Linear
    let up: Linear
    let down: Linear

    /// The working memory of blocks of one size.
    struct Buffers: Sendable {
        fileprivate let block: PreNormBlock.Buffers
        fileprivate let gate: Buffer

        init(rows: Int, hidden: Int, intermediate: Int) throws(TensorError) {
            block = try PreNormBlock.Buffers(rows: rows, hidden: hidden, intermediate: intermediate)
            gate = try Buffer(rows: rows, intermediate)
        }
    }

    /// Carries x `[n, hidden]` through the block, in place.
    ///
    /// - Parameters:
    ///   - turns: of queries and keys.
    ///   - parts: which rows see which; nil where every row sees every row.
    func run(
        _ x: Tensor, heads: Int, turns: [Rotation], parts: [AttentionPart]?, epsilon: Float, _ buffers: Buffers,
        on compute: Compute
    ) throws {
        let rows = x.shape[0]
        let (normed, delta) = (try buffers.block.normed.view(rows), try buffers.block.delta.view(rows))
        try compute.rmsNorm(x, norm1, epsilon: epsilon, into: normed)
        try attention.run(normed, heads: heads, turns: turns, parts: parts, buffers.block, into: delta, on: compute)
        try compute.add(delta, into: x)

        let (gated, inner) = (try buffers.gate.view(rows), try buffers.block.up.view(rows))
        try compute.rmsNorm(x, norm2, epsilon: epsilon, into: normed)
        try compute.linear(normed, [gate.output(into: gated), up.output(into: inner)])
        try compute.siluMul(gated, inner, into: inner)
        try down.run(inner, into: delta, on: compute)
        try compute.add(delta, into: x)
    }
}
