/// A family of decoder-only text models: how its files name things, and what sets its blocks apart from the others'.
///
/// All families are in ``all``; one more is one more value there.
public struct TextFamily: Sendable, Hashable {
    /// How rows of queries and keys lie that turn together.
    struct Pairs: Sendable, Hashable {
        let hub: RopeConfiguration.Layout
        let gguf: RopeConfiguration.Layout
    }

    /// Whether its configurations ask for a sliding window.
    enum Window: Sendable, Hashable {
        case never
        /// Where there is a `sliding_window`, in all layers.
        case always
        /// Where `use_sliding_window` says so: in the layers of this rule.
        case onRequest(Layers)

        enum Layers: Sendable, Hashable {
            case all
            /// From `max_window_layers` on.
            case upper
            /// Every other one from the first on, up to `max_window_layers`.
            case lowerEven
            /// Those without rotary positions.
            case withoutPositions
        }
    }

    /// The name on the hub (`model_type`).
    public let name: String
    /// Other values of `model_type` for the same.
    var otherNames: [String] = []
    /// `general.architecture` in GGUF. Two families that share one differ in whether they have experts.
    let architecture: String
    var hubNames = TextNames.hub
    /// What `config.json` calls keys that have another name elsewhere.
    var keys: [String: String] = [:]
    var pairs = Pairs(hub: .halves, gguf: .halves)
    /// What the class on the hub takes for keys that a configuration leaves out.
    var rotaryFactor = 1.0
    /// Whether `partial_rotary_factor` says another one; other classes do not read it, or cannot compute with it.
    var readsRotaryFactor = false
    var theta = 10_000.0
    var epsilon = 1e-6
    var tiesEmbeddings = false
    var window = Window.never
    /// The window that the class takes where `sliding_window` is left out (not where it is null); 0 for none.
    var windowSize = 0
    /// What it takes for `max_window_layers`.
    var windowBorder = 28
    /// Whether `layer_types` says which layers have the window.
    var readsLayerTypes = false
    /// What it takes for `original_max_position_embeddings`, if that is a key of its own.
    var originalContext: Int?
    var biases = Biases()
    /// Queries and keys are normalised head by head.
    var normsHeads = false
    var experts: ExpertRule?
    /// Gate and up are one matrix, gate first.
    var fusesGate = false
    /// Query, key and value are one matrix on the hub.
    var fusesQuery = false
    /// What attention and MLP add to the residual stream is normalised first.
    var normsDeltas = false
    /// Rows of pictures have positions on three axes.
    var hasGrids = false
    /// Every so many layers one has no rotary positions, unless `no_rope_layers` says which.
    var unturnedInterval: Int?

    static let all: [TextFamily] = [
        .llama, .mistral, .mixtral, .qwen2, .qwen25VL, .qwen2MoE, .qwen3, .qwen3MoE, .glm, .glm4, .chatglm, .phi3, .smollm3,
    ]

    static func named(_ modelType: String) -> TextFamily? {
        all.first { $0.name == modelType || $0.otherNames.contains(modelType) }
    }

    /// - Parameter hasExperts: whether the file counts experts.
    static func of(architecture: String, hasExperts: Bool) -> TextFamily? {
        let found = all.filter { $0.architecture == architecture }
        return found.first { ($0.experts != nil) == hasExperts } ?? found.first
    }

    /// Every `general.architecture`, once.
    static var architectures: [String] {
        all.reduce(into: []) { names, family in
            if !names.contains(family.architecture) { names.append(family.architecture) }
        }
    }
}

extension TextFamily.Pairs {
    static let neighbours = TextFamily.Pairs(hub: .interleaved, gguf: .interleaved)
    /// llama.cpp's converter brings halves into the order in which pairs are neighbours.
    static let reordered = TextFamily.Pairs(hub: .halves, gguf: .interleaved)
}

