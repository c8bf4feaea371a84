/// SentencePiece's byte-pair encoding: two neighbours merge when their joint text is a token, the best score first.
struct ScoredPairModel: TokenModel {
    let table: TokenTable
    /// One per token; the rank is the order of the scores.
    let ranks: [UInt32]
    let byteTokens: ByteTokens?
    let unknownID: Int32?

    /// - Parameter scores: one per token; the higher, the earlier it merges.
    init(table: TokenTable, scores: [Float], byteTokens: ByteTokens?, unknownID: Int32?) {
        self.table = table
        ranks = scores.map(Self.rank)
        self.byteTokens = byteTokens
        self.unknownID = unknownID
    }

    /// Numbers that sort ascending as the scores sort descending.
    private static func rank(_ score: Float) -> UInt32 {
        let bits = (score + 0).bitPattern
        let ascending = bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
        return ~ascending
    }

    private struct Rule: MergeRule {
        let model: ScoredPairModel
        let word: UnsafeBufferPointer<UInt8>

        func merge(_ left: Symbol, _ right: Symbol) -> (rank: UInt32, id: Int32)? {
            guard right.end - left.start <= model.table.maximumByteCount,
                let id = model.table.id(of: UnsafeBufferPointer(rebasing: word[left.start..<right.end]))
            else { return nil }
            return (model.ranks[Int(id)], id)
        }
    }

    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace) {
        workspace.symbols.removeAll(keepingCapacity: true)
        let text = TextCursor(word)
        var start = 0
        while start < word.count {
            let end = text.scalar(at: start).next
            let id = table.id(of: UnsafeBufferPointer(rebasing: word[start..<end])) ?? -1
            workspace.symbols.append(Symbol(id: id, start: start, end: end))
            start = end
        }
        workspace.merger.merge(&workspace.symbols, by: Rule(model: self, word: word))
        workspace.steps += workspace.merger.takeSteps()
        var isAfterUnknown = false
        for symbol in workspace.symbols where !symbol.isDead {
            defer { isAfterUnknown = symbol.id < 0 }
            if symbol.id >= 0 {
                ids.append(symbol.id)
            } else if let byteTokens {
                for index in symbol.start..<symbol.end { ids.append(byteTokens[word[index]]) }
            } else if let unknownID, !isAfterUnknown {
                ids.append(unknownID)
            }
        }
    }
}
