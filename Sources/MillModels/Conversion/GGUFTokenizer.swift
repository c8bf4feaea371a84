import MillValue
import MillWeights

/// The tokenizer of a folder on its way into a GGUF file.
struct GGUFTokenizer: Sendable {
    private let text: String
    private let tokens: [(text: String, kind: Int32)]
    private let merges: [String]

    /// Reads `tokenizer.json`.
    init(folder: String) throws(ModelError) {
        let path = "\(folder)/tokenizer.json"
        guard ModelFile.exists(path) else { throw .notAModel(path: folder, reason: "it has no tokenizer.json") }
        text = String(decoding: try ModelFile.bytes(path), as: UTF8.self)
        let json = try ModelFile.json(path)
        var tokens: [Int: (text: String, kind: Int32)] = [:]
        let (normal, control, userDefined): (Int32, Int32, Int32) = (1, 3, 4)
        for (text, id) in json["model"]?["vocab"]?.map ?? [:] { tokens[id.int ?? -1] = (text, normal) }
        for token in json["added_tokens"]?.list ?? [] {
            tokens[token["id"]?.int ?? -1] = (
                token["content"]?.string ?? "", token["special"]?.bool == true ? control : userDefined
            )
        }
        self.tokens = (0..<tokens.count).compactMap { tokens[$0] }
        guard self.tokens.count == tokens.count else { throw .notAModel(path: path, reason: "its token ids have gaps") }
        merges = (json["model"]?["merges"]?.list ?? []).map { merge in
            merge.string ?? (merge.list ?? []).compactMap(\.string).joined(separator: " ")
        }
    }

    /// The vocabulary as other GGUF readers expect it, and `tokenizer.json` whole for this one.
    func write(to writer: inout GGUFWriter, architecture: String, endToken: Int) {
        writer.set("tokenizer.ggml.model", "gpt2")
        writer.set("tokenizer.ggml.pre", "gpt-2")
        writer.set("tokenizer.ggml.tokens", tokens.map(\.text))
        writer.set("tokenizer.ggml.token_type", tokens.map(\.kind))
        writer.set("tokenizer.ggml.merges", merges)
        writer.set("tokenizer.ggml.eos_token_id", integer: endToken)
        writer.set("\(architecture).tokenizer_json", text)
    }
}
