import MillCompute
import MillTensor

/// One instruction about one picture, and the answer so far.
public final class HearthContext: DecodingContext, @unchecked Sendable {
    // Safe to share: everything mutable is touched only inside the model's lock or by the one session that owns this.
    /// Keys and values of the refined memory for one block, `[memory, kvHeads, headDimension]`.
    struct Cross {
        let keys: Tensor
        let values: Tensor
    }

    public let picture: HearthPicture
    private let model: HearthModel
    let cache: KVCache
    /// For each decoder block that looks at the memory.
    let cross: [Int: Cross]
    /// Tokens of the instruction; 0 before it was read.
    var promptLength = 0
    public let logits: Tensor

    init(_ model: HearthModel, _ picture: HearthPicture, capacity: Int, pool: StoragePool) throws(ModelError) {
        self.model = model
        self.picture = picture
        let c = model.configuration
        cache = try KVCache(
            KVCache.defaultType(model.compute.activations), layerCount: c.layerCount, capacity: capacity,
            kvHeadCount: c.kvHeadCount, headDimension: c.headDimension, pool: pool)
        do {
            var cross: [Int: Cross] = [:]
            for layer in c.crossAttentionLayers {
                let shape = [c.memoryCount, c.kvHeadCount, c.headDimension]
                cross[layer] = Cross(
                    keys: try Tensor.allocate(.f32, shape, pool: pool), values: try Tensor.allocate(.f32, shape, pool: pool))
            }
            self.cross = cross
            logits = try Tensor.allocate(.f32, [c.vocabularySize], pool: pool)
        } catch { throw .memory(error) }
    }

    public var position: Int { cache.count }
    public var capacity: Int { cache.capacity }
    public var chunkLength: Int { HearthModel.promptLimit }

    /// Reads the whole prompt (the first call) or more of the answer.
    public func append(_ tokens: [Int32]) throws(ModelError) {
        let scores: Tensor
        do { scores = try logits.reshaped([1, model.vocabularySize]) } catch { throw .memory(error) }
        try CopyAccounting.region { () throws(ModelError) in
            try model.forward(tokens, self, rows: tokens.count - 1..<tokens.count, into: scores, tap: nil)
        }
    }

    /// To the start, or to a token of the answer: what the memory learned from the prompt holds for the whole prompt.
    public func rewind(to position: Int) throws(ModelError) {
        guard position == 0 || (promptLength...max(promptLength, cache.count)).contains(position) else {
            throw .misuse("cannot rewind to token \(position); the prompt has \(promptLength), and \(cache.count) were read")
        }
        cache.truncate(to: position)
        if position == 0 { promptLength = 0 }
    }
}
