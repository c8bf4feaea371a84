import MillCompute
public import MillTensor
import Synchronization

/// An encoder of text in BERT's shape (arXiv:1810.04805): BERT, RoBERTa, XLM-RoBERTa, DistilBERT.
///
/// ```swift
/// guard case .encoder(let encoder) = try ModelLoader().load(path: "all-MiniLM-L6-v2").network else { … }
/// let row = try encoder.embed(tokenizer.encode("a sentence"))    // [hidden]
/// ```
/// `docs/models/encoders.md` says what every step computes. The heads of tasks that a checkpoint has are not computed.
public final class BertEncoder: TextEncoder {
    public let configuration: BertConfiguration
    public let pooling: EmbeddingPooling?
    private let weights: BertWeights
    private let compute: Compute
    private let workspaceByteCount: Int
    private let buffers: Mutex<Buffers>

    /// The working memory of one pass.
    private struct Buffers: Sendable {
        /// The residual stream.
        let hidden: Buffer
        let gathered: Buffer
        let block: PreNormBlock.Buffers

        init(_ c: BertConfiguration) throws(TensorError) {
            hidden = try Buffer(rows: c.contextLength, c.hiddenSize)
            gathered = try Buffer(rows: c.contextLength, c.hiddenSize)
            block = try PreNormBlock.Buffers(rows: c.contextLength, hidden: c.hiddenSize, intermediate: c.intermediateSize)
        }

        var byteCount: Int { hidden.byteCount + gathered.byteCount + block.byteCount }
    }

    init(
        _ configuration: BertConfiguration, _ weights: BertWeights, pooling: EmbeddingPooling?, compute: Compute
    ) throws(ModelError) {
        self.configuration = configuration
        self.weights = weights
        self.pooling = pooling
        self.compute = compute
        let buffers: Buffers
        do { buffers = try Buffers(configuration) } catch { throw .memory(error) }
        workspaceByteCount = buffers.byteCount
        self.buffers = Mutex(buffers)
    }

    public var contextLength: Int { configuration.contextLength }
    public var hiddenSize: Int { configuration.hiddenSize }

    public var facts: NetworkFacts {
        let c = configuration
        return NetworkFacts(
            family: c.family.rawValue, vocabularySize: c.vocabularySize, contextLength: c.contextLength,
            layerCount: c.layerCount, hiddenSize: c.hiddenSize, workspaceByteCount: workspaceByteCount)
    }

    public func encode(
        _ tokens: [Int32], types: [Int32]?, pool: StoragePool, tap: LayerTap?
    ) throws(ModelError) -> Tensor {
        let c = configuration
        guard !tokens.isEmpty else { throw .misuse("a text needs at least one token") }
        guard tokens.count <= c.contextLength else {
            throw .contextFull(capacity: c.contextLength, needed: tokens.count)
        }
        if let token = tokens.first(where: { !(0..<c.vocabularySize).contains(Int($0)) }) {
            throw .unknownToken(id: Int(token), vocabularySize: c.vocabularySize)
        }
        if let types {
            guard types.count == tokens.count, types.allSatisfy({ (0..<max(c.typeCount, 1)).contains(Int($0)) }) else {
                throw .misuse("each of the \(tokens.count) tokens needs one of \(max(c.typeCount, 1)) types")
            }
        }
        return try buffers.withLock { buffers throws(ModelError) in
            try CopyAccounting.region { () throws(ModelError) in
                try ModelError.wrapping { try forward(tokens, types, buffers, pool, tap) }
            }
        }
    }

    private func forward(
        _ tokens: [Int32], _ types: [Int32]?, _ buffers: Buffers, _ pool: StoragePool, _ tap: LayerTap?
    ) throws -> Tensor {
        let epsilon = Float(configuration.layerNormEpsilon)
        let hidden = try buffers.hidden.view(tokens.count)
        try compute.embed(tokens, weights.tokens, into: hidden)
        try compute.add(try weights.positions.rows(0..<tokens.count), into: hidden)
        if let table = weights.types {
            let gathered = try buffers.gathered.view(tokens.count)
            try compute.embed(types ?? [Int32](repeating: 0, count: tokens.count), table, into: gathered)
            try compute.add(gathered, into: hidden)
        }
        try weights.norm.run(hidden, epsilon: epsilon, into: hidden, on: compute)
        try tap?("embed", hidden)
        for (index, layer) in weights.layers.enumerated() {
            try layer.run(hidden, heads: configuration.headCount, epsilon: epsilon, buffers.block, on: compute)
            try tap?("layer.\(index)", hidden)
        }
        let result = try Tensor.allocate(.f32, hidden.shape, pool: pool)
        result.mutablePointer?.copyMemory(from: hidden.pointer, byteCount: result.byteCount)
        return result
    }
}
