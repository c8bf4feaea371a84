import MillTensor
import MillValue
import MillWeights

/// Writes a checkpoint of a family of Millrace's own (`config.json`, safetensors, where there is one `tokenizer.json`) as
/// one GGUF file.
///
/// ```swift
/// try ModelConverter(folder: "samples/models/hearth").write(to: "hearth.gguf", precision: .q8)
/// ```
public struct ModelConverter: Sendable {
    /// What becomes of the matrices. Vectors, norms and what a family keeps whole stay F32; convolutions, and rows that no
    /// whole number of blocks fills, become F16.
    public enum Precision: String, Sendable, CaseIterable {
        case f16
        /// Q8_0.
        case q8 = "q8_0"
        /// The INT4 mix: Q4_0 in the transformer blocks, Q8_0 in the heads, the memory and the token embeddings.
        case q4 = "int4"
    }

    /// What sets the families apart.
    private struct Family {
        let name: String
        /// Tensors that stay F32.
        let whole: Set<String>
        /// What the names of the transformer blocks' tensors begin with.
        let blocks: [String]
        let hasTokenizer: Bool
    }

    private static let block = 32

    private let folder: String
    private let family: Family
    private let config: ValueMap
    private let tokenizer: GGUFTokenizer?
    private let weights: SafetensorsFile

    /// Opens and checks the folder.
    public init(folder: String) throws(ModelError) {
        self.folder = folder
        // Loading checks every size and tensor.
        switch try ModelLoader().load(path: folder).network {
        case .hearth:
            family = Family(
                name: "hearth", whole: ["vision.position", "memory.rank", "item_embed.weight"],
                blocks: ["vision.layers.", "layers."], hasTokenizer: true)
        case .ledger: family = Family(name: "ledger", whole: [], blocks: ["layers."], hasTokenizer: false)
        case .text:
            throw .notAModel(path: folder, reason: "only hearth and ledger folders are converted; others load as they are")
        }
        guard let config = try ModelFile.json("\(folder)/config.json").map else {
            throw .notAModel(path: folder, reason: "its config.json is no object")
        }
        self.config = config
        tokenizer = family.hasTokenizer ? try GGUFTokenizer(folder: folder) : nil
        do { weights = try SafetensorsFile(path: folder) } catch { throw .weights(error) }
    }

    /// Writes the file and reads it back before it gets its name.
    public func write(to path: String, precision: Precision) throws(ModelError) {
        var writer = GGUFWriter()
        writer.set("general.architecture", family.name)
        writer.set("general.name", family.name)
        writer.set("general.license", "Apache-2.0")
        for (key, value) in config where key != "model_type" { try set("\(family.name).\(key)", value, &writer) }
        tokenizer?.write(to: &writer, architecture: family.name, endToken: config["eos_token_id"]?.int ?? 0)
        do {
            for name in weights.names.sorted() {
                let tensor = try weights.tensor(name)
                let dtype = dtype(of: name, tensor.shape, precision)
                try writer.add(name, dtype, tensor.shape) { () throws(WeightsError) in
                    try Quantizer.quantize(try weights.tensor(name), to: dtype)
                }
            }
            try writer.write(to: path)
        } catch { throw .weights(error) }
    }

    private func dtype(of name: String, _ shape: [Int], _ precision: Precision) -> DType {
        if shape.count == 1 || family.whole.contains(name) { return .f32 }
        guard shape.count == 2, let row = shape.last, row.isMultiple(of: Self.block) else { return .f16 }
        switch precision {
        case .f16: return .f16
        case .q8: return .q8_0
        case .q4: return family.blocks.contains(where: name.hasPrefix) ? .q4_0 : .q8_0
        }
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
