import MillCompute
import MillTensor

/// Causal grouped-query attention (arXiv:2305.13245) with rotary positions.
struct SelfAttention: Sendable {
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear
    /// RMS norms of each head's query and key (Qwen3), `[headDimension]`.
    var queryNorm: Tensor?
    var keyNorm: Tensor?
    let rope: Rope
    let epsilon: Float

    /// `pass.buffers.normed` → `pass.buffers.delta`; keys and values are written into the caches, in their type.
    func run(_ pass: DecoderPass, layer: Int) throws {
        let (compute, buffers) = (pass.compute, pass.buffers)
        let headDimension = buffers.queryHeads.shape[2]
        try pass.run(
            [(query, .query, buffers.query), (key, .key, buffers.key), (value, .value, buffers.value)], layer: layer, buffers.normed)
        if let queryNorm { try normalize(buffers.queryHeads, queryNorm, on: compute) }
        if let keyNorm { try normalize(buffers.keyHeads, keyNorm, on: compute) }
        for segment in pass.segments {
            let store = segment.cache.store(layer: layer)
            let queries = try pass.rows(segment, of: buffers.queryHeads)
            try compute.store(
                keys: try pass.rows(segment, of: buffers.keyHeads), values: try pass.rows(segment, of: buffers.valueHeads),
                queries: queries, at: segment.start, in: store, rotation: rope.rotation(segment.positions))
            try compute.attention(
                q: queries, store: store, count: segment.end, mask: .causal(offset: segment.start),
                scale: 1 / Float(headDimension).squareRoot(), into: try pass.rows(segment, of: buffers.attendedHeads))
        }
        try pass.run(output, .output, layer: layer, buffers.attended, into: buffers.delta)
    }

    /// Each head on its own, in place.
    private func normalize(_ heads: Tensor, _ weight: Tensor, on compute: Compute) throws {
        let rows = try heads.reshaped([heads.shape[0] * heads.shape[1], heads.shape[2]])
        try compute.rmsNorm(rows, weight, epsilon: epsilon, into: rows)
    }
}

/// Rotary position embedding with its frequencies worked out.
struct Rope: Sendable {
    /// Radians per position, `[rotaryDimension / 2]`.
    let frequencies: Tensor
    let layout: RopeConfiguration.Layout

    init(_ configuration: RopeConfiguration, divisors: [Float]? = nil) throws(TensorError) {
        let values = configuration.frequencies(dividedBy: divisors)
        frequencies = try Tensor(values, shape: [values.count])
        layout = configuration.layout
    }

    /// How tokens at these positions turn.
    func rotation(_ positions: [Int32]) -> Rotation {
        Rotation(
            positions: positions, frequencies: frequencies, layout: layout == .interleaved ? .interleaved : .halves)
    }

    /// Turns x `[n, heads, headDimension]` in place.
    func run(_ x: Tensor, positions: [Int32], on compute: Compute) throws {
        try compute.rope(
            x, positions: positions, frequencies: frequencies, layout: layout == .interleaved ? .interleaved : .halves)
    }
}
