import MillValue

extension Tokenizer {
    /// Reads the vocabulary inside a GGUF file: `tokenizer.ggml.model` `gpt2` (byte-level BPE) or `llama` (SentencePiece BPE).
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
    private let types: [Int]

    /// `tokenizer.ggml.token_type`.
    private enum TokenType {
        static let unknown = 2, control = 3, userDefined = 4, unused = 5, byte = 6
    }

    init(_ metadata: ValueMap) throws(TokenizerError) {
        self.metadata = metadata
        guard let tokens = metadata["tokenizer.ggml.tokens"]?.list else { throw .missing(field: "tokenizer.ggml.tokens") }
        self.tokens = try tokens.map { token throws(TokenizerError) in
            guard let text = token.string else { throw .invalid(field: "tokenizer.ggml.tokens", reason: "it must hold strings") }
            return text
        }
        guard tokens.count < Int32.max else { throw .invalid(field: "tokenizer.ggml.tokens", reason: "there are too many") }
        types = metadata["tokenizer.ggml.token_type"]?.list?.compactMap(\.int) ?? []
        guard types.isEmpty || types.count == tokens.count else {
            throw .invalid(
                field: "tokenizer.ggml.token_type", reason: "it has \(types.count) entries for \(tokens.count) tokens")
        }
    }

    func core() throws(TokenizerError) -> TokenizerCore {
        switch metadata["tokenizer.ggml.model"]?.string {
        case "gpt2": return try byteLevel()
        case "llama": return try sentencePiece()
        case nil: throw .missing(field: "tokenizer.ggml.model")
        case let model?: throw .unsupported(field: "tokenizer.ggml.model", value: model, supported: "gpt2, llama")
        }
    }

    private func byteLevel() throws(TokenizerError) -> TokenizerCore {
        let pre = metadata["tokenizer.ggml.pre"]?.string ?? "gpt-2"
        guard let scanner = WordScanner(ggufName: pre) else {
            throw .unsupported(
                field: "tokenizer.ggml.pre", value: pre, supported: "gpt-2, llama-bpe, chatglm-bpe, glm4, qwen2 and their kin")
        }
        let texts = tokens.enumerated().map { index, token in
            isAdded(index) ? Array(token.utf8) : ByteAlphabet.decode(token)
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
        let isLlama3 = ["llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral"].contains(pre)
        model.ignoresMerges = isLlama3
        return TokenizerCore(
            tokens: table, isByteLevel: true, normalizer: nil, preTokenizer: .words(scanner), model: model,
            postProcessor: try postProcessor(addsBOS: isLlama3), decoder: .byteLevel, addedTokens: addedTokens,
            bosID: try id("bos_token_id"), eosIDs: try eosIDs())
    }

    private func sentencePiece() throws(TokenizerError) -> TokenizerCore {
        guard let scores = metadata["tokenizer.ggml.scores"]?.list?.compactMap(\.double), scores.count == tokens.count else {
            throw .invalid(field: "tokenizer.ggml.scores", reason: "it must hold a number for each of the \(tokens.count) tokens")
        }
        let texts = tokens.map { Array($0.utf8) }
        let table = TokenTable(texts, hidden: hiddenIDs)
        let space = Array("\u{2581}".utf8)
        var steps: [Normalizer] = [.replace([0x20], with: space)]
        let prepends = metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true
        if prepends { steps.insert(.prepend([0x20]), at: 0) }
        let decoder: [TokenDecoder] = [.replace(space, with: [0x20]), .byteFallback, .fuse]
        return TokenizerCore(
            tokens: table, isByteLevel: false, normalizer: .sequence(steps), preTokenizer: nil,
            model: ScoredPairModel(
                table: table, scores: scores.map { Float($0) }, byteTokens: ByteTokens(texts),
                unknownID: try id("unknown_token_id")),
            postProcessor: try postProcessor(addsBOS: true),
            decoder: .sequence(decoder + (prepends ? [.strip([0x20], left: 1, right: 0)] : [])), addedTokens: addedTokens,
            bosID: try id("bos_token_id"), eosIDs: try eosIDs())
    }

    private func isAdded(_ index: Int) -> Bool {
        types.indices.contains(index) && [TokenType.unknown, TokenType.control, TokenType.userDefined].contains(types[index])
    }

    private var addedTokens: [AddedToken] {
        types.indices.filter { isAdded($0) && !tokens[$0].isEmpty }.map { index in
            AddedToken(id: Int32(index), content: tokens[index], isSpecial: types[index] != TokenType.userDefined)
        }
    }

    /// Tokens that text never becomes by merging.
    private var hiddenIDs: Set<Int32> {
        let hidden = [TokenType.unknown, TokenType.control, TokenType.byte]
        return Set(types.indices.filter { hidden.contains(types[$0]) }.map(Int32.init))
    }

    private static func mergeParts(_ entry: Value) -> ([UInt8], [UInt8])? {
        guard let text = entry.string else { return nil }
        // The left part may start with a space in no byte-level vocabulary, so the first space after it separates.
        let parts = text.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        return (ByteAlphabet.decode(String(parts[0]) ?? ""), ByteAlphabet.decode(String(parts[1]) ?? ""))
    }

    private func postProcessor(addsBOS: Bool) throws(TokenizerError) -> PostProcessor {
        var result = PostProcessor()
        if metadata["tokenizer.ggml.add_bos_token"]?.bool ?? addsBOS, let bos = try id("bos_token_id") { result.prefix = [bos] }
        if metadata["tokenizer.ggml.add_eos_token"]?.bool ?? false, let eos = try id("eos_token_id") { result.suffix = [eos] }
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
        guard let value = metadata[field] else { return nil }
        let id = try Component.id(value, in: field)
        guard Int(id) < tokens.count else { throw .invalid(field: field, reason: "there are only \(tokens.count) tokens") }
        return id
    }
}
