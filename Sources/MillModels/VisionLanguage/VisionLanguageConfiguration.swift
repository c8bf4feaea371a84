import MillValue

/// The parts of a hub checkpoint's configuration that has a text and a vision side.
struct VisionLanguageConfiguration {
    let keys: ConfigurationReader
    let text: DecoderConfiguration
    let tower: SiglipConfiguration
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
            "sliding_window": 4096,
        ],
        "siglip_vision_model": [
            "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
            "image_size": 224, "patch_size": 16,
        ],
        "idefics3_vision": idefics3Vision, "idefics3": idefics3Vision, "smolvlm_vision": idefics3Vision,
    ]

    private static let idefics3Vision: ValueMap = [
        "hidden_size": 1152, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 16,
        "image_size": 224, "patch_size": 32,
    ]

    private static let towers = ["siglip_vision_model", "idefics3_vision", "idefics3", "smolvlm_vision"]

    /// - Parameter imageKeys: what the family calls the token of a picture; the first that is there counts.
    init(_ config: Value, path: String, imageKeys: [String]) throws(ModelError) {
        keys = ConfigurationReader(path: path, value: config)
        guard let text = try keys.nested("text_config"), let vision = try keys.nested("vision_config") else {
            throw keys.failure(config["text_config"] == nil ? "text_config" : "vision_config", "is missing")
        }
        let type = try vision.string("model_type", default: Self.towers[0])
        guard Self.towers.contains(type) else {
            throw .unsupported(path: path, key: "vision_config.model_type", value: type, supported: Self.towers)
        }
        var textValues = Self.filled(text.value, as: try text.string("model_type", default: "llama"))
        if textValues["tie_word_embeddings"] == nil, let isTied = config["tie_word_embeddings"] {
            textValues["tie_word_embeddings"] = isTied
        }
        self.text = try DecoderConfiguration(hub: .map(textValues), path: path)
        tower = try SiglipConfiguration(hub: ["vision_config": .map(Self.filled(vision.value, as: type))], path: path)
        let key = imageKeys.first(where: keys.contains) ?? imageKeys[0]
        guard let token = try keys.tokenIDs(key, vocabularySize: self.text.vocabularySize).first else {
            throw keys.failure(key, "is missing")
        }
        imageToken = token
    }

    private static func filled(_ value: Value, as type: String) -> ValueMap {
        var values = value.map ?? [:]
        for (key, fallback) in defaults.first(where: { $0.key == type })?.value ?? [:] where values[key] == nil {
            values[key] = fallback
        }
        values["model_type"] = .string(type)
        return values
    }

    /// How many of the tower's blocks come before the features of ``vision_feature_layer``: hidden state 0 is the tower's input.
    func featureDepth() throws(ModelError) -> Int {
        let key = "vision_feature_layer"
        guard let index = keys.contains(key) ? keys.value[key]?.int : -2 else {
            throw .unsupported(
                path: keys.path, key: key, value: "a list", supported: ["one whole number"])
        }
        let depth = index < 0 ? tower.layerCount + 1 + index : index
        guard (0...tower.layerCount).contains(depth) else {
            throw keys.failure(key, "is \(index), but the tower has \(tower.layerCount) layers")
        }
        return depth
    }
}
