/// Byte-pair encoding with ranked merges (Sennrich et al. 2016): over bytes, or over characters with byte fallback.
struct BytePairModel: TokenModel, MergeRule {
    let table: TokenTable
    /// (left, right) to (rank, merged).
    let merges: PairTable
    /// Whether words start as bytes; else as characters.
    let isByteLevel: Bool
    /// Whether a word that is a token needs no merging to become it.
    var ignoresMerges = false
    var unknownID: Int32?
    /// Whether neighbouring unknown characters become one unknown token.
    var fusesUnknown = false
    var byteTokens: ByteTokens?
    /// The tokens of single bytes, -1 where there is none.
    private let bytes: [Int32]

    init(table: TokenTable, merges: PairTable, isByteLevel: Bool) {
        self.table = table
        self.merges = merges
        self.isByteLevel = isByteLevel
        bytes = (0...255).map { table.id(of: [UInt8($0)]) ?? -1 }
    }

    func merge(_ left: Symbol, _ right: Symbol) -> (rank: UInt32, id: Int32)? {
        merges[UInt32(bitPattern: left.id), UInt32(bitPattern: right.id)].map { ($0.0, Int32(bitPattern: $0.1)) }
    }

    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace) {
        if ignoresMerges, let id = table.id(of: word) { return ids.append(id) }
        workspace.symbols.removeAll(keepingCapacity: true)
        if isByteLevel {
            for (index, byte) in word.enumerated() where bytes[Int(byte)] >= 0 {
                workspace.symbols.append(Symbol(id: bytes[Int(byte)], start: index, end: index + 1))
            }
        } else {
            splitCharacters(word, into: &workspace.symbols)
        }
        guard !workspace.symbols.isEmpty else { return }
        workspace.merger.merge(&workspace.symbols, by: self)
        workspace.steps += workspace.merger.takeSteps()
        for symbol in workspace.symbols where !symbol.isDead { ids.append(symbol.id) }
    }

    private func splitCharacters(_ word: UnsafeBufferPointer<UInt8>, into symbols: inout [Symbol]) {
        let text = TextCursor(word)
        var start = 0
        while start < word.count {
            let end = text.scalar(at: start).next
            if let id = table.id(of: UnsafeBufferPointer(rebasing: word[start..<end])) {
                symbols.append(Symbol(id: id, start: start, end: end))
            } else if let byteTokens {
                for index in start..<end { symbols.append(Symbol(id: byteTokens[word[index]], start: index, end: index + 1)) }
            } else if let unknownID {
                if fusesUnknown, let last = symbols.last, last.id == unknownID, last.end == start {
                    symbols[symbols.count - 1].end = end
                } else {
                    symbols.append(Symbol(id: unknownID, start: start, end: end))
                }
            }
            start = end
        }
    }
}
