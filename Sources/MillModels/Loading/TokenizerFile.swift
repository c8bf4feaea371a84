import MillTokenizer
import MillValue
import MillWeights

/// The tokenizer beside or inside a model's weights.
public enum TokenizerFile {
    /// The tokenizer of a model, without its weights.
    ///
    /// - Parameter path: a model as ``ModelLoader/load(path:tokenizer:)`` takes it, a GGUF file that holds only a vocabulary, or the
    ///   tokenizer's own file: `tokenizer.json`, `tokenizer.model`, `vocab.txt`, `vocab.json`.
    public static func load(path: String) throws(ModelError) -> Tokenizer {
        try ModelLocation.check(path)
        let path = try ModelLocation.resolve(path)
        if ModelFile.isFolder(path) {
            if let tokenizer = try tokenizer(folder: path) { return tokenizer }
            let files = ModelFile.names(in: path).filter { $0.hasSuffix(".gguf") }
            guard let file = files.first, files.count == 1 else {
                throw .notAModel(path: path, reason: "the folder has no tokenizer: none of \(FolderTokenizer.fileNames)")
            }
            return try load(path: "\(path)/\(file)")
        }
        let (folder, name) = ModelFile.split(path)
        if let tokenizer = try FolderTokenizer(folder).tokenizer(file: name) { return tokenizer }
        if name.hasSuffix(".json") { return try read(json: ModelFile.json(path), path: path) }
        if name.hasSuffix(".model") {
            let bytes = try ModelFile.bytes(path)
            do { return try Tokenizer(sentencePiece: bytes) } catch { throw .tokenizer(path: path, error) }
        }
        let metadata: ValueMap
        do { metadata = try GGUFFile(path: path).metadata.valueMap() } catch { throw .weights(error) }
        guard let tokenizer = try tokenizer(metadata, path: path) else {
            throw .notAModel(path: path, reason: "the file has no vocabulary (tokenizer.ggml.tokens)")
        }
        return tokenizer
    }

    /// The tokenizer of a folder; nil where it has none.
    static func tokenizer(folder: String) throws(ModelError) -> Tokenizer? {
        let reader = FolderTokenizer(folder)
        for name in FolderTokenizer.fileNames where ModelFile.exists("\(folder)/\(name)") {
            if let tokenizer = try reader.tokenizer(file: name) { return told(tokenizer, folder) }
        }
        return nil
    }

    /// The vocabulary in a GGUF file's metadata; nil where it has none.
    static func tokenizer(_ metadata: ValueMap, path: String) throws(ModelError) -> Tokenizer? {
        if let text = metadata["hearth.tokenizer_json"]?.string {
            let json: Value
            do { json = try JSON.parse(text) } catch {
                throw .configuration(path: path, key: "hearth.tokenizer_json", problem: "is \(error)")
            }
            return try read(json: json, path: path)
        }
        guard metadata["tokenizer.ggml.tokens"] != nil else { return nil }
        do { return told(try Tokenizer(gguf: metadata), path) } catch { throw .tokenizer(path: path, error) }
    }

    private static func read(json: Value, path: String) throws(ModelError) -> Tokenizer {
        do { return try Tokenizer(json: json) } catch { throw .tokenizer(path: path, error) }
    }

    /// Passes on what a tokenizer's description lacks.
    private static func told(_ tokenizer: Tokenizer, _ path: String) -> Tokenizer {
        for notice in tokenizer.notices { LoadEvent.standard.onEvent(.warning("\(path): \(notice)")) }
        return tokenizer
    }
}
