import MillValue
import MillWeights

extension DecoderConfiguration {
    /// The context of GLM-Edge, for files whose converter wrote the hidden size in its place.
    private static let glmContextLength = 8192

    /// Reads the metadata of a GGUF file; where metadata and tensors disagree about the vocabulary, tensors decide.
    init(gguf file: GGUFFile, architecture: String) throws(ModelError) {
        let (metadata, path) = (file.metadata.valueMap(), file.path)
        if metadata["general.type"]?.string == "adapter" {
            throw .notAModel(path: path, reason: "it is a LoRA adapter; give its model with -m, and this file with --adapter")
        }
        let reader = ConfigurationReader(path: path, gguf: metadata, architecture: architecture)
        let hasExperts = try reader.size("expert_count", default: 0, atLeast: 0) > 0
        guard let family = TextFamily.of(architecture: architecture, hasExperts: hasExperts) else {
            throw .unsupported(
                path: path, key: "general.architecture", value: architecture,
                supported: TextFamily.architectures + ["bert", "clip", "hearth", "ledger"])
        }
        if hasExperts, family.experts == nil {
            throw .unsupported(
                path: path, key: "\(architecture).expert_count", value: "above 0", supported: ["models without experts"])
        }
        try reader.refuse([
            "attention.scale", "attention.clamp_kqv", "attention.max_alibi_bias", "attention.temperature_scale",
            "attn_logit_softcapping", "final_logit_softcapping", "logit_scale", "embedding_scale", "residual_scale",
            "rope.scaling.alpha", "use_parallel_residual",
        ])
        try reader.refuse("attention.causal", other: true)
        let names = TextNames.gguf
        let vocabularySize = file.info("\(names.embedding).weight")?.shape.first ?? 0
        let hiddenSize = try reader.size("embedding_length")
        let headCount = try reader.size("attention.head_count")
        let headDimension = try reader.size("attention.key_length", default: max(1, hiddenSize / headCount))
        guard try reader.size("attention.value_length", default: headDimension) == headDimension else {
            throw reader.failure("attention.value_length", "must equal attention.key_length \(headDimension)")
        }
        let layerCount = try reader.size("block_count")
        guard layerCount <= file.tensorInfos.count else {
            throw reader.failure("block_count", "is \(layerCount), but the file has \(file.tensorInfos.count) tensors")
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
            layerCount: layerCount,
            headCount: headCount,
            kvHeadCount: try reader.size("attention.head_count_kv", default: headCount),
            headDimension: headDimension,
            intermediateSize: try reader.size("feed_forward_length", default: hasExperts ? 1 : nil),
            rmsNormEpsilon: try reader.positive(
                "attention.layer_norm_rms_epsilon", upTo: ConfigurationReader.largestEpsilon),
            rope: try RopeConfiguration(
                gguf: reader, family, headDimension: headDimension, contextLength: context,
                hasLongDivisors: names.longRopeDivisors.map { file.contains("\($0).weight") } ?? false),
            experts: try family.experts.map { rule throws(ModelError) in
                try ExpertConfiguration(gguf: reader, rule, layerCount: layerCount) { layer in
                    file.contains("\(names.layer(layer))\(names.router).weight")
                }
            },
            window: try SlidingWindow(gguf: reader, layerCount: layerCount),
            isTurned: family.unturnedInterval.map { interval in (1...layerCount).map { !$0.isMultiple(of: interval) } },
            biases: nil,
            tiesEmbeddings: !file.contains("\(names.head).weight"),
            contextLength: context,
            beginTokenIDs: try tokens.tokenIDs("bos_token_id", vocabularySize: vocabularySize),
            endTokenIDs: endTokenIDs
        ).checked(path: path, headKey: "\(architecture).attention.head_count")
    }
}

extension SlidingWindow {
    /// nil where no layer has a window; all have it unless the pattern, a list, says which.
    fileprivate init?(gguf reader: ConfigurationReader, layerCount: Int) throws(ModelError) {
        let size = try reader.size("attention.sliding_window", default: 0, atLeast: 0)
        guard size > 0 else { return nil }
        self.size = size
        let key = "attention.sliding_window_pattern"
        isWindowed = reader.contains(key) ? try reader.bools(key) : Array(repeating: true, count: layerCount)
        guard isWindowed.count == layerCount else {
            throw reader.failure(key, "names \(isWindowed.count) of \(layerCount) layers")
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
