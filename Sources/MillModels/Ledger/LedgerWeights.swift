import MillTensor

/// The weights of a ledger model (`docs/models/ledger.md`); the names are the same in safetensors and GGUF.
struct LedgerWeights: Sendable {
    /// `[buckets, hidden]`.
    let embedding: Tensor
    let flags: Linear
    let embeddingNorm: LayerNorm
    let blocks: [PreNormBlock]
    let rope: Rope
    let norm: LayerNorm
    let tags: Linear
    let kinds: Linear

    init(_ reader: WeightReader, _ c: LedgerConfiguration) throws(ModelError) {
        embedding = try reader.tensor("embed.weight", [c.bucketCount, c.hiddenSize])
        flags = try reader.linear("flags", c.hiddenSize, c.flags.count)
        embeddingNorm = try reader.layerNorm("embed_norm", c.hiddenSize)
        var blocks: [PreNormBlock] = []
        for index in 0..<c.layerCount {
            blocks.append(
                try reader.preNormBlock("layers.\(index).", hidden: c.hiddenSize, intermediate: c.intermediateSize))
        }
        self.blocks = blocks
        rope = try reader.rope(
            RopeConfiguration(theta: c.ropeTheta, rotaryDimension: c.headDimension, layout: .halves, scaling: .none))
        norm = try reader.layerNorm("norm", c.hiddenSize)
        tags = try reader.linear("tags", c.tagCount, c.hiddenSize)
        kinds = try reader.linear("kinds", c.kinds.count, c.hiddenSize)
    }
}

/// The working memory of one window.
struct LedgerBuffers: Sendable {
    /// Rows of the embedding: the first hashes of all tokens, then the second, and so on.
    let gathered: Buffer
    let flags: Buffer
    let hidden: Buffer
    let normed: Buffer
    let block: PreNormBlock.Buffers
    let tags: Buffer
    let kinds: Buffer

    init(_ c: LedgerConfiguration) throws(TensorError) {
        gathered = try Buffer(rows: 4 * c.window, c.hiddenSize)
        flags = try Buffer(rows: c.window, c.flags.count)
        hidden = try Buffer(rows: c.window, c.hiddenSize)
        normed = try Buffer(rows: c.window, c.hiddenSize)
        block = try PreNormBlock.Buffers(rows: c.window, hidden: c.hiddenSize, intermediate: c.intermediateSize)
        tags = try Buffer(rows: c.window, c.tagCount)
        kinds = try Buffer(rows: c.window, c.kinds.count)
    }

    var byteCount: Int {
        [gathered, flags, hidden, normed, tags, kinds].reduce(block.byteCount) { $0 + $1.byteCount }
    }
}
