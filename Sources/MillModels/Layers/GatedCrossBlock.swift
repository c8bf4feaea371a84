import MillCompute
import MillTensor

/// A decoder block that looks at pictures beside the sequence, each part behind a gate (Flamingo, arXiv:2204.14198; Mllama in
/// `transformers`). A sequence without pictures passes it unchanged.
struct GatedCrossBlock: Sendable {
    let attentionNorm: Tensor
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear
    /// RMS norms of each head's query and key, `[headDimension]`.
    let queryNorm: Tensor
    let keyNorm: Tensor
    /// What attention adds is multiplied with this.
    let attentionGate: Float
    let mlpNorm: Tensor
    let mlp: GatedMLP
    let mlpGate: Float
    let epsilon: Float

    /// Adds to the residual stream of the sequences that have pictures. Positions before a sequence's first picture look at
    /// all of all pictures, and take nothing of the MLP, as in `transformers`.
    func run(_ pass: DecoderPass, layer: Int) throws {
        let segments = pass.segments.filter { !$0.cache.sights.isEmpty }
        guard !segments.isEmpty else { return }
        let (compute, buffers) = (pass.compute, pass.buffers)
        let scale = 1 / Float(buffers.queryHeads.shape[2]).squareRoot()
        try compute.rmsNorm(buffers.hidden, attentionNorm, epsilon: epsilon, into: buffers.normed)
        try query.run(buffers.normed, into: buffers.query, on: compute)
        try compute.normalizeHeads(buffers.queryHeads, queryNorm, epsilon: epsilon)
        for segment in segments {
            for stretch in segment.cache.sights.stretches(segment.start..<segment.end) {
                let memory = try segment.cache.sights.memory(stretch.view)
                let first = segment.rows.lowerBound + stretch.positions.lowerBound - segment.start
                let rows = first..<first + stretch.positions.count
                try compute.attention(
                    q: try buffers.queryHeads.rows(rows), store: try memory.store(layer: layer), count: stretch.view.count,
                    mask: .none, scale: scale, into: try buffers.attendedHeads.rows(rows))
            }
        }
        try output.run(buffers.attended, into: buffers.delta, on: compute)
        for segment in segments { try add(attentionGate, segment.rows, pass) }

        try compute.rmsNorm(buffers.hidden, mlpNorm, epsilon: epsilon, into: buffers.normed)
        try mlp.run(pass, layer: layer)
        for segment in segments {
            let blind = segment.cache.sights.blindCount(segment.start..<segment.end)
            try add(mlpGate, segment.rows.lowerBound + blind..<segment.rows.upperBound, pass)
        }
    }

    private func add(_ gate: Float, _ rows: Range<Int>, _ pass: DecoderPass) throws {
        guard !rows.isEmpty else { return }
        try pass.compute.addScaled(try pass.buffers.delta.rows(rows), scale: gate, into: try pass.buffers.hidden.rows(rows))
    }

    /// Writes the keys and values of what a picture's encoder made, F32 `[n, hidden]`, into a store.
    ///
    /// - Parameter start: the first row's place in the store.
    func lookUp(_ states: Tensor, at start: Int, in store: KeyValueStore, on compute: Compute) throws {
        let (heads, width) = (store.headCount, store.headDimension)
        let piece = min(states.shape[0], TextModel.chunkLength)
        let keys = try Tensor.allocate(.f32, [piece, heads * width])
        let values = try Tensor.allocate(.f32, [piece, heads * width])
        // Nothing turns, and nobody asks yet.
        let still = try Tensor([0], shape: [1])
        let queries = try Tensor.zeros(.f32, [piece, 1, width])
        for first in stride(from: 0, to: states.shape[0], by: piece) {
            let count = min(piece, states.shape[0] - first)
            let (keys, values) = (try keys.rows(0..<count), try values.rows(0..<count))
            try compute.linear(
                try states.rows(first..<first + count), [key.output(into: keys), value.output(into: values)])
            let split = [count, heads, width]
            try compute.normalizeHeads(try keys.reshaped(split), keyNorm, epsilon: epsilon)
            try compute.store(
                keys: try keys.reshaped(split), values: try values.reshaped(split), queries: try queries.rows(0..<count),
                at: start + first, in: store,
                rotation: Rotation(positions: Array(repeating: 0, count: count), frequencies: still, layout: .halves))
        }
    }
}

extension TextModel {
    /// The keys and values of pictures' rows for each layer that looks at them, one after the other.
    func lookedUp(_ rows: [Tensor], pool: StoragePool) throws(ModelError) -> SideMemory {
        let c = configuration
        let own = Set(0..<c.layerCount).subtracting(c.crossLayers)
        let cache = try KVCache(
            cacheType, layerCount: c.layerCount, skipping: own, capacity: rows.reduce(0) { $0 + $1.shape[0] },
            kvHeadCount: c.kvHeadCount, headDimension: c.headDimension, pool: pool)
        for (index, block) in weights.blocks.enumerated() {
            guard case .cross(let block) = block else { continue }
            let store = try cache.store(layer: index)
            var start = 0
            for part in rows {
                try ModelError.wrapping { try block.lookUp(part, at: start, in: store, on: compute) }
                start += part.shape[0]
            }
        }
        return SideMemory(cache)
    }
}
