import MillTensor
import MillTokenizer
import MillValue
import MillWeights

/// The file of a text model: names, order of rows and keys as llama.cpp has them for the architecture.
struct TextPlan: ConversionPlan {
    let items: [ModelConverter.Item]
    let extraTensors: [(name: String, tensor: Tensor)]
    var text: TensorTypes.Text? { TensorTypes.Text(configuration) }
    private let configuration: DecoderConfiguration
    private let architecture: String
    private let name: String
    private let tokenizer: GGUFTokenizer?
    private let chatTemplate: String?
    /// Those for special uses.
    private let templates: [(name: String, text: String)]
    private let ends: EndTokenKeys
    private let addedTokens: String?
    var notices: [String] { (tokenizer?.notices ?? []) + [addedTokens, ends.notice].compactMap(\.self) }

    init(
        _ configuration: DecoderConfiguration, _ model: LoadedModel, folder: String, weights: any WeightSource
    ) throws(ModelError) {
        self.configuration = configuration
        architecture = configuration.family.architecture
        name = folder.split(separator: "/").last.map(String.init) ?? configuration.family.name
        templates = model.chat.templates.filter { $0.key != "default" }.map { ($0.key, $0.value) }.sorted { $0.name < $1.name }
        chatTemplate = model.chat.template
        let ends = EndTokenKeys(model)
        self.ends = ends
        tokenizer = try model.tokenizer.map { tokenizer throws(ModelError) in
            try GGUFTokenizer(folder: folder, tokenizer: tokenizer, configuration, endToken: ends.ids.first)
        }
        addedTokens = model.tokenizer.flatMap {
            GGUFTokenizer.notice($0.addedTokens, isKept: true) { token in AddedTokenMark.allCases.contains { $0.isOn(token) } }
        }
        items = TextItems(configuration).items.filter { weights.contains($0.source) }
        try Self.check(configuration, folder: folder)
        extraTensors = try Self.divisors(configuration.rope)
    }

    /// Refuses what GGUF has no words for.
    private static func check(_ c: DecoderConfiguration, folder: String) throws(ModelError) {
        guard c.rope.sections.isEmpty else {
            throw .unsupported(path: folder, key: "model_type", value: c.family.name, supported: ["models without pictures"])
        }
        guard c.crossLayers.isEmpty else {
            throw .unsupported(
                path: folder, key: "cross_attention_layers", value: "\(c.crossLayers.sorted())",
                supported: ["models without them"])
        }
        if case .yarn(let yarn) = c.rope.scaling, !yarn.isTruncated {
            throw .unsupported(path: folder, key: "rope_scaling.truncate", value: "false", supported: ["true"])
        }
        if let interval = c.family.unturnedInterval, let isTurned = c.isTurned,
            isTurned != (1...c.layerCount).map({ !$0.isMultiple(of: interval) })
        {
            throw .unsupported(
                path: folder, key: "no_rope_layers", value: "another pattern", supported: ["0 for every \(interval)th layer"])
        }
    }

