import MillCompute
import MillImage
import MillTensor
import MillWeights

/// The mmproj file of a SigLIP folder: names and keys as llama.cpp has them for a tower. The hub's pooling head is left out.
struct SiglipPlan: ConversionPlan {
    let items: [ModelConverter.Item]
    let extraTensors: [(name: String, tensor: Tensor)] = []
    private let configuration: SiglipConfiguration
    private let name: String

    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` for what the file could not say.
    init(_ configuration: SiglipConfiguration, folder: String, weights: any WeightSource) throws(ModelError) {
        try Self.check(configuration, folder: folder)
        self.configuration = configuration
        name = folder.split(separator: "/").last.map(String.init) ?? "siglip"
        typealias Item = ModelConverter.Item
        let start = "embeddings.patch_embedding"
        let prefix = weights.contains("vision_model.\(start).weight") ? "vision_model." : ""
        var items = [
            Item(
                source: prefix + "embeddings.position_embedding.weight", name: "v.position_embd.weight", isWhole: true)
        ]
        func add(_ hub: String, _ gguf: String, isInBlock: Bool = false) {
            for kind in ["weight", "bias"] where weights.contains("\(prefix)\(hub).\(kind)") {
                items.append(Item(source: "\(prefix)\(hub).\(kind)", name: "\(gguf).\(kind)", isInBlock: isInBlock))
            }
        }
        add(start, "v.patch_embd")
        let parts = [
            ("layer_norm1", "ln1"), ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
            ("self_attn.v_proj", "attn_v"), ("self_attn.out_proj", "attn_out"), ("layer_norm2", "ln2"),
            ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
        ]
        for layer in 0..<configuration.layerCount {
            for (hub, gguf) in parts { add("encoder.layers.\(layer).\(hub)", "v.blk.\(layer).\(gguf)", isInBlock: true) }
        }
        add("post_layernorm", "v.post_ln")
        self.items = items
    }

    /// The file's readers take the bicubic filter, both sides scaled to the tower's, and GELU's approximation by tanh.
    private static func check(_ c: SiglipConfiguration, folder: String) throws(ModelError) {
        guard c.activation == .tanh else {
            throw .unsupported(
                path: "\(folder)/config.json", key: "hidden_act", value: c.activation == .erf ? "gelu" : "quick_gelu",
                supported: ["gelu_pytorch_tanh in GGUF; this model runs from its folder"])
        }
        let (path, filter) = ("\(folder)/preprocessor_config.json", c.preprocessor.filter)
        guard filter == .bicubic else {
            throw .unsupported(
                path: path, key: "resample", value: filter.rawValue,
                supported: ["bicubic in GGUF; this model runs from its folder"])
        }
        guard c.preprocessor.aspect == .stretch else {
            throw .unsupported(
                path: path, key: "size", value: "pictures that are cut",
                supported: ["height and width without a crop in GGUF; this model runs from its folder"])
        }
    }

    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) {
        let c = configuration
        writer.set("general.architecture", "clip")
        writer.set("general.type", "mmproj")
        writer.set("general.name", name)
        writer.setFileType(precision)
        writer.set("clip.has_vision_encoder", true)
        writer.set("clip.use_gelu", true)
        func set(_ key: String, _ value: Int) { writer.set("clip.vision.\(key)", integer: value) }
        set("image_size", c.imageSize)
        set("patch_size", c.patchSize)
        set("embedding_length", c.hiddenSize)
        set("feed_forward_length", c.intermediateSize)
        set("block_count", c.layerCount)
        set("attention.head_count", c.headCount)
        set("projection_dim", 0)
        writer.set("clip.vision.attention.layer_norm_epsilon", Float(c.layerNormEpsilon))
        writer.set("clip.vision.image_mean", c.mean.list)
        writer.set("clip.vision.image_std", c.deviation.list)
    }
}

extension SIMD3<Float> {
    fileprivate var list: [Float] { [x, y, z] }
}
