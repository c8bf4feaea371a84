import MillTokenizer
import MillValue

/// Reads the tokenizer of a folder, also where there is no tokenizer.json but only what older files are made of.
struct FolderTokenizer {
    /// What a tokenizer may be in, the best first.
    static let fileNames = [
        "tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.json", "vocab.txt",
    ]

    private let folder: String

    init(_ folder: String) { self.folder = folder }

    /// - Returns: nil for names that are none of ``fileNames``.
    func tokenizer(file name: String) throws(ModelError) -> Tokenizer? {
        let path = "\(folder)/\(name)"
        switch name {
        case "tokenizer.json": return try tokenizer(try json(), path)
        case "tokenizer.model", "spiece.model", "sentencepiece.bpe.model":
            let (bytes, settings) = (try ModelFile.bytes(path), try settings())
            do { return try Tokenizer(sentencePiece: bytes, settings: settings) } catch { throw .tokenizer(path: path, error) }
        case "vocab.json": return try tokenizer(try byteLevel(path), path)
        case "vocab.txt": return try tokenizer(try wordPiece(path), path)
        default: return nil
        }
    }

    private func tokenizer(_ json: Value, _ path: String) throws(ModelError) -> Tokenizer {
        do { return try Tokenizer(json: json) } catch { throw .tokenizer(path: path, error) }
    }

    /// `tokenizer.json` with the tokens that the files beside it add, but for those from an id on.
    func json(limit: Int = .max) throws(ModelError) -> Value {
        let json = try ModelFile.json("\(folder)/tokenizer.json")
        return try FurtherTokens(folder: folder, try settings()).added(to: json, limit: limit)
    }

    private func settings() throws(ModelError) -> Value {
        try ModelFile.settings("\(folder)/tokenizer_config.json")
    }

    private func lines(_ path: String) throws(ModelError) -> [String] {
        let bytes = try ModelFile.bytes(path)
        return bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
    }

    /// `vocab.json` and `merges.txt` as a tokenizer.json: GPT-2's kind, or Qwen 2's where the class says so.
    private func byteLevel(_ path: String) throws(ModelError) -> Value {
        let (settings, vocabulary) = (try settings(), try ModelFile.json(path))
        let merges = try lines("\(folder)/merges.txt").filter { !$0.isEmpty && !$0.hasPrefix("#version") }
        let kind = settings["tokenizer_class"]?.string ?? "GPT2Tokenizer"
        let isQwen = kind.hasPrefix("Qwen2")
        let known = ["GPT2Tokenizer", "Qwen2Tokenizer", "WhisperTokenizer", "RobertaTokenizer"]
        guard known.contains(where: { kind.hasPrefix($0) }) else {
            throw .unsupported(
                path: path, key: "tokenizer_class", value: kind, supported: known + ["or put tokenizer.json there"])
        }
        let bytes: Value = [
            "type": "ByteLevel", "add_prefix_space": .bool(settings["add_prefix_space"]?.bool ?? false),
            "use_regex": .bool(!isQwen),
        ]
        let split: Value = ["type": "Split", "pattern": ["Regex": .string(Tokenizer.qwen2Pattern)], "behavior": "Isolated"]
        return [
            "model": ["type": "BPE", "vocab": vocabulary, "merges": .list(merges.map { .string($0) })],
            "normalizer": isQwen ? ["type": "NFC"] : .null,
            "pre_tokenizer": isQwen ? ["type": "Sequence", "pretokenizers": [split, bytes]] : bytes,
            "decoder": ["type": "ByteLevel"], "added_tokens": try addedTokens(settings, vocabulary),
        ]
    }

    /// `vocab.txt` as a tokenizer.json: BERT's kind.
    private func wordPiece(_ path: String) throws(ModelError) -> Value {
        let settings = try settings()
        var words = try lines(path)
        while words.last == "" { words.removeLast() }
        var vocabulary = ValueMap()
        for (id, word) in words.enumerated() { vocabulary[word] = .int(id) }
        let lowercase = settings["do_lower_case"]?.bool ?? true
        func mark(_ token: String) throws(ModelError) -> Value {
            guard let id = vocabulary[token] else {
                throw .notAModel(path: path, reason: "it has no \(token), which BERT's vocabularies have")
            }
            return [.string(token), id]
        }
        return [
            "model": ["type": "WordPiece", "vocab": .map(vocabulary), "unk_token": "[UNK]"],
            "normalizer": [
                "type": "BertNormalizer", "lowercase": .bool(lowercase),
                "strip_accents": .bool(settings["strip_accents"]?.bool ?? lowercase),
                "handle_chinese_chars": .bool(settings["tokenize_chinese_chars"]?.bool ?? true),
            ],
            "pre_tokenizer": ["type": "BertPreTokenizer"], "decoder": ["type": "WordPiece", "prefix": "##"],
            "post_processor": ["type": "BertProcessing", "cls": try mark("[CLS]"), "sep": try mark("[SEP]")],
            "added_tokens": try addedTokens(settings, .map(vocabulary), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]),
        ]
    }

    /// The tokens of `added_tokens_decoder`, of `added_tokens.json`, and those that tokenizer_config.json names as special.
    private func addedTokens(_ settings: Value, _ vocabulary: Value, _ names: [String] = []) throws(ModelError) -> Value {
        var tokens = ValueMap()
        func add(_ content: String, _ id: Value?, isSpecial: Bool) {
            guard let id, tokens[content] == nil else { return }
            tokens[content] = ["id": id, "content": .string(content), "special": .bool(isSpecial)]
        }
        for (id, entry) in settings["added_tokens_decoder"]?.map ?? [:] {
            guard let content = entry["content"]?.string, let id = Int(id), var fields = entry.map else { continue }
            fields["id"] = .int(id)
            tokens[content] = .map(fields)
        }
        let further = "\(folder)/added_tokens.json"
        if ModelFile.exists(further) {
            for (content, id) in try ModelFile.json(further).map ?? [:] { add(content, id, isSpecial: content.hasPrefix("<|")) }
        }
        let named = (settings.map ?? [:]).filter { $0.key.hasSuffix("_token") }.compactMap {
            $0.value.string ?? $0.value["content"]?.string
        }
        for content in names + named { add(content, vocabulary[content], isSpecial: true) }
        return .list(tokens.map(\.value))
    }
}
