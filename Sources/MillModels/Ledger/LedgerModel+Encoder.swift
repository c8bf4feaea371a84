import MillCompute
import MillTensor

extension LedgerModel {
    /// Hashes and flags of a window → logits of tags and kinds.
    func encode(_ features: LedgerFeatures, _ tokens: Range<Int>, _ buffers: LedgerBuffers, _ tap: LayerTap) throws {
        let c = configuration
        let epsilon = Float(c.layerNormEpsilon)
        let hidden = try buffers.hidden.view(tokens.count)
        try embed(features, tokens, buffers, into: hidden)
        try weights.embeddingNorm.run(hidden, epsilon: epsilon, into: hidden, on: compute)
        try tap("embed", hidden)
        let turns = [weights.rope.rotation((0..<Int32(tokens.count)).map { $0 }, capacity: tokens.count)]
        for (index, block) in weights.blocks.enumerated() {
            try block.run(hidden, heads: c.headCount, turns: turns, epsilon: epsilon, buffers.block, on: compute)
            try tap("layer.\(index)", hidden)
        }
        let normed = try buffers.normed.view(tokens.count)
        try weights.norm.run(hidden, epsilon: epsilon, into: normed, on: compute)
        try tap("norm", normed)
        let (tags, kinds) = (try buffers.tags.view(tokens.count), try buffers.kinds.view(tokens.count))
        try compute.linear(normed, [weights.tags.output(into: tags), weights.kinds.output(into: kinds)])
        try tap("tags", tags)
        try tap("kinds", kinds)
    }

    /// The sum of the four embeddings of each token and of the columns of its flags.
    private func embed(
        _ features: LedgerFeatures, _ tokens: Range<Int>, _ buffers: LedgerBuffers, into hidden: Tensor
    ) throws {
        let count = tokens.count
        let buckets = UInt32(configuration.bucketCount)
        var ids = [Int32](repeating: 0, count: 4 * count)
        let flags = try buffers.flags.view(count)
        for (row, token) in tokens.enumerated() {
            for (part, hash) in features.text.hashes(of: token, in: features.tokens).enumerated() {
                ids[part * count + row] = Int32(hash % buckets)
            }
            guard let columns = flags.mutableRow(row) else { continue }
            for column in columns.indices { columns[column] = features.flags[token] >> LedgerFlagSet(column) & 1 == 1 ? 1 : 0 }
        }
        let gathered = try buffers.gathered.view(4 * count)
        try compute.embed(ids, weights.embedding, into: gathered)
        try weights.flags.run(flags, into: hidden, on: compute)
        for part in 0..<4 { try compute.add(try gathered.rows(part * count..<(part + 1) * count), into: hidden) }
    }
}

/// A stretch of tokens that is read at once, and those of them whose result counts.
struct LedgerWindow: Sendable, Hashable {
    let tokens: Range<Int>
    let kept: Range<Int>

    /// The windows over a text of so many tokens; every token is kept once.
    static func windows(_ count: Int, size: Int, overlap: Int) -> [LedgerWindow] {
        guard count > 0 else { return [] }
        var windows: [LedgerWindow] = []
        var start = 0
        while true {
            let end = min(start + size, count)
            let kept = (start == 0 ? 0 : start + overlap)..<(end == count ? count : end - overlap)
            windows.append(LedgerWindow(tokens: start..<end, kept: kept))
            if end == count { return windows }
            start += size - 2 * overlap
        }
    }
}
