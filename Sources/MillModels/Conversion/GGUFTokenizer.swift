import MillTokenizer
import MillValue
import MillWeights

/// The tokenizer of a folder on its way into a GGUF file.
struct GGUFTokenizer: Sendable {
    private typealias Token = (text: String, kind: Int32)
    /// `tokenizer.ggml.token_type`.
    private enum Kind {
        static let normal: Int32 = 1, control: Int32 = 3, userDefined: Int32 = 4, unused: Int32 = 5
    }

    private let text: String
    private let tokens: [Token]
    private let merges: [String]
    /// How text is split into words.
    private let preTokenizer: String
    private var addsBegin = false
    private var addsEnd = false

    /// Reads `tokenizer.json` for a family that keeps it whole in its files.
    init(folder: String) throws(ModelError) { try self.init(folder: folder, count: nil, preTokenizer: "gpt-2") }

    /// Reads `tokenizer.json` for a text model, whose file has only what GGUF has keys for.
    ///
    /// - Parameter endToken: what `eos_token_id` is to be.
    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` for what these keys cannot say.
    init(
        folder: String, tokenizer: Tokenizer, _ configuration: DecoderConfiguration, endToken: Int32?
    ) throws(ModelError) {
        let path = "\(folder)/tokenizer.json"
        guard let preTokenizer = tokenizer.ggufPreTokenizer else {
            throw .unsupported(
                path: path, key: "model and pre_tokenizer", value: "a kind that has no name in GGUF",
                supported: ["byte-level BPE with the words of GPT-2, Llama 3, GLM or Qwen 2"])
        }
        try self.init(folder: folder, count: configuration.vocabularySize, preTokenizer: preTokenizer)
        let (prefix, suffix) = (tokenizer.prefixIDs, tokenizer.suffixIDs)
        guard prefix.isEmpty || prefix == Array(configuration.beginTokenIDs.prefix(1)),
            suffix.isEmpty || suffix == [endToken]
        else {
            throw .unsupported(
                path: path, key: "post_processor", value: "tokens \(prefix) before and \(suffix) after a text",
                supported: ["bos_token_id before it", "an eos_token_id after it"])
        }
        (addsBegin, addsEnd) = (!prefix.isEmpty, !suffix.isEmpty)
    }

    /// - Parameter count: the rows of the embedding table, which may be more than the tokens.
    private init(folder: String, count: Int?, preTokenizer: String) throws(ModelError) {
        self.preTokenizer = preTokenizer
        let path = "\(folder)/tokenizer.json"
        guard ModelFile.exists(path) else { throw .notAModel(path: folder, reason: "it has no tokenizer.json") }
        text = String(decoding: try ModelFile.bytes(path), as: UTF8.self)
        let json = try FolderTokenizer(folder).json(limit: count ?? .max)
        var tokens: [Int: Token] = [:]
        for (text, id) in json["model"]?["vocab"]?.map ?? [:] { tokens[id.int ?? -1] = (text, Kind.normal) }
        for token in json["added_tokens"]?.list ?? [] {
            tokens[token["id"]?.int ?? -1] = (
                token["content"]?.string ?? "", token["special"]?.bool == true ? Kind.control : Kind.userDefined
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

    /// What GGUF cannot say about added tokens; nil where nothing is lost.
    ///
    /// - Parameter isLost: whether a token is matched otherwise from a GGUF file.
    static func notice(_ tokens: [AddedToken], where isLost: (AddedToken) -> Bool) -> String? {
        let lost = tokens.filter(isLost).map(\.content)
        guard let first = lost.first else { return nil }
        return (lost.count == 1 ? "the token \(first) takes" : "\(lost.count) tokens (\(first), …) take")
            + " the white space beside along, or count as whole words only (lstrip, rstrip, single_word of tokenizer.json), which"
            + " GGUF has no keys for: texts with \(lost.count == 1 ? "it" : "them") may become other tokens"
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
    }

    private func writeVocabulary(to writer: inout GGUFWriter) {
        writer.set("tokenizer.ggml.model", "gpt2")
        writer.set("tokenizer.ggml.pre", preTokenizer)
        writer.set("tokenizer.ggml.tokens", tokens.map(\.text))
        writer.set("tokenizer.ggml.token_type", tokens.map(\.kind))
        writer.set("tokenizer.ggml.merges", merges)
    }
}
