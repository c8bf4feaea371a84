import MillValue

extension Tokenizer {
    /// Reads a `tokenizer.json` as the Hugging Face `tokenizers` library writes it: BPE, Unigram and WordPiece models.
    public init(json: Value) throws(TokenizerError) {
        core = try TokenizerJSON(json).core()
    }
}

/// Builds a tokenizer from the parts of a tokenizer.json.
struct TokenizerJSON {
    private let json: Value
    private let model: Value
    private let addedTokens: [AddedToken]
    private let preTokenizer: PreTokenizer?
    private var isByteLevel: Bool { preTokenizer?.isByteLevel ?? false }

    init(_ json: Value) throws(TokenizerError) {
        self.json = json
        guard let model = json["model"], model.map != nil else { throw .missing(field: "model") }
        self.model = model
        addedTokens = try (json["added_tokens"]?.list ?? []).map { entry throws(TokenizerError) in try AddedToken(json: entry) }
        preTokenizer = try PreTokenizer(json: json["pre_tokenizer"])
    }

    func core() throws(TokenizerError) -> TokenizerCore {
        let kind = model["type"]?.string ?? (model["merges"] == nil ? "WordPiece" : "BPE")
        let texts = try kind == "Unigram" ? unigramTexts() : vocabularyTexts()
        let hidden = Set(addedTokens.lazy.filter(\.isSpecial).map(\.id))
        let table = TokenTable(texts, hidden: hidden)
        let model: any TokenModel =
            switch kind {
            case "BPE": try bytePairModel(table, texts)
            case "Unigram": try unigramModel(table, texts)
            case "WordPiece": try wordPieceModel(table)
            case "WordLevel": try wordLevelModel(table)
            default: throw .unsupported(field: "model.type", value: kind, supported: "BPE, Unigram, WordPiece, WordLevel")
            }
        let (normalizer, decoder) = (try Normalizer(json: json["normalizer"]), try TokenDecoder(json: json["decoder"]))
        // Replacements of replacements could turn a short text into one that fills the memory.
        for (field, growth) in [("normalizer", normalizer?.growth ?? 1), ("decoder", decoder.growth)]
        where growth > Component.maximumGrowth {
            throw .invalid(
                field: field, reason: "its replacements make a text more than \(Component.maximumGrowth) times as long")
        }
        let postProcessor = try PostProcessor(json: json["post_processor"])
        for id in postProcessor.prefix + postProcessor.suffix where Int(id) >= table.count {
            throw .invalid(field: "post_processor", reason: "there is no token \(id)")
        }
        return TokenizerCore(
            tokens: table, isByteLevel: isByteLevel, normalizer: normalizer, preTokenizer: preTokenizer, model: model,
            postProcessor: postProcessor, decoder: decoder, addedTokens: addedTokens)
    }

    private func vocabularyTexts() throws(TokenizerError) -> [[UInt8]?] {
        guard let vocabulary = model["vocab"]?.map else {
            throw .invalid(field: "model.vocab", reason: "it must be an object from tokens to ids")
        }
        var builder = VocabularyBuilder(expectedCount: vocabulary.count + addedTokens.count)
        for (token, id) in vocabulary {
            let text = isByteLevel ? ByteAlphabet.decode(token) : Array(token.utf8)
            try builder.add(text, at: try Component.id(id, in: "model.vocab.\(token)"), field: "model.vocab.\(token)")
        }
        return try builder.texts(with: addedTokens)
    }

    private func unigramTexts() throws(TokenizerError) -> [[UInt8]?] {
        guard let vocabulary = model["vocab"]?.list else {
            throw .invalid(field: "model.vocab", reason: "it must be a list of tokens with scores")
        }
        var builder = VocabularyBuilder(expectedCount: vocabulary.count + addedTokens.count)
        for (index, entry) in vocabulary.enumerated() {
            guard let token = entry[0]?.string else {
                throw .invalid(field: "model.vocab[\(index)]", reason: "it must be a token and its score")
            }
            try builder.add(Array(token.utf8), at: Int32(index), field: "model.vocab[\(index)]")
        }
        return try builder.texts(with: addedTokens)
    }

