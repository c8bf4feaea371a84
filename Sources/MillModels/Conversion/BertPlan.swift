import MillCompute
import MillTensor
import MillTokenizer
import MillValue
import MillWeights

/// The GGUF file of a BERT folder: names and keys as llama.cpp has them.
struct BertPlan: ConversionPlan {
    let items: [ModelConverter.Item]
    let extraTensors: [(name: String, tensor: Tensor)] = []
    private let configuration: BertConfiguration
    private let pooling: EmbeddingPooling?
    private let name: String
    private let tokenizer: WordPieces?
    let notices: [String]

    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` for families whose positions or names the file could not say,
    ///   and for what its readers would compute otherwise.
    init(
        _ configuration: BertConfiguration, _ pooling: EmbeddingPooling?, _ tokenizer: Tokenizer?, folder: String,
        weights: any WeightSource
    ) throws(ModelError) {
        let path = "\(folder)/config.json"
        guard configuration.family == .bert else {
            throw .unsupported(path: path, key: "model_type", value: configuration.family.rawValue, supported: ["bert"])
        }
        guard configuration.activation == .erf else {
            throw .unsupported(path: path, key: "hidden_act", value: "\(configuration.activation)", supported: ["gelu"])
        }
        guard pooling?.mode != .largest else {
            throw .unsupported(
                path: "\(folder)/modules.json", key: "pooling", value: EmbeddingPooling.Mode.largest.rawValue,
                supported: ["mean, cls and last in GGUF; this model runs from its folder"])
        }
        self.configuration = configuration
        self.pooling = pooling
        // White space beside a token is of no account here.
        let tokens = tokenizer.flatMap { GGUFTokenizer.notice($0.addedTokens, isKept: false, where: \.singleWord) }
        let length =
            pooling.map(\.isNormalised) == false
            ? "the folder leaves rows as long as they are (modules.json has no Normalize), and what reads GGUF scales them to"
                + " length 1; directions and cosines stay" : nil
        notices = [tokens, length].compactMap(\.self)
        name = folder.split(separator: "/").last.map(String.init) ?? "bert"
        self.tokenizer = try WordPieces(folder: folder, count: configuration.vocabularySize)
        typealias Item = ModelConverter.Item
        let prefix = weights.contains("bert.embeddings.word_embeddings.weight") ? "bert." : ""
        let embeddings = prefix + "embeddings."
        var items = [
            Item(source: embeddings + "word_embeddings.weight", name: "token_embd.weight"),
            Item(source: embeddings + "position_embeddings.weight", name: "position_embd.weight", isWhole: true),
        ]
        if configuration.typeCount > 0 {
            items.append(Item(source: embeddings + "token_type_embeddings.weight", name: "token_types.weight", isWhole: true))
        }
        func add(_ hub: String, _ gguf: String, isInBlock: Bool = false) {
            for kind in ["weight", "bias"] {
                items.append(Item(source: "\(hub).\(kind)", name: "\(gguf).\(kind)", isInBlock: isInBlock))
            }
        }
        add(embeddings + "LayerNorm", "token_embd_norm")
        let (hub, gguf) = (BertWeights.Names.bert.all, BertWeights.Names.gguf.all)
        for layer in 0..<configuration.layerCount {
            for (hub, gguf) in zip(hub, gguf) {
                add("\(prefix)encoder.layer.\(layer).\(hub)", "blk.\(layer).\(gguf)", isInBlock: true)
            }
        }
        self.items = items
    }

    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) {
        let c = configuration
        writer.set("general.architecture", "bert")
        writer.set("general.name", name)
        writer.setFileType(precision)
        func set(_ key: String, _ value: Int) { writer.set("bert.\(key)", integer: value) }
        set("context_length", c.contextLength)
        set("embedding_length", c.hiddenSize)
        set("feed_forward_length", c.intermediateSize)
        set("block_count", c.layerCount)
        set("attention.head_count", c.headCount)
        writer.set("bert.attention.layer_norm_epsilon", Float(c.layerNormEpsilon))
        writer.set("bert.attention.causal", false)
        switch pooling?.mode {
        case nil, .largest: break
        case .mean: set("pooling_type", 1)
        case .first: set("pooling_type", 2)
        case .last: set("pooling_type", 3)
        }
        writer.set("tokenizer.ggml.token_type_count", integer: c.typeCount)
        tokenizer?.write(to: &writer)
    }
}

/// A WordPiece vocabulary on its way into a GGUF file, where pieces that begin a word are marked instead of those that go on.
private struct WordPieces {
    private let tokens: [String]
    private let kinds: [Int32]
    private let ids: [String: Int]
    private let lowercases: Bool
    private let stripsAccents: Bool?

    /// nil where the folder has no tokenizer.
    init?(folder: String, count: Int) throws(ModelError) {
        let path = "\(folder)/tokenizer.json"
        guard ModelFile.exists(path) else { return nil }
        let json = try ModelFile.json(path)
        let (type, mark) = (json["model"]?["type"]?.string ?? "WordPiece", json["model"]?["continuing_subword_prefix"]?.string)
        guard type == "WordPiece", mark ?? "##" == "##", json["normalizer"]?["type"]?.string == "BertNormalizer" else {
            throw .unsupported(path: path, key: "model", value: type, supported: ["WordPiece of BERT"])
        }
        var texts = [String](repeating: "", count: count)
        for (text, id) in json["model"]?["vocab"]?.map ?? [:] {
            guard let id = id.int, (0..<count).contains(id) else {
                throw .configuration(path: path, key: "model.vocab", problem: "has a token beyond the \(count) of config.json")
            }
            texts[id] = text
        }
        let special = Set((json["added_tokens"]?.list ?? []).filter { $0["special"]?.bool == true }.compactMap { $0["id"]?.int })
        kinds = texts.indices.map { special.contains($0) ? 3 : texts[$0].isEmpty ? 5 : 1 }
        tokens = texts.enumerated().map { index, text in
            if text.isEmpty { return "[PAD\(index)]" }
            // As llama.cpp's converter has it: tokens in brackets are no words.
            if special.contains(index) || text.hasPrefix("[") && text.hasSuffix("]") { return text }
            return text.hasPrefix("##") ? String(text.dropFirst(2)) : "\u{2581}" + text
        }
        ids = Dictionary(texts.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        lowercases = json["normalizer"]?["lowercase"]?.bool ?? true
        stripsAccents = json["normalizer"]?["strip_accents"]?.bool
    }

    func write(to writer: inout GGUFWriter) {
        writer.set("tokenizer.ggml.model", "bert")
        writer.set("tokenizer.ggml.tokens", tokens)
        writer.set("tokenizer.ggml.token_type", kinds)
        let names = [
            ("bos", "[CLS]"), ("seperator", "[SEP]"), ("unknown", "[UNK]"), ("padding", "[PAD]"), ("cls", "[CLS]"),
            ("mask", "[MASK]"),
        ]
        for (key, token) in names {
            if let id = ids[token] { writer.set("tokenizer.ggml.\(key)_token_id", integer: id) }
        }
        writer.set("tokenizer.ggml.normalizer.lowercase", lowercases)
        if let stripsAccents { writer.set("tokenizer.ggml.normalizer.strip_accents", stripsAccents) }
    }
}
