import MillValue

extension Tokenizer {
    /// Reads the vocabulary inside a GGUF file: `tokenizer.ggml.model` `gpt2` (byte-level BPE), `llama` (SentencePiece BPE),
    /// `t5` (SentencePiece Unigram) or `bert` (WordPiece).
    ///
    /// - Parameter gguf: the file's metadata whose keys start with `tokenizer.`.
    public init(gguf: ValueMap) throws(TokenizerError) {
        core = try TokenizerGGUF(gguf).core()
    }
}

/// Builds a tokenizer from the `tokenizer.ggml.*` keys.
struct TokenizerGGUF {
    private let metadata: ValueMap
    private let tokens: [String]
    private let kinds: [PieceVocabulary.Kind]

    init(_ metadata: ValueMap) throws(TokenizerError) {
        self.metadata = metadata
        let field = "tokenizer.ggml.tokens"
        guard let tokens = metadata[field]?.list else { throw .missing(field: field) }
        self.tokens = try tokens.map { token throws(TokenizerError) in
            guard let text = token.string else { throw .invalid(field: field, reason: "it must hold strings") }
            return text
        }
        guard tokens.count < Int32.max else { throw .invalid(field: field, reason: "there are too many") }
        kinds = (metadata["tokenizer.ggml.token_type"]?.list ?? []).map { $0.int.flatMap(PieceVocabulary.Kind.init) ?? .normal }
        guard kinds.isEmpty || kinds.count == tokens.count else {
            throw .invalid(
                field: "tokenizer.ggml.token_type", reason: "it has \(kinds.count) entries for \(tokens.count) tokens")
        }
    }

    func core() throws(TokenizerError) -> TokenizerCore {
        switch metadata["tokenizer.ggml.model"]?.string {
        case "gpt2": return try byteLevel()
        case "llama": return try pieces(.bytePairs)
        case "t5": return try pieces(.unigram)
        case "bert": return try wordPiece()
        case nil: throw .missing(field: "tokenizer.ggml.model")
        case let model?: throw .unsupported(field: "tokenizer.ggml.model", value: model, supported: "gpt2, llama, t5, bert")
        }
    }

    private func byteLevel() throws(TokenizerError) -> TokenizerCore {
        let name = metadata["tokenizer.ggml.pre"]?.string
        let splitting = try WordSplitting(name: name)
        let notices =
            name == nil
            ? [
                "the file does not say how its vocabulary splits text (tokenizer.ggml.pre); it is split as llama.cpp does by default, "
                    + "which is wrong for most models: take a newer conversion"
            ] : []
        let texts = tokens.enumerated().map { index, token -> [UInt8]? in
            isFiller(index) ? nil : isAdded(index) ? Array(token.utf8) : ByteAlphabet.decode(token)
        }
        let table = TokenTable(texts, hidden: hiddenIDs)
        guard let list = metadata["tokenizer.ggml.merges"]?.list else { throw .missing(field: "tokenizer.ggml.merges") }
        var merges = PairTable(minimumCapacity: list.count)
        for (rank, entry) in list.enumerated() {
            guard let (left, right) = Self.mergeParts(entry) else {
                throw .invalid(field: "tokenizer.ggml.merges[\(rank)]", reason: "\(entry.json()) is no pair of tokens")
            }
            // Converters write merges of tokens that they left out; these can never apply.
            guard let leftID = table.id(of: left), let rightID = table.id(of: right), let merged = table.id(of: left + right)
            else {
                continue
            }
            merges.insert(UInt32(leftID), UInt32(rightID), UInt32(rank), UInt32(merged))
        }
        var model = BytePairModel(table: table, merges: merges, isByteLevel: true)
        model.ignoresMerges = splitting.ignoresMerges
        return TokenizerCore(
            tokens: table, isByteLevel: true, normalizer: nil, preTokenizer: splitting.preTokenizer, model: model,
            postProcessor: try postProcessor(addsBOS: splitting.addsBOS, addsSeparator: splitting.addsSeparator),
            decoder: .byteLevel, addedTokens: addedTokens, bosID: try id("bos_token_id"), eosIDs: try eosIDs(), notices: notices)
    }

    private func pieces(_ algorithm: PieceVocabulary.Algorithm) throws(TokenizerError) -> TokenizerCore {
        let isUnigram = algorithm == .unigram
        var vocabulary = PieceVocabulary(algorithm: algorithm, field: "tokenizer.ggml.scores")
        vocabulary.texts = tokens.enumerated().map { index, token in isFiller(index) ? nil : Array(token.utf8) }
        vocabulary.kinds = kinds
        vocabulary.furtherTokens = addedTokens.filter { token in AddedTokenMark.allCases.contains { $0.isOn(token) } }
        vocabulary.scores = (metadata["tokenizer.ggml.scores"]?.list ?? []).map { $0.double.map { Float($0) } ?? .nan }
        vocabulary.addsSpace = bool("add_space_prefix") ?? true
        switch metadata[PieceSpaces.key]?.string.flatMap(PieceSpaces.init) {
        case .always: vocabulary.spacePrefix = .always
        case .first: vocabulary.spacePrefix = .first
        default: break
        }
        vocabulary.collapsesSpaces = bool("remove_extra_whitespaces") ?? false
        guard bool("treat_whitespace_as_suffix") != true else {
            throw .unsupported(field: "tokenizer.ggml.treat_whitespace_as_suffix", value: "true", supported: "false")
        }
        if let map = metadata["tokenizer.ggml.precompiled_charsmap"] {
            // Written as bytes with or without a sign.
            let bytes = (map.list ?? []).map { UInt8(truncatingIfNeeded: $0.int ?? 0) }
            if !bytes.isEmpty {
                vocabulary.characterMap = try CharacterMap(bytes, in: "tokenizer.ggml.precompiled_charsmap")
            }
        }
        let unknown = try id("unknown_token_id")
        vocabulary.unknownID = unknown ?? (isUnigram ? firstUnknown : nil)
        vocabulary.bosID = try id("bos_token_id")
        vocabulary.eosIDs = try eosIDs()
        vocabulary.postProcessor = try postProcessor(addsBOS: !isUnigram, addsEOS: isUnigram)
        return try vocabulary.core()
    }