    /// The scalings that GGUF has as tensors: divisors of the frequencies.
    private static func divisors(_ rope: RopeConfiguration) throws(ModelError) -> [(name: String, tensor: Tensor)] {
        let plain = RopeConfiguration(
            theta: rope.theta, rotaryDimension: rope.rotaryDimension, layout: rope.layout, scaling: .none)
        func tensor(_ name: String?, isLong: Bool) throws(ModelError) -> [(name: String, tensor: Tensor)] {
            guard let name else { return [] }
            let divisors = zip(plain.frequencies(), rope.frequencies(isLong: isLong)).map { $0 / $1 }
            do { return [("\(name).weight", try Tensor(divisors, shape: [divisors.count]))] } catch { throw .memory(error) }
        }
        let names = TextNames.gguf
        return switch rope.scaling {
        case .none, .linear, .yarn: []
        case .llama3: try tensor(names.ropeDivisors, isLong: false)
        case .longrope:
            try tensor(names.longRopeDivisors, isLong: true) + tensor(names.shortRopeDivisors, isLong: false)
        }
    }

    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) throws(ModelError) {
        let c = configuration
        writer.set("general.architecture", architecture)
        writer.set("general.type", "model")
        writer.set("general.name", name)
        writer.setFileType(precision)
        func set(_ key: String, _ value: Int) { writer.set("\(architecture).\(key)", integer: value) }
        set("vocab_size", c.vocabularySize)
        set("context_length", c.contextLength)
        set("embedding_length", c.hiddenSize)
        set("block_count", c.layerCount)
        set("feed_forward_length", c.intermediateSize)
        set("attention.head_count", c.headCount)
        set("attention.head_count_kv", c.kvHeadCount)
        set("attention.key_length", c.headDimension)
        set("attention.value_length", c.headDimension)
        set("rope.dimension_count", c.rope.rotaryDimension)
        writer.set("\(architecture).attention.layer_norm_rms_epsilon", Float(c.rmsNormEpsilon))
        writer.set("\(architecture).rope.freq_base", Float(c.rope.theta))
        setScaling(in: &writer)
        if let window = c.window {
            set("attention.sliding_window", window.size)
            if !window.isWindowed.allSatisfy({ $0 }) {
                writer.set("\(architecture).attention.sliding_window_pattern", window.isWindowed)
            }
        }
        if let experts = c.experts, let rule = c.family.experts {
            set("expert_count", experts.count)
            set("expert_used_count", experts.chosenCount)
            if rule.ggufSize != "feed_forward_length" { set(rule.ggufSize, experts.intermediateSize) }
            if let size = experts.sharedIntermediateSize { set("expert_shared_feed_forward_length", size) }
            if experts.renormalizes != rule.renormalizesInGGUF {
                writer.set("\(architecture).expert_weights_norm", experts.renormalizes)
            }
        }
        if let begin = c.beginTokenIDs.first { writer.set("tokenizer.ggml.bos_token_id", integer: Int(begin)) }
        for (key, id) in ends.written { writer.set("tokenizer.ggml.\(key)", integer: Int(id)) }
        guard let tokenizer else { return writer.set("tokenizer.ggml.model", "none") }
        tokenizer.write(to: &writer)
        if let chatTemplate { writer.set("tokenizer.chat_template", chatTemplate) }
        for (name, text) in templates { writer.set("tokenizer.chat_template.\(name)", text) }
        if !templates.isEmpty { writer.set("tokenizer.chat_templates", templates.map(\.name)) }
    }
}

extension TextPlan {
    private func setScaling(in writer: inout GGUFWriter) {
        let prefix = "\(architecture).rope.scaling."
        func set(_ type: String, factor: Double?, originalContext: Double? = nil, attention: Double = 1) {
            writer.set(prefix + "type", type)
            if let factor { writer.set(prefix + "factor", Float(factor)) }
            if let originalContext { writer.set(prefix + "original_context_length", integer: Int(originalContext)) }
            if abs(attention - 1) > 1e-6 { writer.set(prefix + "attn_factor", Float(attention)) }
        }
        switch configuration.rope.scaling {
        case .none, .llama3: break
        case .linear(let factor): set("linear", factor: factor)
        case .yarn(let yarn):
            set(
                "yarn", factor: yarn.factor, originalContext: yarn.originalContext,
                attention: yarn.attentionFactor / YaRN.attentionFactor(yarn.factor))
            writer.set(prefix + "yarn_beta_fast", Float(yarn.fast))
            writer.set(prefix + "yarn_beta_slow", Float(yarn.slow))
        case .longrope(let longrope):
            set("longrope", factor: nil, originalContext: longrope.originalContext, attention: longrope.attentionFactor)
        }
    }
}

extension GGUFWriter {
    /// What llama.cpp says about a whole file's types.
    mutating func setFileType(_ precision: ModelConverter.Precision) {
        set("general.file_type", integer: precision.ggufFileType)
        if precision.dtype.isQuantized { set("general.quantization_version", integer: 2) }
    }
}