    private func bytePairModel(_ table: TokenTable, _ texts: [[UInt8]?]) throws(TokenizerError) -> BytePairModel {
        for field in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = model[field]?.string, !affix.isEmpty {
                throw .unsupported(field: "model.\(field)", value: "\"\(affix)\"", supported: "null")
            }
        }
        guard let list = model["merges"]?.list else { throw .missing(field: "model.merges") }
        var merges = PairTable(minimumCapacity: list.count)
        for (rank, entry) in list.enumerated() {
            let field = "model.merges[\(rank)]"
            let (left, right) = try mergeParts(entry, field)
            guard let leftID = table.id(of: left), let rightID = table.id(of: right), let merged = table.id(of: left + right)
            else {
                throw .invalid(field: field, reason: "\(entry.json()) uses or makes a token that the vocabulary lacks")
            }
            merges.insert(UInt32(leftID), UInt32(rightID), UInt32(rank), UInt32(merged))
        }
        var result = BytePairModel(table: table, merges: merges, isByteLevel: isByteLevel)
        result.ignoresMerges = model["ignore_merges"]?.bool ?? false
        result.fusesUnknown = model["fuse_unk"]?.bool ?? false
        if model["byte_fallback"]?.bool ?? false { result.byteTokens = ByteTokens(texts) }
        if let unknown = model["unk_token"]?.string { result.unknownID = try id(of: unknown, table, "model.unk_token") }
        return result
    }

    /// `"left right"`, or `["left", "right"]` where tokens may hold spaces.
    private func mergeParts(_ entry: Value, _ field: String) throws(TokenizerError) -> ([UInt8], [UInt8]) {
        var parts: [String] = []
        if let text = entry.string {
            parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { String($0) ?? "" }
        } else if let list = entry.list {
            parts = list.compactMap(\.string)
        }
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw .invalid(field: field, reason: "\(entry.json()) is no pair of tokens")
        }
        func bytes(_ text: String) -> [UInt8] { isByteLevel ? ByteAlphabet.decode(text) : Array(text.utf8) }
        return (bytes(parts[0]), bytes(parts[1]))
    }

    private func unigramModel(_ table: TokenTable, _ texts: [[UInt8]?]) throws(TokenizerError) -> UnigramModel {
        var scores = [Double](repeating: 0, count: texts.count)
        for (index, entry) in (model["vocab"]?.list ?? []).enumerated() {
            guard let score = entry[1]?.double, score.isFinite else {
                throw .invalid(field: "model.vocab[\(index)]", reason: "the score must be a finite number")
            }
            scores[index] = score
        }
        var unknown: Int32?
        if let id = model["unk_id"], !id.isNull { unknown = try Component.id(id, in: "model.unk_id") }
        guard unknown.map({ Int($0) < texts.count }) ?? true else {
            throw .invalid(field: "model.unk_id", reason: "the vocabulary has no such token")
        }
        let usesBytes = model["byte_fallback"]?.bool ?? false
        return UnigramModel(
            table, scores: scores, lowestScore: scores.min() ?? 0, unknownID: unknown,
            byteTokens: usesBytes ? ByteTokens(texts) : nil)
    }

    private func wordPieceModel(_ table: TokenTable) throws(TokenizerError) -> WordPieceModel {
        WordPieceModel(
            table, marks: .continuation(Array((model["continuing_subword_prefix"]?.string ?? "##").utf8)),
            unknownID: try id(of: model["unk_token"]?.string ?? "[UNK]", table, "model.unk_token"),
            maximumCharactersPerWord: model["max_input_chars_per_word"]?.int ?? 100)
    }

    private func wordLevelModel(_ table: TokenTable) throws(TokenizerError) -> WordLevelModel {
        let unknown = model["unk_token"]?.string ?? "<unk>"
        return WordLevelModel(table: table, unknownID: try id(of: unknown, table, "model.unk_token"))
    }

    private func id(of token: String, _ table: TokenTable, _ field: String) throws(TokenizerError) -> Int32 {
        if let added = addedTokens.first(where: { $0.content == token }) { return added.id }
        guard let id = table.id(of: Array(token.utf8)) else {
            throw .invalid(field: field, reason: "the vocabulary has no token \"\(token)\"")
        }
        return id
    }
}

extension AddedToken {
    /// An entry of `added_tokens`.
    init(json: Value) throws(TokenizerError) {
        guard let content = json["content"]?.string, !content.isEmpty else {
            throw .invalid(field: "added_tokens", reason: "\(json.json()) has no content")
        }
        self.init(id: try Component.id(json["id"], in: "added_tokens, id of \(content)"), content: content, flags: json)
    }

    init(id: Int32, content: String, flags: Value) {
        self.init(
            id: id, content: content, singleWord: flags["single_word"]?.bool ?? false, stripsLeft: flags["lstrip"]?.bool ?? false,
            stripsRight: flags["rstrip"]?.bool ?? false, isNormalized: flags["normalized"]?.bool ?? false,
            isSpecial: flags["special"]?.bool ?? false)
    }
}
