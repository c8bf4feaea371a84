import MillTokenizer
import MillValue
import MillWeights

/// The tokenizer of a folder on its way into a GGUF file.
struct GGUFTokenizer: Sendable {
    typealias Token = (text: String, kind: Int32)
    /// `tokenizer.ggml.token_type`.
    enum Kind {
        static let normal: Int32 = 1, unknown: Int32 = 2, control: Int32 = 3, userDefined: Int32 = 4, unused: Int32 = 5
        static let byte: Int32 = 6
    }

    private let text: String
    private let vocabulary: GGUFVocabulary
    private let tokens: [Token]
    private let merges: [String]
    /// The scores of pieces; without meaning for others.
    private var scores: [Float] = []
    /// What is written before a text where that is not `bos_token_id`.
    private var prefix: [Int32] = []
    private var addsBegin = false
    private var addsEnd = false
    /// The ids of added tokens that are matched in a way of their own, by key.
    private var marks: [(key: String, ids: [Int32])] = []
    /// What GGUF has no keys for, or keys that others do not know.
    private(set) var notices: [String] = []

    /// Reads `tokenizer.json` for a family that keeps it whole in its files.
    init(folder: String) throws(ModelError) {
        try self.init(folder: folder, count: nil, .byteLevel(pre: "gpt-2", composes: false))
    }

