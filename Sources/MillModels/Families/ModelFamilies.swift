/// What Millrace reads, as documentation lists it: one row for each family, made of the tables that loading goes by.
package struct ModelFamilies {
    /// What a family is for.
    package enum Kind: String, CaseIterable {
        case text = "text"
        case vision = "text with pictures"
        case encoder = "embeddings of text"
        case tower = "pictures alone"
        case speech = "speech"
        case own = "Millrace's own"
    }

    package struct Row {
        package let name: String
        package let kind: Kind
        /// `general.architecture`, for picture sides `clip.projector_type`; nil where GGUF files are not read.
        package let gguf: String?
        /// `model_type` of folders.
        package let hub: [String]
        package let seesPictures: Bool
        package let takesAdapters: Bool
    }

    package static var all: [Row] { text + vision + encoders + towers + others }

    /// Every `model_type` that is read, each once.
    static var hubNames: [String] {
        var seen: Set<String> = []
        return all.flatMap(\.hub).filter { seen.insert($0).inserted }
    }

    private static var text: [Row] {
        // A text side that comes with its picture side alone is in that row.
        let sides = VisionLanguageFamily.allCases.filter { $0 != .glmEdgeV }.flatMap(\.hubTypes)
        return TextFamily.all.filter { !sides.contains($0.name) }.map { family in
            Row(
                name: family.name, kind: .text, gguf: family.architecture, hub: [family.name] + family.otherNames,
                seesPictures: false, takesAdapters: true)
        }
    }

    private static var vision: [Row] {
        VisionLanguageFamily.allCases.map { family in
            Row(
                name: family.rawValue, kind: .vision, gguf: family.ggufProjector.map { "its text side's, mmproj `\($0)`" },
                hub: family.hubTypes, seesPictures: true, takesAdapters: true)
        }
    }

    private static var encoders: [Row] {
        BertConfiguration.Family.allCases.map { family in
            Row(
                name: family.rawValue, kind: .encoder, gguf: "bert", hub: [family.rawValue], seesPictures: false,
                takesAdapters: false)
        }
    }

    private static let towers = [
        ("siglip", "clip" as String?, ["siglip", "siglip_vision_model"]), ("clip", "clip", ["clip", "clip_vision_model"]),
        ("vit", nil, ["vit"]),
    ].map { name, gguf, hub in
        Row(name: name, kind: .tower, gguf: gguf, hub: hub, seesPictures: true, takesAdapters: false)
    }

    private static let others = [
        Row(name: "whisper", kind: .speech, gguf: nil, hub: ["whisper"], seesPictures: false, takesAdapters: false),
        Row(name: "hearth", kind: .own, gguf: "hearth", hub: ["hearth"], seesPictures: true, takesAdapters: false),
        Row(name: "ledger", kind: .own, gguf: "ledger", hub: ["ledger"], seesPictures: false, takesAdapters: false),
    ]
}
