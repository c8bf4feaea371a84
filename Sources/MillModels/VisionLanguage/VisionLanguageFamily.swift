import MillTensor
import MillValue
import MillWeights

/// The families whose text side reads pictures as rows, and how their files name what they hold.
enum VisionLanguageFamily: String, CaseIterable {
    case glmEdgeV = "glm-edge-v"
    case llava
    case idefics3
    case mllama
    case qwen25VL = "qwen2.5-vl"

    /// What `model_type` says in a folder of the hub.
    var hubTypes: [String] {
        switch self {
        case .glmEdgeV: ["glm"]
        case .llava: ["llava"]
        case .idefics3: ["idefics3", "smolvlm"]
        case .mllama: ["mllama"]
        case .qwen25VL: ["qwen2_5_vl"]
        }
    }

    /// Tells a hub checkpoint by its configuration; nil for all others.
    init?(modelType: String, _ config: Value) {
        // A text family's name stands for GLM-Edge-V, too.
        let found = Self.allCases.first { $0.hubTypes.contains(modelType) }
        guard let found, found != .glmEdgeV || config["vision_config"]?.map != nil else { return nil }
        self = found
    }

    /// What GGUF calls its projector; nil where mmproj files of it are not read.
    var ggufProjector: String? { Self.projectors.first { $0.value == self }?.key }

    /// The names of GGUF's projectors.
    static let projectors: KeyValuePairs<String, VisionLanguageFamily> = [
        "adapter": .glmEdgeV, "mlp": .llava, "idefics3": .idefics3, "qwen2.5vl_merger": .qwen25VL,
    ]

    /// Tells an mmproj file by its projector.
    init(gguf keys: ConfigurationReader) throws(ModelError) {
        let hasAdapter = try keys.bool("has_glm_projector", default: false)
        let type = try keys.string("projector_type", default: hasAdapter ? "adapter" : "mlp")
        guard let family = Self.projectors.first(where: { $0.key == type })?.value else {
            throw .unsupported(
                path: keys.path, key: "clip.projector_type", value: type, supported: Self.projectors.map(\.key))
        }
        self = family
    }

    /// What hub checkpoints call the three parts, and the names that they get here: `model.…` and `lm_head.weight` for the text
    /// side, `vision_model.…` for the tower, `projector.…` for what lies between.
    var prefixes: KeyValuePairs<String, String> {
        switch self {
        case .glmEdgeV:
            ["model.vision.vit.model.vision_model.": "vision_model.", "model.vision.adapter.": "projector."]
        case .llava:
            // transformers 4 and 5, each with and without the tower's own prefix.
            [
                "language_model.model.": "model.", "language_model.lm_head.": "lm_head.", "model.language_model.": "model.",
                "vision_tower.vision_model.": "vision_model.", "vision_tower.": "vision_model.",
                "model.vision_tower.vision_model.": "vision_model.", "model.vision_tower.": "vision_model.",
                "multi_modal_projector.": "projector.", "model.multi_modal_projector.": "projector.",
            ]
        case .qwen25VL:
            ["model.language_model.": "model.", "language_model.": "model.", "model.visual.": "visual."]
        case .mllama:
            [
                "language_model.model.": "model.", "language_model.lm_head.": "lm_head.", "model.language_model.": "model.",
                "model.vision_model.": "vision_model.", "multi_modal_projector.": "projector.",
                "model.multi_modal_projector.": "projector.",
            ]
        case .idefics3:
            [
                "model.text_model.": "model.", "model.vision_model.": "vision_model.",
                "model.connector.modality_projection.": "projector.",
            ]
        }
    }
}

/// A hub checkpoint's tensors under the names that its family gets here.
struct RenamedWeights: WeightSource {
    private let source: any WeightSource
    private let originals: [String: String]
    let names: [String]

    /// - Parameter prefixes: the first that a name begins with is replaced.
    init(_ source: any WeightSource, _ prefixes: KeyValuePairs<String, String>) {
        self.source = source
        var (names, originals): ([String], [String: String]) = ([], [:])
        for original in source.names {
            var name = original
            if let rule = prefixes.first(where: { original.hasPrefix($0.key) }) {
                name = rule.value + original.dropFirst(rule.key.count)
            }
            // Of two tensors under one name, the second keeps its own, and nobody reads it.
            if originals[name] != nil { name = original }
            names.append(name)
            originals[name] = original
        }
        (self.names, self.originals) = (names, originals)
    }

    var path: String { source.path }
    var format: String { source.format }
    func isMade(_ name: String) -> Bool { source.isMade(originals[name] ?? name) }
    func layout(_ name: String) throws(WeightsError) -> TensorLayout { try source.layout(originals[name] ?? name) }
    func contains(_ name: String) -> Bool { originals[name] != nil }
    func tensor(_ name: String) throws(WeightsError) -> Tensor {
        try source.tensor(originals[name] ?? name)
    }
}
