import MillValue

extension DecoderConfiguration {
    /// The architectures (`general.architecture`) that hold a decoder-only text model, and their families.
    static let ggufFamilies: KeyValuePairs<String, Family> = [
        "llama": .llama, "qwen2": .qwen2, "qwen3": .qwen3, "chatglm": .glm,
    ]

    /// The context of GLM-Edge, for files whose converter wrote the hidden size in its place.
    private static let glmContextLength = 8192

    /// Reads the metadata of a GGUF file.
    ///
    /// - Parameters:
    ///   - hasOutputTensor: whether the file has `output.weight`; without it, the embedding table is the output head.
    ///   - vocabularySize: the rows of the embedding table, which decide where metadata and tokens disagree.
    init(
        gguf metadata: ValueMap, architecture: String, vocabularySize: Int, hasOutputTensor: Bool, path: String
    ) throws(ModelError) {
        guard let family = Self.ggufFamilies.first(where: { $0.key == architecture })?.value else {
            throw .unsupported(
                path: path, key: "general.architecture", value: architecture,
                supported: Self.ggufFamilies.map(\.key) + ["hearth", "ledger"])
        }
        let reader = ConfigurationReader(path: path, gguf: metadata, architecture: architecture)
        if reader.contains("expert_count"), try reader.size("expert_count", atLeast: 0) > 0 {
            throw .unsupported(
                path: path, key: "\(architecture).expert_count", value: "above 0", supported: ["models without experts"])
        }
        let hiddenSize = try reader.size("embedding_length")
        let headCount = try reader.size("attention.head_count")
        let headDimension = try reader.size("attention.key_length", default: max(1, hiddenSize / headCount))
        guard try reader.size("attention.value_length", default: headDimension) == headDimension else {
            throw reader.failure("attention.value_length", "must equal attention.key_length \(headDimension)")
        }
        // The converter of `chatglm` files writes the hidden size where the checkpoint has no `seq_length`.
        let declared = try reader.size("context_length")
        let context = family == .glm && declared == hiddenSize ? Self.glmContextLength : declared
        let tokens = ConfigurationReader(path: path, gguf: metadata, architecture: "tokenizer.ggml")
        var endTokenIDs: [Int32] = []
        for key in ["eos_token_id", "eot_token_id", "eom_token_id"] {
            endTokenIDs += try tokens.tokenIDs(key, vocabularySize: vocabularySize).filter { !endTokenIDs.contains($0) }
        }
        self = try DecoderConfiguration(
            family: family,
            vocabularySize: vocabularySize,
            hiddenSize: hiddenSize,
            layerCount: try reader.size("block_count"),
            headCount: headCount,
            kvHeadCount: try reader.size("attention.head_count_kv", default: headCount),
            headDimension: headDimension,
            intermediateSize: try reader.size("feed_forward_length"),
            rmsNormEpsilon: try reader.positive(
                "attention.layer_norm_rms_epsilon", default: 1e-5, upTo: ConfigurationReader.largestEpsilon),
            rope: try RopeConfiguration(gguf: reader, family: family, headDimension: headDimension),
            tiesEmbeddings: !hasOutputTensor,
            contextLength: context,
            beginTokenIDs: try tokens.tokenIDs("bos_token_id", vocabularySize: vocabularySize),
            endTokenIDs: endTokenIDs
        ).checked(path: path, headKey: "\(architecture).attention.head_count")
    }
}

extension RopeConfiguration {
    init(gguf reader: ConfigurationReader, family: DecoderConfiguration.Family, headDimension: Int) throws(ModelError) {
        theta = try reader.positive("rope.freq_base", default: 10_000)
        rotaryDimension = try reader.size("rope.dimension_count", default: headDimension)
        // Converters reorder the rows of Llama's query and key projections so that pairs become neighbours.
        layout = family == .llama || family == .glm ? .interleaved : .halves
        let kind = try reader.string("rope.scaling.type", default: "none")
        switch kind {
        case "none": scaling = .none
        case "linear": scaling = .linear(factor: try reader.positive("rope.scaling.factor"))
        default:
            throw .unsupported(
                path: reader.path, key: reader.prefix + "rope.scaling.type", value: kind, supported: ["none", "linear"])
        }
    }
}

extension ConfigurationReader {
    /// The keys `architecture.*` of a GGUF file, without that prefix.
    init(path: String, gguf metadata: ValueMap, architecture: String) {
        let prefix = architecture + "."
        let entries = metadata.filter { $0.key.hasPrefix(prefix) }.map { (String($0.key.dropFirst(prefix.count)), $0.value) }
        self.init(path: path, value: .map(ValueMap(entries)), prefix: prefix)
    }
}
