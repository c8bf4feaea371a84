/// A vocabulary as SentencePiece has it: tokens with kinds and scores. GGUF files (`llama`, `t5`) and `tokenizer.model` files
/// both become this.
struct PieceVocabulary {
    /// The kinds of tokens; the numbers are those of both formats.
    enum Kind: Int {
        case normal = 1, unknown, control, userDefined, unused, byte
    }

    enum Algorithm { case bytePairs, unigram }

    var algorithm = Algorithm.bytePairs
    var texts: [[UInt8]?] = []
    var kinds: [Kind] = []
    var scores: [Float] = []
    /// Tokens that the pieces do not have: further files name them.
    var furtherTokens: [AddedToken] = []
    var unknownID: Int32?
    var bosID: Int32?
    var eosIDs: Set<Int32> = []
    var postProcessor = PostProcessor()
    /// Where this vocabulary is, for messages.
    var field = ""

    var characterMap: CharacterMap?
    /// Whether a space is written before a text that begins with none.
    var addsSpace = true
    /// Whether that is so for every text, the first alone, or none, and not before a space; nil for every text and every space.
    var spacePrefix: PreTokenizer.Prepend?
    /// Whether runs of spaces become one, and those at the ends go.
    var collapsesSpaces = false

    func core() throws(TokenizerError) -> TokenizerCore {
        let hidden = Set(kinds.indices.filter { [.unknown, .control, .byte].contains(kinds[$0]) }.map(Int32.init))
        let added = addedTokens
        let table = TokenTable(texts, hidden: hidden.union(added.lazy.filter(\.isSpecial).map(\.id)))
        let space = Array("\u{2581}".utf8)
        var steps: [Normalizer] = []
        if let characterMap { steps.append(.characterMap(characterMap, byCharacter: false)) }
        if collapsesSpaces { steps.append(.collapseSpaces) }
        let marks = spacePrefix.map { PreTokenizer.metaspace(replacement: space, prepends: $0, splits: false) }
        if marks == nil {
            if addsSpace { steps.append(.prepend([0x20])) }
            steps.append(.replace([0x20], with: space))
        }
        let decoder: [TokenDecoder] = [.replace(space, with: [0x20]), .byteFallback, .fuse]
        return TokenizerCore(
            tokens: table, isByteLevel: false, normalizer: .sequence(steps), preTokenizer: marks, model: try model(table),
            postProcessor: postProcessor, decoder: .sequence(decoder + (addsSpace ? [.strip([0x20], left: 1, right: 0)] : [])),
            addedTokens: added, bosID: bosID, eosIDs: eosIDs)
    }

    private func model(_ table: TokenTable) throws(TokenizerError) -> any TokenModel {
        guard scores.count == texts.count, scores.allSatisfy(\.isFinite) else {
            throw .invalid(field: field, reason: "it must hold a finite score for each of the \(texts.count) tokens")
        }
        // Only where bytes have tokens of their own do characters without a token become bytes.
        let byteTokens = kinds.contains(.byte) || kinds.isEmpty ? ByteTokens(texts) : nil
        switch algorithm {
        case .bytePairs: return ScoredPairModel(table: table, scores: scores, byteTokens: byteTokens, unknownID: unknownID)
        case .unigram:
            let lowest = scores.indices.filter { kind($0) == .normal }.map { scores[$0] }.min() ?? 0
            return UnigramModel(
                table, scores: scores.indices.map { kind($0) == .userDefined ? 0 : Double(scores[$0]) },
                lowestScore: Double(lowest), unknownID: unknownID, byteTokens: byteTokens)
        }
    }

    private func kind(_ index: Int) -> Kind { kinds.indices.contains(index) ? kinds[index] : .normal }

    private var addedTokens: [AddedToken] {
        let own = kinds.indices.compactMap { index -> AddedToken? in
            guard [.unknown, .control, .userDefined].contains(kinds[index]), let text = texts[index], !text.isEmpty,
                !furtherTokens.contains(where: { $0.id == Int32(index) })
            else { return nil }
            return AddedToken(
                id: Int32(index), content: String(decoding: text, as: UTF8.self), isSpecial: kinds[index] != .userDefined)
        }
        return own + furtherTokens
    }
}
