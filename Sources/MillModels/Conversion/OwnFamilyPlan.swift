import MillTensor
import MillValue
import MillWeights

/// The file of a family of Millrace's own: tensors under their own names, and every key of `config.json`.
struct OwnFamilyPlan: ConversionPlan {
    /// What sets the families apart.
    struct Family: Sendable {
        let name: String
        /// Tensors that stay F32.
        let whole: Set<String>
        /// What the names of the transformer blocks' tensors begin with.
        let blocks: [String]
        let hasTokenizer: Bool

        static let hearth = Family(
            name: "hearth", whole: ["vision.position", "memory.rank", "item_embed.weight"],
            blocks: ["vision.layers.", "layers."], hasTokenizer: true)
        static let ledger = Family(name: "ledger", whole: [], blocks: ["layers."], hasTokenizer: false)
    }

    let items: [ModelConverter.Item]
    let extraTensors: [(name: String, tensor: Tensor)] = []
    private let family: Family
    private let folder: String
    private let config: ValueMap
    private let tokenizer: GGUFTokenizer?

    init(_ family: Family, folder: String, weights: any WeightSource) throws(ModelError) {
        self.family = family
        self.folder = folder
        guard let config = try ModelFile.json("\(folder)/config.json").map else {
            throw .notAModel(path: folder, reason: "its config.json is no object")
        }
        self.config = config
        tokenizer = family.hasTokenizer ? try GGUFTokenizer(folder: folder) : nil
        items = weights.names.sorted().map { name in
            ModelConverter.Item(
                source: name, name: name, isWhole: family.whole.contains(name),
                isInBlock: family.blocks.contains(where: name.hasPrefix))
        }
    }

    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) throws(ModelError) {
        writer.set("general.architecture", family.name)
        writer.set("general.name", family.name)
        writer.set("general.license", "Apache-2.0")
        for (key, value) in config where key != "model_type" { try set("\(family.name).\(key)", value, &writer) }
        tokenizer?.write(to: &writer, architecture: family.name, endToken: config["eos_token_id"]?.int ?? 0)
    }

    /// One key of the configuration; the keys of an object follow its own after a point.
    private func set(_ key: String, _ value: Value, _ writer: inout GGUFWriter) throws(ModelError) {
        switch value {
        case .bool(let flag): writer.set(key, flag)
        case .int(let number): writer.set(key, integer: number, number < 0 ? .i64 : .u32)
        case .double(let number): writer.set(key, Float(number))
        case .string(let text): writer.set(key, text)
        case .list(let list):
            let (texts, numbers) = (list.compactMap(\.string), list.compactMap(\.int))
            if texts.count == list.count {
                writer.set(key, texts)
            } else if numbers.count == list.count {
                writer.set(key, numbers.map { Int32(truncatingIfNeeded: $0) })
            } else {
                throw .configuration(path: "\(folder)/config.json", key: key, problem: "is a list of several kinds")
            }
        case .map(let map): for (name, inner) in map { try set("\(key).\(name)", inner, &writer) }
        case .null:
            throw .configuration(path: "\(folder)/config.json", key: key, problem: "is \(value.kind), which GGUF cannot hold")
        }
    }
}
