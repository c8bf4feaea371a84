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

    /// `pass.buffers.normed` → `pass.buffers.delta`; keys and values are written into the caches.
    func run(_ pass: DecoderPass, layer: Int) throws {
        let (compute, buffers) = (pass.compute, pass.buffers)
        let headDimension = buffers.queryHeads.shape[2]
        // One sequence's queries, keys and values are one call. Of several, each has its own place for keys and values.
        let isSingle = pass.segments.count == 1
        if !isSingle { try pass.run(query, .query, layer: layer, buffers.normed, into: buffers.query) }

        for segment in pass.segments {
            let normed = try pass.rows(segment, of: buffers.normed)
            let keys = try segment.cache.keys(layer: layer, segment.start..<segment.end)
            let values = try segment.cache.values(layer: layer, segment.start..<segment.end)
            let flat = [segment.rows.count, key.weight.shape[0]]
            var parts = [(key, AdapterTarget.key, try keys.reshaped(flat)), (value, .value, try values.reshaped(flat))]
            if isSingle { parts.append((query, .query, buffers.query)) }
            try compute.linear(normed, parts.map { $0.0.output(into: $0.2) })
            if let adapter = segment.cache.adapter {
                for (_, target, y) in parts { try adapter.add(target, layer: layer, normed, into: y, on: compute) }
            }
            if let keyNorm { try normalize(keys, keyNorm, on: compute) }
            try rope.run(keys, positions: segment.positions, on: compute)
            let queries = try pass.rows(segment, of: buffers.queryHeads)
            if let queryNorm { try normalize(queries, queryNorm, on: compute) }
            try rope.run(queries, positions: segment.positions, on: compute)

            try compute.attention(
                q: queries,
                k: try segment.cache.keys(layer: layer, 0..<segment.end),
                v: try segment.cache.values(layer: layer, 0..<segment.end),
                mask: .causal(offset: segment.start), scale: 1 / Float(headDimension).squareRoot(),
                into: try pass.rows(segment, of: buffers.attendedHeads))
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

    /// Turns x `[n, heads, headDimension]` in place.
    func run(_ x: Tensor, positions: [Int32], on compute: Compute) throws {
        try compute.rope(
            x, positions: positions, frequencies: frequencies, layout: layout == .interleaved ? .interleaved : .halves)
    }
}
