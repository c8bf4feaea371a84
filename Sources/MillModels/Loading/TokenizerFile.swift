import MillTokenizer
import MillValue

/// The tokenizer and chat template beside or inside a model's weights.
enum TokenizerFile {
    /// `tokenizer.json` of a folder; nil where it has none.
    static func tokenizer(folder: String) throws(ModelError) -> Tokenizer? {
        let path = "\(folder)/tokenizer.json"
        guard ModelFile.exists(path) else { return nil }
        let json = try ModelFile.json(path)
        do { return try Tokenizer(json: json) } catch { throw .tokenizer(path: path, error) }
    }

    /// The vocabulary in a GGUF file's metadata; nil where it has none.
    static func tokenizer(_ metadata: ValueMap, path: String) throws(ModelError) -> Tokenizer? {
        if let text = metadata["hearth.tokenizer_json"]?.string {
            let json: Value
            do { json = try JSON.parse(text) } catch {
                throw .configuration(path: path, key: "hearth.tokenizer_json", problem: "is \(error)")
            }
            do { return try Tokenizer(json: json) } catch { throw .tokenizer(path: path, error) }
        }
        guard metadata["tokenizer.ggml.tokens"] != nil else { return nil }
        do { return try Tokenizer(gguf: metadata) } catch { throw .tokenizer(path: path, error) }
    }

    /// `chat_template.jinja`, or the one in `tokenizer_config.json`.
    static func chatTemplate(folder: String) throws(ModelError) -> String? {
        let jinja = "\(folder)/chat_template.jinja"
        if ModelFile.exists(jinja) { return String(decoding: try ModelFile.bytes(jinja), as: UTF8.self) }
        let config = "\(folder)/tokenizer_config.json"
        guard ModelFile.exists(config) else { return nil }
        return try ModelFile.json(config)["chat_template"]?.string
    }
}
