import MillTensor

/// One sequence that a ``TextModel`` reads and continues.
public final class TextContext: DecodingContext, @unchecked Sendable {
    // Safe to share: everything mutable is touched only inside the model's lock or by the one session that owns this.
    private let model: TextModel
    private let cache: KVCache
    public let logits: Tensor
    private let logitRow: Tensor

    init(_ model: TextModel, cache: KVCache) throws(ModelError) {
        self.model = model
        self.cache = cache
        do {
            logitRow = try Tensor.allocate(.f32, [1, model.vocabularySize])
            logits = try logitRow.reshaped([model.vocabularySize])
        } catch { throw .memory(error) }
    }

    public var position: Int { cache.count }
    public var capacity: Int { cache.capacity }
    public var chunkLength: Int { TextModel.chunkLength }

    public func append(_ tokens: [Int32]) throws(ModelError) {
        try model.forward([(tokens, cache)], rows: [Int32(tokens.count - 1)], into: logitRow)
    }

    public func append(_ input: SequenceInput) throws(ModelError) {
        let before = (cache.sights, cache.grids)
        cache.look(at: input)
        do {
            try model.forward(
                [(input.tokens, cache)], inserted: input.inserted, rows: [Int32(input.count - 1)], into: logitRow)
        } catch {
            (cache.sights, cache.grids) = before
            throw error
        }
    }

    public func rewind(to position: Int) throws(ModelError) {
        guard (0...cache.count).contains(position) else {
            throw .misuse("cannot rewind to token \(position) of \(cache.count)")
        }
        cache.truncate(to: position)
    }
}