    private func wordPiece() throws(TokenizerError) -> TokenizerCore {
        let table = TokenTable(tokens.map { Array($0.utf8) }, hidden: hiddenIDs)
        let unknownID = try id("unknown_token_id")
        guard let unknown = unknownID ?? named("[UNK]") else {
            throw .missing(field: "tokenizer.ggml.unknown_token_id")
        }
        let bos = try id("bos_token_id")
        let lowercase = bool("normalizer.lowercase") ?? true
        let mark = Array("\u{2581}".utf8)
        return TokenizerCore(
            tokens: table, isByteLevel: false,
            normalizer: .bert(
                cleanText: true, chineseCharacters: true, stripAccents: bool("normalizer.strip_accents") ?? lowercase,
                lowercase: lowercase),
            preTokenizer: .whitespace(punctuation: true),
            // The limit is the reference implementation's; the file has no key for it.
            model: WordPieceModel(table, marks: .start(mark), unknownID: unknown, maximumCharactersPerWord: 100),
            postProcessor: try postProcessor(addsBOS: true, addsSeparator: true),
            decoder: .sequence([.replace(mark, with: [0x20]), .fuse, .strip([0x20], left: 1, right: 0)]),
            addedTokens: addedTokens,
            bosID: bos ?? named("[CLS]"), eosIDs: try eosIDs())
    }

    private func bool(_ name: String) -> Bool? { metadata["tokenizer.ggml.\(name)"]?.bool }

    private var firstUnknown: Int32? { kinds.firstIndex(of: .unknown).map { Int32($0) } }

    private func named(_ token: String) -> Int32? { tokens.firstIndex(of: token).map { Int32($0) } }

    private func isAdded(_ index: Int) -> Bool {
        kinds.indices.contains(index) && [.unknown, .control, .userDefined].contains(kinds[index])
    }

    /// What converters write for rows of the embedding table that no token has.
    private func isFiller(_ index: Int) -> Bool {
        kinds.indices.contains(index) && kinds[index] == .unused && tokens[index] == "[PAD\(index)]"
    }

    private var addedTokens: [AddedToken] {
        func marked(_ mark: AddedTokenMark) -> Set<Int> { Set((metadata[mark.key]?.list ?? []).compactMap(\.int)) }
        let (left, right, words) = (marked(.lstrip), marked(.rstrip), marked(.singleWord))
        return kinds.indices.filter { isAdded($0) && !tokens[$0].isEmpty }.map { index in
            AddedToken(
                id: Int32(index), content: tokens[index], singleWord: words.contains(index), stripsLeft: left.contains(index),
                stripsRight: right.contains(index), isSpecial: kinds[index] != .userDefined)
        }
    }

    /// Tokens that text never becomes by merging.
    private var hiddenIDs: Set<Int32> {
        Set(kinds.indices.filter { [.unknown, .control, .byte].contains(kinds[$0]) }.map(Int32.init))
    }

    private static func mergeParts(_ entry: Value) -> ([UInt8], [UInt8])? {
        guard let text = entry.string else { return nil }
        // The left part may start with a space in no byte-level vocabulary, so the first space after it separates.
        let parts = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (ByteAlphabet.decode(String(parts[0]) ?? ""), ByteAlphabet.decode(String(parts[1]) ?? ""))
    }

    private func postProcessor(
        addsBOS: Bool, addsEOS: Bool = false, addsSeparator: Bool = false
    ) throws(TokenizerError) -> PostProcessor {
        let (isBERT, isSeparated) = (metadata["tokenizer.ggml.model"]?.string == "bert", bool("add_sep_token") ?? addsSeparator)
        var result = PostProcessor()
        let (bos, eos) = (try id("bos_token_id"), try id("eos_token_id"))
        if bool("add_bos_token") ?? addsBOS, let bos = bos ?? (isBERT ? named("[CLS]") : nil) { result.prefix = [bos] }
        if let ids = metadata[Tokenizer.prefixKey]?.list {
            result.prefix = try ids.map { id throws(TokenizerError) in try self.id(id, Tokenizer.prefixKey) }
        }
        if bool("add_eos_token") ?? addsEOS, let eos { result.suffix = [eos] }
        // The key was misspelled when it was made, and both spellings are about.
        let (misspelled, separator) = (try id("seperator_token_id"), try id("separator_token_id"))
        if isSeparated, result.suffix.isEmpty, let separator = misspelled ?? separator ?? (isBERT ? named("[SEP]") : nil) {
            result.suffix = [separator]
        }
        return result
    }

    private func eosIDs() throws(TokenizerError) -> Set<Int32> {
        var ids: Set<Int32> = []
        for name in ["eos_token_id", "eot_token_id", "eom_token_id"] {
            if let id = try id(name) { ids.insert(id) }
        }
        return ids
    }

    private func id(_ name: String) throws(TokenizerError) -> Int32? {
        let field = "tokenizer.ggml.\(name)"
        return try metadata[field].map { value throws(TokenizerError) in try id(value, field) }
    }

    private func id(_ value: Value, _ field: String) throws(TokenizerError) -> Int32 {
        let id = try Component.id(value, in: field)
        guard Int(id) < tokens.count else { throw .invalid(field: field, reason: "there are only \(tokens.count) tokens") }
        return id
    }
}
