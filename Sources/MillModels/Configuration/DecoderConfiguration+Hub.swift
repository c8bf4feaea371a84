import MillValue

extension DecoderConfiguration {
    /// Reads a hub checkpoint's `config.json`, in the flat dialect (`rope_theta`, `rope_scaling`) or the newer one
    /// (`rope_parameters`).
    package init(hub config: Value, path: String) throws(ModelError) {
        let plain = ConfigurationReader(path: path, value: config)
        let modelType = try plain.string("model_type")
        guard let family = TextFamily.named(modelType) else {
            throw .unsupported(
                path: path, key: "model_type", value: modelType,
                supported: ModelFamilies.hubNames)
        }
        let reader = ConfigurationReader(path: path, value: config, aliases: family.keys)
        let activation = try reader.string("hidden_act", default: "silu")
        guard activation == "silu" || activation == "swish" else {
            throw .unsupported(path: path, key: "hidden_act", value: activation, supported: ["silu"])
        }
        try reader.refuse([
            "attention_multiplier", "embedding_multiplier", "residual_multiplier", "logits_scaling", "logit_scale", "clip_qkv",
            "attn_logit_softcapping", "final_logit_softcapping",
        ])
        try reader.refuse("is_causal", other: true)
        if family == .chatglm { try ChatGLM.check(reader) }
        let hiddenSize = try reader.size("hidden_size")
        let headCount = try reader.size("num_attention_heads")
        let vocabularySize = try reader.size("vocab_size")
        let headDimension = try reader.size("head_dim", default: max(1, hiddenSize / headCount))
        let layerCount = try reader.size("num_hidden_layers")
        let rope = try RopeConfiguration(hub: reader, family, headDimension: headDimension)
        let isTurned = try Self.isTurned(reader, family, layerCount: layerCount)
        self = try DecoderConfiguration(
            family: family,
            vocabularySize: vocabularySize,
            hiddenSize: hiddenSize,
            layerCount: layerCount,
            headCount: headCount,
            kvHeadCount: try reader.size("num_key_value_heads", default: headCount),
            headDimension: headDimension,
            intermediateSize: try reader.size("intermediate_size"),
            rmsNormEpsilon: try reader.positive(
                "rms_norm_eps", default: family.epsilon, upTo: ConfigurationReader.largestEpsilon),
            rope: rope,
            experts: try family.experts.map { rule throws(ModelError) in
                try ExpertConfiguration(hub: reader, rule, layerCount: layerCount)
            },
            window: try SlidingWindow(hub: reader, family, layerCount: layerCount, isTurned: isTurned),
            isTurned: isTurned,
            biases: try ProjectionBiases(hub: reader, family),
            tiesEmbeddings: try reader.bool("tie_word_embeddings", default: family.tiesEmbeddings),
            contextLength: try Self.contextLength(reader, rope),
            beginTokenIDs: try reader.tokenIDs("bos_token_id", vocabularySize: vocabularySize),
            endTokenIDs: try reader.tokenIDs("eos_token_id", vocabularySize: vocabularySize),
            crossLayers: modelType == Self.mllama
                ? Set(try reader.integers("cross_attention_layers", in: 0...layerCount - 1)) : [],
            // The class adds as many rows, whatever the configuration says.
            unwrittenTokenCount: modelType == Self.mllama ? 8 : 0
        ).checked(path: path, headKey: "num_attention_heads")
    }

    /// What the text side of Llama 3.2 Vision calls itself.
    static let mllama = "mllama_text_model"

    /// YaRN stretches the context that the other keys tell of; some checkpoints state the longer one, some the original.
    private static func contextLength(_ reader: ConfigurationReader, _ rope: RopeConfiguration) throws(ModelError) -> Int {
        let context = try reader.size("max_position_embeddings", default: 2048)
        guard case .yarn(let yarn) = rope.scaling else { return context }
        return max(context, Int(min(yarn.originalContext * yarn.factor, Double(ConfigurationReader.maximumSize))))
    }

    /// Which layers have rotary positions; nil where all do.
    private static func isTurned(
        _ reader: ConfigurationReader, _ family: TextFamily, layerCount: Int
    ) throws(ModelError) -> [Bool]? {
        guard let usual = family.unturnedInterval else { return nil }
        if reader.contains("no_rope_layers") {
            let flags = try reader.integers("no_rope_layers", in: 0...1)
            guard flags.count >= layerCount else {
                throw reader.failure("no_rope_layers", "names \(flags.count) of \(layerCount) layers")
            }
            return flags.prefix(layerCount).map { $0 == 1 }
        }
        let interval = try reader.size("no_rope_layer_interval", default: usual)
        return (1...layerCount).map { !$0.isMultiple(of: interval) }
    }
}

extension SlidingWindow {
    /// nil where no layer has a window.
    ///
    /// - Parameter isTurned: whether each layer has rotary positions; nil where all do.
    fileprivate init?(
        hub reader: ConfigurationReader, _ family: TextFamily, layerCount: Int, isTurned: [Bool]?
    ) throws(ModelError) {
        let rule: TextFamily.Window.Layers
        switch family.window {
        case .never: return nil
        case .always: rule = .all
        case .onRequest(let layers):
            guard try reader.bool("use_sliding_window", default: false) else { return nil }
            rule = layers
        }
        // 0 and null are how files say that there is none.
        let key = "sliding_window"
        let size = reader.isNull(key) ? 0 : try reader.size(key, default: family.windowSize, atLeast: 0)
        guard size > 0 else { return nil }
        self.size = size
        let named = reader.contains("layer_types") ? try Self.layers(reader, layerCount: layerCount) : nil
        if let named, family.readsLayerTypes {
            isWindowed = named
            return
        }
        let border =
            rule == .upper || rule == .lowerEven
            ? try reader.size("max_window_layers", default: family.windowBorder, atLeast: 0) : 0
        isWindowed = (0..<layerCount).map { layer in
            switch rule {
            case .all: true
            case .upper: layer >= border
            case .lowerEven: layer.isMultiple(of: 2) && layer < border
            case .withoutPositions: !(isTurned?[layer] ?? true)
            }
        }
        guard named == nil || named == isWindowed else {
            throw reader.failure(
                "layer_types", "names other layers for the window than \(family.name) has it in, which does not read this key")
        }
    }

    private static func layers(_ reader: ConfigurationReader, layerCount: Int) throws(ModelError) -> [Bool] {
        let kinds = try reader.strings("layer_types")
        guard kinds.count == layerCount else {
            throw reader.failure("layer_types", "names \(kinds.count) of \(layerCount) layers")
        }
        let (whole, windowed) = ("full_attention", "sliding_attention")
        if let other = kinds.first(where: { $0 != whole && $0 != windowed }) {
            throw .unsupported(path: reader.path, key: "layer_types", value: other, supported: [whole, windowed])
        }
        return kinds.map { $0 == windowed }
    }
}
