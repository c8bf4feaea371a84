import MillTensor
import MillValue
import MillWeights

/// The file of a text model: names, order of rows and keys as llama.cpp has them for the architecture.
struct TextPlan: ConversionPlan {
    let items: [ModelConverter.Item]
    let extraTensors: [(name: String, tensor: Tensor)]
    private let configuration: DecoderConfiguration
    private let architecture: String
    private let name: String
    private let tokenizer: GGUFTokenizer?
    private let chatTemplate: String?

    init(
        _ configuration: DecoderConfiguration, _ model: LoadedModel, folder: String, weights: SafetensorsFile
    ) throws(ModelError) {
        self.configuration = configuration
        architecture = configuration.family.ggufArchitecture
        name = folder.split(separator: "/").last.map(String.init) ?? configuration.family.rawValue
        chatTemplate = model.chat.template
        tokenizer =
            if let tokenizer = model.tokenizer {
                try GGUFTokenizer(folder: folder, tokenizer: tokenizer, configuration)
            } else { nil }
        items = TextNames(configuration).items.filter { weights.contains($0.source) }
        // The scaling of Llama 3 has no keys in GGUF; its divisors are a tensor.
        let rope = configuration.rope
        guard case .llama3 = rope.scaling else {
            extraTensors = []
            return
        }
        let plain = RopeConfiguration(
            theta: rope.theta, rotaryDimension: rope.rotaryDimension, layout: rope.layout, scaling: .none)
        let divisors = zip(plain.frequencies(), rope.frequencies()).map { $0 / $1 }
        do { extraTensors = [("rope_freqs.weight", try Tensor(divisors, shape: [divisors.count]))] } catch {
            throw .memory(error)
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
        if case .linear(let factor) = c.rope.scaling {
            writer.set("\(architecture).rope.scaling.type", "linear")
            writer.set("\(architecture).rope.scaling.factor", Float(factor))
        }
        if let begin = c.beginTokenIDs.first { writer.set("tokenizer.ggml.bos_token_id", integer: Int(begin)) }
        for (key, id) in zip(["eos_token_id", "eot_token_id", "eom_token_id"], c.endTokenIDs) {
            writer.set("tokenizer.ggml.\(key)", integer: Int(id))
        }
        guard let tokenizer else { return writer.set("tokenizer.ggml.model", "none") }
        tokenizer.write(to: &writer)
        if let chatTemplate { writer.set("tokenizer.chat_template", chatTemplate) }
    }
}

extension DecoderConfiguration.Family {
    /// `general.architecture` of the family's files.
    var ggufArchitecture: String {
        switch self {
        case .llama, .mistral: "llama"
        case .qwen2: "qwen2"
        case .qwen3: "qwen3"
        case .glm: "chatglm"
        }
    }
}

extension GGUFWriter {
    /// What llama.cpp says about a whole file's types.
    mutating func setFileType(_ precision: ModelConverter.Precision) {
        set("general.file_type", integer: precision.ggufFileType)
        if precision != .f16 { set("general.quantization_version", integer: 2) }
    }
}

extension ModelConverter.Precision {
    /// llama.cpp's number for files that are mostly of this type.
    fileprivate var ggufFileType: Int {
        switch self {
        case .f16: 1
        case .q8: 7
        case .q4: 2
        }
    }
}

/// The tensors that a text model may have, under the hub's names and GGUF's.
private struct TextNames {
    let items: [ModelConverter.Item]

    init(_ c: DecoderConfiguration) {
        typealias Item = ModelConverter.Item
        // Neighbours turn together in Llama's files; the hub pairs the halves of a head.
        let isReordered = c.family.ggufArchitecture == "llama" && c.rope.layout == .halves
        func order(_ heads: Int) -> [Int]? {
            isReordered
                ? RopeConfiguration.pairOrder(
                    heads: heads, headDimension: c.headDimension, rotaryDimension: c.rope.rotaryDimension) : nil
        }
        let (queryOrder, keyOrder) = (order(c.headCount), order(c.kvHeadCount))
        let parts: [(hub: String, gguf: String, order: [Int]?)] = [
            ("input_layernorm", "attn_norm", nil), ("self_attn.q_proj", "attn_q", queryOrder),
            ("self_attn.k_proj", "attn_k", keyOrder), ("self_attn.v_proj", "attn_v", nil),
            ("self_attn.o_proj", "attn_output", nil), ("self_attn.q_norm", "attn_q_norm", nil),
            ("self_attn.k_norm", "attn_k_norm", nil), ("post_attention_layernorm", "ffn_norm", nil),
            ("mlp.gate_proj", "ffn_gate", nil), ("mlp.up_proj", "ffn_up", nil), ("mlp.gate_up_proj", "ffn_up", nil),
            ("mlp.down_proj", "ffn_down", nil),
        ]
        var items = [Item(source: "model.embed_tokens.weight", name: "token_embd.weight")]
        for layer in 0..<c.layerCount {
            for part in parts {
                for kind in ["weight", "bias"] {
                    items.append(
                        Item(
                            source: "model.layers.\(layer).\(part.hub).\(kind)", name: "blk.\(layer).\(part.gguf).\(kind)",
                            isInBlock: true, order: part.order))
                }
            }
        }
        items.append(Item(source: "model.norm.weight", name: "output_norm.weight"))
        if !c.tiesEmbeddings { items.append(Item(source: "lm_head.weight", name: "output.weight")) }
        self.items = items
    }
}
