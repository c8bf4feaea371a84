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
    /// How many of the last tokens a token sees, itself among them; nil for all.
    var window: Int?
    let epsilon: Float

    /// `pass.buffers.normed` → `pass.buffers.delta`; keys and values are written into the caches, in their type.
    func run(_ pass: DecoderPass, layer: Int) throws {
        let (compute, buffers) = (pass.compute, pass.buffers)
        let headDimension = buffers.queryHeads.shape[2]
        try pass.run(
            [(query, .query, buffers.query), (key, .key, buffers.key), (value, .value, buffers.value)], layer: layer,
            buffers.normed)
        if let queryNorm { try compute.normalizeHeads(buffers.queryHeads, queryNorm, epsilon: epsilon) }
        if let keyNorm { try compute.normalizeHeads(buffers.keyHeads, keyNorm, epsilon: epsilon) }
        for segment in pass.segments {
            let store = try segment.cache.store(layer: layer)
            let queries = try pass.rows(segment, of: buffers.queryHeads)
            let keys = try pass.rows(segment, of: buffers.keyHeads)
            var turn = rope.rotation(segment.positions, capacity: segment.cache.capacity)
            if let axes = segment.axes, !rope.axisFrequencies.isEmpty {
                let turns = rope.rotations(axes: axes)
                for first in turns.dropLast() {
                    try compute.rope(queries, first)
                    try compute.rope(keys, first)
                }
                turn = turns.last ?? turn
            }
            try compute.store(
                keys: keys, values: try pass.rows(segment, of: buffers.valueHeads), queries: queries, at: segment.start,
                in: store,
                rotation: turn)
            try compute.attention(
                q: queries, store: store, count: segment.end, mask: .causal(offset: segment.start, window: window),
                scale: 1 / Float(headDimension).squareRoot(), into: try pass.rows(segment, of: buffers.attendedHeads))
        }
        try pass.run(output, .output, layer: layer, buffers.attended, into: buffers.delta)
    }

}

extension Compute {
    /// RMS norm of each head on its own, in place; heads F32 `[n, heads, d]`.
    func normalizeHeads(_ heads: Tensor, _ weight: Tensor, epsilon: Float) throws {
        let rows = try heads.reshaped([heads.shape[0] * heads.shape[1], heads.shape[2]])
        try rmsNorm(rows, weight, epsilon: epsilon, into: rows)
    }
}

/// Rotary position embedding with its frequencies worked out.
struct Rope: Sendable {
    /// Radians per position, `[rotaryDimension / 2]`.
    let frequencies: Tensor
    /// The same for sequences of more than so many tokens; nil where they have the same.
    let long: (frequencies: Tensor, context: Int)?
    /// The frequencies by axis, zero where a pair turns by another one; empty where there is one axis.
    let axisFrequencies: [Tensor]
    let layout: RopeLayout
    /// Multiplies cosine and sine.
    let scale: Float

    /// - Parameters:
    ///   - divisors: of the frequencies, by pair; nil for none.
    ///   - longDivisors: the same for sequences beyond the configuration's ``RopeConfiguration/shortContext``.
    init(_ configuration: RopeConfiguration, divisors: [Float]? = nil, longDivisors: [Float]? = nil) throws(TensorError) {
        func tensor(_ divisors: [Float]?, isLong: Bool) throws(TensorError) -> Tensor {
            let values = configuration.frequencies(dividedBy: divisors, isLong: isLong)
            return try Tensor(values, shape: [values.count])
        }
        frequencies = try tensor(divisors, isLong: false)
        long = try configuration.shortContext.map { context throws(TensorError) in
            (try tensor(longDivisors, isLong: true), context)
        }
        let values = configuration.frequencies(dividedBy: divisors)
        var start = 0
        axisFrequencies = try configuration.sections.map { count throws(TensorError) in
            let pairs = start..<start + count
            start += count
            return try Tensor(values.indices.map { pairs.contains($0) ? values[$0] : 0 }, shape: [values.count])
        }
        layout = configuration.layout == .interleaved ? .interleaved : .halves
        scale = Float(configuration.scale)
    }

    private init(still frequencies: Tensor) {
        (self.frequencies, long, axisFrequencies, layout, scale) = (frequencies, nil, [], .halves, 1)
    }

    /// For layers without positions: nothing turns.
    static func still() throws(ModelError) -> Rope {
        do { return Rope(still: try Tensor([0], shape: [1])) } catch { throw .memory(error) }
    }

    /// How tokens at these positions turn.
    ///
    /// - Parameter capacity: how long the sequence can become, which decides about its frequencies: keys that are there already
    ///   cannot turn anew once it is longer.
    func rotation(_ positions: [Int32], capacity: Int) -> Rotation {
        let frequencies = if let long, capacity > long.context { long.frequencies } else { frequencies }
        return Rotation(positions: positions, frequencies: frequencies, layout: layout, scale: scale)
    }

    /// The turns of tokens whose positions differ by axis, one after the other; each turns its own pairs.
    func rotations(axes: [[Int32]]) -> [Rotation] {
        zip(axes, axisFrequencies).enumerated().map { index, turn in
            let isLast = index == axisFrequencies.count - 1
            return Rotation(positions: turn.0, frequencies: turn.1, layout: layout, scale: isLast ? scale : 1)
        }
    }
}

extension Compute {
    /// Turns x `[n, heads, headDimension]` in place.
    func rope(_ x: Tensor, _ turn: Rotation) throws(ComputeError) {
        try rope(x, positions: turn.positions, frequencies: turn.frequencies, layout: turn.layout, scale: turn.scale)
    }
}
