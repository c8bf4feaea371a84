import MillValue

/// A ViT (arXiv:2010.11929) with a class token, and what stands on it.
public struct ViTConfiguration: Sendable {
    public let tower: TowerConfiguration
    /// The names of the classes, in the order of the scores; empty where the checkpoint is no classifier.
    public let labels: [String]

    /// Reads `config.json`, and `preprocessor_config.json` beside it.
    ///
    /// - Parameter labelCount: rows of the classifier's matrix; nil where the file has none.
    init(hub config: Value, path: String, folder: String, labelCount: Int?) throws(ModelError) {
        let reader = ConfigurationReader(path: path, value: config)
        try reader.checkChannels()
        let pooler = try reader.string("pooler_act", default: "tanh")
        guard pooler == "tanh" else {
            throw .unsupported(path: path, key: "pooler_act", value: pooler, supported: ["tanh"])
        }
        tower = try TowerConfiguration(
            reader, basePatchSize: 16, epsilon: 1e-12, activation: try reader.gelu("hidden_act", default: "gelu"),
            hasClassToken: true
        ) { width, height throws(ModelError) in
            try PreprocessorConfiguration.vit.preprocessor(folder: folder, width: width, height: height)
        }
        labels = try labelCount.map { count throws(ModelError) in try reader.labels(count: count) } ?? []
    }
}

extension ConfigurationReader {
    /// The names of `id2label`; `LABEL_0` and so on where there are none.
    func labels(count: Int) throws(ModelError) -> [String] {
        guard contains("id2label") else { return (0..<count).map { "LABEL_\($0)" } }
        guard let names = value["id2label"]?.map, names.count == count else {
            throw failure("id2label", "must name each of the classifier's \(count) classes")
        }
        return try (0..<count).map { index throws(ModelError) in
            guard let name = names["\(index)"]?.string else { throw failure("id2label", "names no class \(index)") }
            return name
        }
    }
}
