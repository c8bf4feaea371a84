import MillModels
import MillTestSupport
import MillValue
import Testing

/// Files that can be read one by one and do not belong together.
@Suite("Parts of a model that disagree")
struct DisagreementTests {
    private static let changes: [(model: String, key: String, value: Value, says: String)] = [
        ("hearth", "item_names", ["lamp", "chair", "person", "sofa", "tv", "washing machine"], "another one"),
        ("hearth", "states", ["none", "on", "on", "open", "closed"], "different"),
        ("hearth", "activities", ["none", "a\nb"], "control characters"),
        ("hearth", "vision_layers", 1, "belongs to layer 1"),
        ("hearth", "suppression_iou", 7, "above 1"),
        ("hearth", "score_scale", 1e39, "above"),
        ("hearth", "layer_norm_eps", 2, "above 0.1"),
        ("ledger", "num_hidden_layers", 1, "belongs to layer 1"),
        ("ledger", "layer_norm_eps", 1e300, "above 0.1"),
        ("llama_rope3", "num_hidden_layers", 1, "belongs to layer 1"),
        ("llama_rope3", "rms_norm_eps", 1, "above 0.1"),
    ]

    @Test("what the configuration says of names, layers and constants has to fit the rest", arguments: changes.indices)
    func refused(index: Int) throws {
        let (name, key, value, says) = Self.changes[index]
        let source = "\(Oracles.committed)/models/\(name)"
        try withTemporaryFolder { folder in
            for file in try Oracles.list(source) where file.hasPrefix("model") || file.hasPrefix("tokenizer") {
                try write(Oracles.bytes("\(source)/\(file)"), to: "\(folder)/\(file)")
            }
            var config = try #require(try JSON.parse(String(decoding: Oracles.bytes("\(source)/config.json"), as: UTF8.self)).map)
            #expect(config[key] != nil || ["score_scale", "activities"].contains(key))
            config[key] = value
            try write(Value.map(config).json(), to: "\(folder)/config.json")
            let error = try #require(throws: ModelError.self) { try ModelLoader().load(path: folder) }
            #expect("\(error)".contains(says), "\(error)")
        }
    }
}
