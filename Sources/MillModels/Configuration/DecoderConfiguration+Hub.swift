import MillValue

extension DecoderConfiguration {
    /// Reads a hub checkpoint's `config.json`, in the flat dialect (`rope_theta`, `rope_scaling`) or the newer one
    /// (`rope_parameters`).
    package init(hub config: Value, path: String) throws(ModelError) {
        let reader = ConfigurationReader(path: path, value: config)
        let modelType = try reader.string("model_type")
        guard let family = Family(rawValue: modelType) else {
            throw .unsupported(
                path: path, key: "model_type", value: modelType,
                supported: Family.allCases.map(\.rawValue) + ["hearth", "ledger"])
        }
        let activation = try reader.string("hidden_act", default: "silu")
        guard activation == "silu" || activation == "swish" else {
            throw .unsupported(path: path, key: "hidden_act", value: activation, supported: ["silu"])
        }
        let hiddenSize = try reader.size("hidden_size")
        let headCount = try reader.size("num_attention_heads")
        let vocabularySize = try reader.size("vocab_size")
        let headDimension = try reader.size("head_dim", default: max(1, hiddenSize / headCount))
        self = try DecoderConfiguration(
            family: family,
            vocabularySize: vocabularySize,
            hiddenSize: hiddenSize,
            layerCount: try reader.size("num_hidden_layers"),
            headCount: headCount,
            kvHeadCount: try reader.size("num_key_value_heads", default: headCount),
            headDimension: headDimension,
            intermediateSize: try reader.size("intermediate_size"),
            rmsNormEpsilon: try reader.positive("rms_norm_eps", default: 1e-6, upTo: ConfigurationReader.largestEpsilon),
            rope: try RopeConfiguration(hub: reader, family: family, headDimension: headDimension),
            tiesEmbeddings: try reader.bool("tie_word_embeddings", default: false),
            contextLength: try Self.contextLength(reader, family: family),
            beginTokenIDs: try reader.tokenIDs("bos_token_id", vocabularySize: vocabularySize),
            endTokenIDs: try reader.tokenIDs("eos_token_id", vocabularySize: vocabularySize)
        ).checked(path: path, headKey: "num_attention_heads")
    }

    /// Inside a sliding window, windowed attention equals full attention: the window bounds the context.
    private static func contextLength(_ reader: ConfigurationReader, family: Family) throws(ModelError) -> Int {
        let context = try reader.size("max_position_embeddings", default: 2048)
        let isWindowed = try reader.bool("use_sliding_window", default: family == .mistral)
        return isWindowed ? min(context, try reader.size("sliding_window", default: context)) : context
    }
}

extension RopeConfiguration {
    init(hub reader: ConfigurationReader, family: DecoderConfiguration.Family, headDimension: Int) throws(ModelError) {
        let parameters = try reader.nested("rope_parameters")
        let scaling = if let parameters { parameters } else { try reader.nested("rope_scaling") }
        let values = parameters ?? reader
        // GLM's class turns half of a head unless the file says otherwise; all others turn the whole head.
        let factor = try values.positive("partial_rotary_factor", default: family == .glm ? 0.5 : 1)
        guard factor <= 1 else { throw values.failure("partial_rotary_factor", "is \(factor), above 1") }
        theta = try values.positive("rope_theta", default: 10_000)
        rotaryDimension = Int(Double(headDimension) * factor)
        layout = family == .glm ? .interleaved : .halves
        self.scaling = if let scaling { try Scaling(hub: scaling) } else { .none }
    }
}

extension RopeConfiguration.Scaling {
    fileprivate init(hub reader: ConfigurationReader) throws(ModelError) {
        let key = reader.contains("rope_type") ? "rope_type" : "type"
        let kind = try reader.string(key, default: "default")
        switch kind {
        case "default": self = .none
        case "linear": self = .linear(factor: try reader.positive("factor"))
        case "llama3":
            let low = try reader.positive("low_freq_factor")
            let high = try reader.positive("high_freq_factor")
            guard high > low else { throw reader.failure("high_freq_factor", "must be above low_freq_factor \(low)") }
            self = .llama3(
                factor: try reader.positive("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
                originalContext: try reader.positive("original_max_position_embeddings"))
        default:
            throw .unsupported(
                path: reader.path, key: reader.prefix + key, value: kind, supported: ["default", "linear", "llama3"])
        }
    }
}