extension TextFamily {
    /// arXiv:2302.13971, 2407.21783; also Yi, SmolLM, DeepSeek LLM and others that say they are Llama; and the text side
    /// of Llama 3.2 Vision, with layers besides that look at pictures.
    static let llama = TextFamily(
        name: "llama", otherNames: [DecoderConfiguration.mllama], architecture: "llama", pairs: .reordered,
        biases: .everywhereOnRequest)
    /// arXiv:2310.06825; with `layer_types` it is what transformers calls Ministral.
    static let mistral = TextFamily(
        name: "mistral", architecture: "llama", pairs: .reordered, window: .always, windowSize: 4096, readsLayerTypes: true)
    /// arXiv:2401.04088.
    static let mixtral = TextFamily(
        name: "mixtral", architecture: "llama", hubNames: .mixtral, pairs: .reordered, theta: 1_000_000, epsilon: 1e-5,
        window: .always, experts: .mixtral)
    /// arXiv:2407.10671, and Qwen2.5.
    static let qwen2 = TextFamily(
        name: "qwen2", architecture: "qwen2", window: .onRequest(.upper), windowSize: 4096, readsLayerTypes: true,
        biases: .inQueries(.always))
    /// The text side of Qwen2.5-VL (arXiv:2502.13923).
    static let qwen25VL = TextFamily(
        name: "qwen2_5_vl", otherNames: ["qwen2_5_vl_text"], architecture: "qwen2vl", theta: 1_000_000, epsilon: 1e-5,
        window: .onRequest(.upper), windowSize: 4096, windowBorder: 80, readsLayerTypes: true, biases: .inQueries(.always),
        hasGrids: true)
    static let qwen2MoE = TextFamily(
        name: "qwen2_moe", architecture: "qwen2moe", window: .onRequest(.lowerEven), windowSize: 4096,
        readsLayerTypes: true, biases: .inQueries(.onRequest(["qkv_bias"], usual: true)), experts: .qwen2)
    /// arXiv:2505.09388.
    static let qwen3 = TextFamily(
        name: "qwen3", architecture: "qwen3", window: .onRequest(.upper), windowSize: 4096, readsLayerTypes: true,
        biases: .inAttentionOnRequest, normsHeads: true)
    static let qwen3MoE = TextFamily(
        name: "qwen3_moe", architecture: "qwen3moe", window: .onRequest(.all), windowSize: 4096, biases: .inAttentionOnRequest,
        normsHeads: true, experts: .qwen3)
    /// GLM-Edge, and GLM-4 as the hub's `GlmForCausalLM` has it (arXiv:2406.12793).
    static let glm = TextFamily(
        name: "glm", architecture: "chatglm", pairs: .neighbours, rotaryFactor: 0.5, readsRotaryFactor: true, epsilon: 1.5625e-7,
        biases: .inQueries(.onRequest(["attention_bias"], usual: true)), fusesGate: true)
    /// GLM-4-0414.
    static let glm4 = TextFamily(
        name: "glm4", architecture: "glm4", pairs: .neighbours, rotaryFactor: 0.5, readsRotaryFactor: true, epsilon: 1.5625e-7,
        biases: .inQueries(.onRequest(["attention_bias"], usual: true)), fusesGate: true, normsDeltas: true)
    /// ChatGLM2, ChatGLM3 and GLM-4 as first published, with the original names.
    static let chatglm = TextFamily(
        name: "chatglm", architecture: "chatglm", hubNames: .chatglm, keys: ChatGLM.keys, pairs: .neighbours,
        rotaryFactor: 0.5, epsilon: 1e-5, biases: .chatglm, fusesGate: true, fusesQuery: true)
    /// arXiv:2404.14219.
    static let phi3 = TextFamily(
        name: "phi3", architecture: "phi3", readsRotaryFactor: true, epsilon: 1e-5, window: .always, originalContext: 4096,
        fusesGate: true, fusesQuery: true)
    static let smollm3 = TextFamily(
        name: "smollm3", architecture: "smollm3", pairs: .reordered, theta: 2_000_000, tiesEmbeddings: true,
        window: .onRequest(.withoutPositions), readsLayerTypes: true, biases: .everywhereOnRequest, unturnedInterval: 4)
}
