import MillCompute
import MillTensor
import Synchronization

/// A decoder-only text model of one of the families in ``TextFamily``.
///
/// They share the block, and differ in what ``DecoderWeights`` holds: biases, norms, which part of a head turns and how its
/// pairs lie, windows, experts, fused matrices (views of which are taken at load).
public final class TextModel: LanguageModel {
    /// Rows of working memory: the longest piece of a prompt that is computed at once.
    package static let chunkLength = 512

    public let configuration: DecoderConfiguration
    let weights: DecoderWeights
    package let compute: Compute
    private let epsilon: Float
    private let buffers: Mutex<DecoderBuffers>
    let workspaceByteCount: Int

    init(_ configuration: DecoderConfiguration, _ weights: DecoderWeights, compute: Compute) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        self.compute = compute
        epsilon = Float(configuration.rmsNormEpsilon)
        let buffers: DecoderBuffers
        do {
            buffers = try DecoderBuffers(
                rows: Self.chunkLength, hidden: configuration.hiddenSize, heads: configuration.headCount,
                kvHeads: configuration.kvHeadCount, headDimension: configuration.headDimension,
                intermediate: configuration.widestPlainSize, experts: configuration.experts)
        } catch { throw .memory(error) }
        workspaceByteCount = buffers.byteCount
        self.buffers = Mutex(buffers)
    }

    public var facts: NetworkFacts {
        let c = configuration
        let cacheType = KVCache.defaultType(compute.activations)
        return NetworkFacts(
            family: c.family.name, vocabularySize: c.vocabularySize, contextLength: c.contextLength,
            layerCount: c.layerCount, hiddenSize: c.hiddenSize, cacheType: cacheType,
            cacheByteCountPerToken: KVCache.byteCountPerToken(
                cacheType, layerCount: c.layerCount - c.crossLayers.count, kvHeadCount: c.kvHeadCount,
                headDimension: c.headDimension),
            workspaceByteCount: workspaceByteCount, isPlainText: true,
            experts: c.experts.map { ($0.count, $0.chosenCount) })
    }

    public var vocabularySize: Int { configuration.vocabularySize }
    public var contextLength: Int { configuration.contextLength }
    public var endTokenIDs: [Int32] { configuration.endTokenIDs }

    /// tokens → `pass.buffers.normed`, the hidden states `[n, hidden]` that the output head reads.
    private func run(_ pass: DecoderPass) throws {
        let buffers = pass.buffers
        try compute.embed(pass.tokens, weights.embedding, into: buffers.hidden)
        for part in pass.inserted { try part.write(into: buffers.hidden, on: compute) }
        try pass.tap?("embed", buffers.hidden)
        for (index, block) in weights.blocks.enumerated() {
            switch block {
            case .own(let layer): try run(layer, index, pass)
            case .cross(let block): try block.run(pass, layer: index)
            }
            try pass.tap?("layer.\(index)", buffers.hidden)
        }
        try compute.rmsNorm(buffers.hidden, weights.norm, epsilon: epsilon, into: buffers.normed)
        try pass.tap?("norm", buffers.normed)
    }

    private func run(_ layer: DecoderWeights.Layer, _ index: Int, _ pass: DecoderPass) throws {
        let buffers = pass.buffers
        try compute.rmsNorm(buffers.hidden, layer.attentionNorm, epsilon: epsilon, into: buffers.normed)
        try layer.attention.run(pass, layer: index)
        if let norm = layer.attentionDeltaNorm {
            try compute.rmsNorm(buffers.delta, norm, epsilon: epsilon, into: buffers.delta)
        }
        try compute.add(buffers.delta, into: buffers.hidden)
        try compute.rmsNorm(buffers.hidden, layer.mlpNorm, epsilon: epsilon, into: buffers.normed)
        try layer.mlp.run(pass, layer: index)
        if let norm = layer.mlpDeltaNorm {
            try compute.rmsNorm(buffers.delta, norm, epsilon: epsilon, into: buffers.delta)
        }
        try compute.add(buffers.delta, into: buffers.hidden)
    }

    /// Reads more tokens of one or several sequences in one pass, at most ``chunkLength`` in all.
    ///
    /// A sequence's numbers do not depend on which others share the pass.
    /// - Parameters:
    ///   - inserted: what takes the place of embeddings, by the row over all sequences.
    ///   - rows: the rows (over all sequences, in order) whose scores are wanted; nil means all of them.
    ///   - logits: F32 `[rows, vocabulary]`.
    ///   - sums: takes note of what the matrices are multiplied with.
    package func forward(
        _ sequences: [(tokens: [Int32], cache: KVCache)], inserted: [InsertedRows] = [], rows: [Int32]? = nil,
        into logits: Tensor, tap: LayerTap? = nil, sums: ActivationSums? = nil
    ) throws(ModelError) {
        for (tokens, cache) in sequences { try check(tokens, cache) }
        let count = sequences.reduce(0) { $0 + $1.tokens.count }
        guard count <= Self.chunkLength else {
            throw .misuse("a pass takes \(Self.chunkLength) tokens, not \(count)")
        }
        for part in inserted { try part.check(hiddenSize: configuration.hiddenSize, count: count) }
        for (tokens, cache) in sequences where !cache.sights.isEmpty {
            try cache.sights.prepare(cache.count..<cache.count + tokens.count) { rows throws(ModelError) in
                try lookedUp(rows, pool: .default)
            }
        }
        try buffers.withLock { buffers throws(ModelError) in
            let pass = try DecoderPass(
                sequences: sequences, inserted: inserted, buffers: buffers, compute: compute, tap: tap, sums: sums)
            try ModelError.wrapping {
                try run(pass)
                try sums?.add(.head, pass.buffers.normed)
                try compute.linear(try select(rows, in: pass), weights.head, into: logits)
            }
            for (tokens, cache) in sequences { cache.advance(by: tokens.count) }
        }
    }

    private func select(_ rows: [Int32]?, in pass: DecoderPass) throws -> Tensor {
        guard let rows else { return pass.buffers.normed }
        if rows.count == 1 { return try pass.buffers.normed.rows(Int(rows[0])..<Int(rows[0]) + 1) }
        let selected = try pass.buffers.delta.rows(0..<rows.count)
        try compute.embed(rows, pass.buffers.normed, into: selected)
        return selected
    }

    private func check(_ tokens: [Int32], _ cache: KVCache) throws(ModelError) {
        guard !tokens.isEmpty else { throw .misuse("a pass needs at least one token") }
        let known = 0..<Int32(vocabularySize + configuration.unwrittenTokenCount)
        if let token = tokens.first(where: { !known.contains($0) }) {
            throw .unknownToken(id: Int(token), vocabularySize: vocabularySize)
        }
        guard cache.count + tokens.count <= cache.capacity else {
            throw .contextFull(capacity: cache.capacity, needed: cache.count + tokens.count)
        }
    }

    /// Room for a sequence of `capacity` tokens, read and written under an adapter or without, with keys and values in the
    /// type `kv` (see ``makeContext(capacity:adapter:kv:pool:)``).
    package func makeCache(
        capacity: Int, adapter: LoRAAdapter? = nil, kv: DType? = nil, pool: StoragePool = .default
    ) throws(ModelError) -> KVCache {
        if let adapter, adapter.model !== self {
            throw .misuse("the adapter \(adapter.path) was loaded for another model")
        }
        return try KVCache(
            try cacheType(capacity: capacity, asked: kv), layerCount: configuration.layerCount,
            skipping: configuration.crossLayers, capacity: capacity, kvHeadCount: configuration.kvHeadCount,
            headDimension: configuration.headDimension, adapter: adapter, pool: pool)
    }

    /// What keys and values are kept in unless a sequence asks for another type.
    public var cacheType: DType { KVCache.defaultType(compute.activations) }

    /// An empty sequence of at most `capacity` tokens, read and written under an adapter or without.
    ///
    /// - Parameter kv: what its keys and values are kept in: F32, F16, BF16, or Q8_0 where a head has a multiple of 32
    ///   elements; nil means ``cacheType``.
    public func makeContext(
        capacity: Int, adapter: LoRAAdapter? = nil, kv: DType? = nil, pool: StoragePool = .default
    ) throws(ModelError) -> TextContext {
        let cache = try makeCache(capacity: min(capacity, contextLength), adapter: adapter, kv: kv, pool: pool)
        return try TextContext(self, cache: cache)
    }
}
