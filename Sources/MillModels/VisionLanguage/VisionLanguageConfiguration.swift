import MillValue

/// The parts of a hub checkpoint's configuration that has a text and a vision side.
struct VisionLanguageConfiguration {
    let keys: ConfigurationReader
    let text: DecoderConfiguration
    let tower: TowerConfiguration
    /// Whether the tower is CLIP's; else it is SigLIP's.
    let isCLIP: Bool
    /// The token that stands for a picture, or a row of it.
    let imageToken: Int32

    /// What the classes of a text or vision side take where the file says nothing.
    private static let defaults: KeyValuePairs<String, ValueMap> = [
        "llama": [
            "vocab_size": 32_000, "hidden_size": 4096, "intermediate_size": 11_008, "num_hidden_layers": 32,
            "num_attention_heads": 32, "rms_norm_eps": 1e-6, "max_position_embeddings": 2048,
        ],
        "mistral": [
            "vocab_size": 32_000, "hidden_size": 4096, "intermediate_size": 14_336, "num_hidden_layers": 32,
            "num_attention_heads": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-6, "max_position_embeddings": 131_072,
        ],
        "siglip_vision_model": [
            "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
            "image_size": 224, "patch_size": 16,
        ],
        "clip_vision_model": [
            "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
            "image_size": 224, "patch_size": 32, "projection_dim": 512,
        ],
        "mllama_text_model": [
            "vocab_size": 128_256, "hidden_size": 4096, "intermediate_size": 14_336, "num_hidden_layers": 40,
            "num_attention_heads": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-5, "max_position_embeddings": 131_072,
            "rope_theta": 500_000, "cross_attention_layers": [3, 8, 13, 18, 23, 28, 33, 38],
        ],
        "idefics3_vision": idefics3Vision, "idefics3": idefics3Vision, "smolvlm_vision": idefics3Vision,
    ]

    private static let idefics3Vision: ValueMap = [
        "hidden_size": 1152, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 16,
        "image_size": 224, "patch_size": 32,
    ]

    private static let clip = "clip_vision_model"
    private static let towers = ["siglip_vision_model", clip, "idefics3_vision", "idefics3", "smolvlm_vision"]

    /// - Parameters:
    ///   - processing: what a SigLIP tower's pictures are made input with unless the folder says otherwise.
    ///   - imageKeys: what the family calls the token of a picture; the first that is there counts.
    init(
        _ config: Value, path: String, folder: String, processing: PreprocessorConfiguration, imageKeys: [String]
    ) throws(ModelError) {
        keys = ConfigurationReader(path: path, value: config)
        let (text, vision) = try Self.sides(keys)
        let type = try vision.string("model_type", default: Self.towers[0])
        guard Self.towers.contains(type) else {
            throw .unsupported(path: path, key: "vision_config.model_type", value: type, supported: Self.towers)
        }
        self.text = try DecoderConfiguration(hub: .map(Self.values(ofText: text, config)), path: path)
        let tower: Value = ["vision_config": .map(Self.filled(vision.value, as: type))]
        if type == Self.clip {
            let configuration = try CLIPConfiguration(hub: tower, path: path, folder: folder, isProjected: false)
            (self.tower, isCLIP) = (configuration.tower, true)
        } else {
            self.tower = try SiglipConfiguration(hub: tower, path: path, folder: folder, processing: processing)
            isCLIP = false
        }
        imageToken = try keys.imageToken(imageKeys, count: self.text.vocabularySize)
    }

    static func sides(_ keys: ConfigurationReader) throws(ModelError) -> (text: ConfigurationReader, vision: ConfigurationReader)
    {
        guard let text = try keys.nested("text_config"), let vision = try keys.nested("vision_config") else {
            throw keys.failure(keys.contains("text_config") ? "vision_config" : "text_config", "is missing")
        }
        return (text, vision)
    }

    /// The text side's keys, with what its class takes for those that are left out.
    static func values(ofText text: ConfigurationReader, _ config: Value) throws(ModelError) -> ValueMap {
        let type = try text.string("model_type", default: "llama")
        // Alone, Mistral with these is Ministral; as a part of another model it does not read them.
        if type == TextFamily.mistral.name, text.contains("layer_types"),
            try text.strings("layer_types").contains(where: { $0 != "sliding_attention" })
        {
            throw .unsupported(
                path: text.path, key: "\(text.prefix)layer_types", value: "another pattern",
                supported: ["sliding_attention in all layers"])
        }
        var values = filled(text.value, as: type)
        if values["tie_word_embeddings"] == nil, let isTied = config["tie_word_embeddings"] {
            values["tie_word_embeddings"] = isTied
        }
        return values
    }

    private static func filled(_ value: Value, as type: String) -> ValueMap {
        var values = value.map ?? [:]
        for (key, fallback) in defaults.first(where: { $0.key == type })?.value ?? [:] where values[key] == nil {
            values[key] = fallback
        }
        values["model_type"] = .string(type)
        return values
    }

    /// How many of the tower's last blocks come after the features of `vision_feature_layer`: hidden state 0 is the tower's input.
    func skippedLayerCount() throws(ModelError) -> Int {
        let key = "vision_feature_layer"
        guard let index = keys.contains(key) ? keys.value[key]?.int : -2 else {
            throw .unsupported(
                path: keys.path, key: key, value: "a list", supported: ["one whole number"])
        }
        let skipped = index < 0 ? -1 - index : tower.layerCount - index
        guard (0...tower.layerCount).contains(skipped) else {
            throw keys.failure(key, "is \(index), but the tower has \(tower.layerCount) layers")
        }
        return skipped
    }
}

extension ConfigurationReader {
    /// The token of a picture.
    ///
    /// - Parameters:
    ///   - names: of the key; the first that is there counts.
    ///   - count: tokens that the text side knows.
    func imageToken(_ names: [String], count: Int) throws(ModelError) -> Int32 {
        let key = names.first(where: contains) ?? names[0]
        guard let token = try tokenIDs(key, vocabularySize: count).first else { throw failure(key, "is missing") }
        return token
    }
}