    /// Reads `tokenizer.json` for a text model, whose file has only what GGUF has keys for.
    ///
    /// - Parameter endToken: what `eos_token_id` is to be.
    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` for what these keys cannot say.
    init(
        folder: String, tokenizer: Tokenizer, _ configuration: DecoderConfiguration, endToken: Int32?
    ) throws(ModelError) {
        let path = "\(folder)/tokenizer.json"
        guard let vocabulary = tokenizer.ggufVocabulary else {
            throw .unsupported(
                path: path, key: "model, normalizer and pre_tokenizer", value: "a kind that has no name in GGUF",
                supported: [
                    "byte-level BPE with the words of GPT-2, SmolLM, Llama 3, GLM or Qwen 2",
                    "BPE with byte_fallback, all 256 bytes and SentencePiece's spaces (Prepend and Replace, or Metaspace that does not split)",
                ])
        }
        try self.init(folder: folder, count: configuration.vocabularySize, vocabulary)
        let (prefix, suffix) = (tokenizer.prefixIDs, tokenizer.suffixIDs)
        guard suffix.isEmpty || suffix == [endToken] else {
            throw .unsupported(
                path: path, key: "post_processor", value: "tokens \(suffix) after a text", supported: ["an eos_token_id after it"]
            )
        }
        (addsBegin, addsEnd) = (prefix == Array(configuration.beginTokenIDs.prefix(1)) && !prefix.isEmpty, !suffix.isEmpty)
        if !addsBegin { self.prefix = prefix }
        if case .pieces(let spaces, _) = vocabulary {
            let pieces = GGUFPieces(tokens: tokens, merges: merges, spaces: spaces)
            try pieces.check(against: tokenizer, path: path)
            scores = pieces.scores
        }
        marks = AddedTokenMark.allCases.map { mark in (mark.key, tokenizer.addedTokens.filter(mark.isOn).map(\.id)) }
        notices = notices(on: tokenizer)
    }

    /// - Parameter count: the rows of the embedding table, which may be more than the tokens.
    private init(folder: String, count: Int?, _ vocabulary: GGUFVocabulary) throws(ModelError) {
        self.vocabulary = vocabulary
        let path = "\(folder)/tokenizer.json"
        guard ModelFile.exists(path) else { throw .notAModel(path: folder, reason: "it has no tokenizer.json") }
        text = String(decoding: try ModelFile.bytes(path), as: UTF8.self)
        let json = try FolderTokenizer(folder).json(limit: count ?? .max)
        var tokens: [Int: Token] = [:]
        var (normal, unknown) = ({ (_: String) in Kind.normal }, Int?.none)
        if case .pieces(_, let id) = vocabulary { (normal, unknown) = (GGUFPieces.kind, id.map { Int($0) }) }
        for (text, id) in json["model"]?["vocab"]?.map ?? [:] { tokens[id.int ?? -1] = (text, normal(text)) }
        for token in json["added_tokens"]?.list ?? [] {
            let (id, isSpecial) = (token["id"]?.int ?? -1, token["special"]?.bool == true)
            tokens[id] = (
                token["content"]?.string ?? "", id == unknown ? Kind.unknown : isSpecial ? Kind.control : Kind.userDefined
            )
        }
        if let count {
            guard tokens.keys.allSatisfy((0..<count).contains) else {
                throw .notAModel(path: path, reason: "it has tokens beyond the vocab_size \(count) of config.json")
            }
            self.tokens = (0..<count).map { tokens[$0] ?? ("[PAD\($0)]", Kind.unused) }
        } else {
            self.tokens = (0..<tokens.count).compactMap { tokens[$0] }
            guard self.tokens.count == tokens.count else { throw .notAModel(path: path, reason: "its token ids have gaps") }
        }
        merges = (json["model"]?["merges"]?.list ?? []).map { merge in
            merge.string ?? (merge.list ?? []).compactMap(\.string).joined(separator: " ")
        }
    }

    private func notices(on tokenizer: Tokenizer) -> [String] {
        var result: [String] = []
        if !prefix.isEmpty {
            let names = prefix.map { tokenizer.text(of: $0) }.joined(separator: " ")
            result.append(
                "before a text the tokenizer writes \(names), which GGUF has no key for: in the file a key says so that other programs"
                    + " pass over, so with them a plain text begins without, while chat templates may write it themselves")
        }
        switch vocabulary {
        case .byteLevel(_, true):
            result.append(
                "the tokenizer composes characters first (NFC), which GGUF has no key for: texts with separate accents may become"
                    + " other tokens")
        case .pieces(let spaces, _) where spaces.isOwn:
            result.append(
                "the tokenizer writes a space before \(spaces == .first ? "the first text alone" : "texts") and never before another space,"
                    + " which GGUF has no key for: in the file a key says so that other programs pass over, and with them texts"
                    + " after special tokens or with a space in front may become other tokens")
        case .byteLevel, .pieces: break
        }
        if case .pieces = vocabulary, let token = tokenizer.addedTokens.first(where: \.isNormalized) {
            result.append(
                "tokens such as \(token.content) are looked for after spaces have been marked (normalized of tokenizer.json), which GGUF"
                    + " has no keys for: texts with them may become other tokens")
        }
        return result
    }

    /// What GGUF cannot say about added tokens; nil where it says all.
    ///
    /// - Parameters:
    ///   - isKept: whether keys of ``AddedTokenMark`` say it.
    ///   - isLost: whether a token is matched otherwise from a GGUF file.
    static func notice(_ tokens: [AddedToken], isKept: Bool, where isLost: (AddedToken) -> Bool) -> String? {
        let lost = tokens.filter(isLost).map(\.content)
        guard let first = lost.first else { return nil }
        return (lost.count == 1 ? "the token \(first) takes" : "\(lost.count) tokens (\(first), …) take")
            + " the white space beside along, or count as whole words only (lstrip, rstrip, single_word of tokenizer.json), which"
            + " GGUF has no keys for: \(isKept ? "in the file keys say so that other programs pass over, and there " : "")"
            + "texts with \(lost.count == 1 ? "it" : "them") may become other tokens"
    }

    /// The vocabulary as other GGUF readers expect it, and `tokenizer.json` whole for this one.
    func write(to writer: inout GGUFWriter, architecture: String, endToken: Int) {
        writeVocabulary(to: &writer)
        writer.set("tokenizer.ggml.eos_token_id", integer: endToken)
        writer.set("\(architecture).tokenizer_json", text)
    }

    /// The vocabulary of a text model.
    func write(to writer: inout GGUFWriter) {
        writeVocabulary(to: &writer)
        writer.set("tokenizer.ggml.add_bos_token", addsBegin)
        writer.set("tokenizer.ggml.add_eos_token", addsEnd)
        if !prefix.isEmpty { writer.set(Tokenizer.prefixKey, prefix) }
        for mark in marks where !mark.ids.isEmpty { writer.set(mark.key, mark.ids) }
    }

    private func writeVocabulary(to writer: inout GGUFWriter) {
        let (model, preTokenizer) =
            switch vocabulary {
            case .byteLevel(let preTokenizer, _): ("gpt2", preTokenizer)
            case .pieces: ("llama", "default")
            }
        writer.set("tokenizer.ggml.model", model)
        writer.set("tokenizer.ggml.pre", preTokenizer)
        writer.set("tokenizer.ggml.tokens", tokens.map(\.text))
        writer.set("tokenizer.ggml.token_type", tokens.map(\.kind))
        switch vocabulary {
        case .byteLevel: writer.set("tokenizer.ggml.merges", merges)
        case .pieces(let spaces, let unknown):
            writer.set("tokenizer.ggml.scores", scores)
            writer.set("tokenizer.ggml.add_space_prefix", spaces != .never)
            if spaces.isOwn { writer.set(PieceSpaces.key, spaces.rawValue) }
            if let unknown { writer.set("tokenizer.ggml.unknown_token_id", integer: Int(unknown)) }
        }
    }
}
