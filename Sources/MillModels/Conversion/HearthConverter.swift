import MillTensor
import MillValue
import MillWeights

/// Writes a hearth checkpoint (`config.json`, `tokenizer.json`, safetensors) as one GGUF file.
///
/// ```swift
/// try HearthConverter(folder: "samples/models/hearth").write(to: "hearth.gguf", precision: .q8)
/// ```
public struct HearthConverter: Sendable {
    /// What becomes of the matrices. Vectors, norms and the item embeddings stay F32; convolutions, and rows that no
    /// whole number of blocks fills, become F16.
    public enum Precision: String, Sendable, CaseIterable {
        case f16
        /// Q8_0.
        case q8 = "q8_0"
        /// Q4_0 in the transformer blocks, Q8_0 in the heads, the memory and the token embeddings.
        case q4 = "q4_0"
    }

    private static let fullPrecision: Set<String> = ["vision.position", "memory.rank", "item_embed.weight"]
    private static let block = 32

    private let folder: String
    private let config: ValueMap
    private let tokenizer: Value
    private let tokenizerText: String
    private let weights: SafetensorsFile

    /// Opens and checks the folder.
    public init(folder: String) throws(ModelError) {
        self.folder = folder
        // Loading checks every size and tensor.
        guard case .hearth = try ModelLoader().load(path: folder).network,
            let config = try ModelFile.json("\(folder)/config.json").map
        else { throw .notAModel(path: folder, reason: "only hearth folders are converted so far; others load as they are") }
        self.config = config
        guard ModelFile.exists("\(folder)/tokenizer.json") else {
            throw .notAModel(path: folder, reason: "it has no tokenizer.json")
        }
        tokenizerText = String(decoding: try ModelFile.bytes("\(folder)/tokenizer.json"), as: UTF8.self)
        tokenizer = try ModelFile.json("\(folder)/tokenizer.json")
        do { weights = try SafetensorsFile(path: folder) } catch { throw .weights(error) }
    }

    /// Writes the file and reads it back before it gets its name.
    public func write(to path: String, precision: Precision) throws(ModelError) {
        var writer = GGUFWriter()
        writer.set("general.architecture", "hearth")
        writer.set("general.name", "hearth")
        writer.set("general.license", "Apache-2.0")
        for (key, value) in config where key != "model_type" { try set("hearth.\(key)", value, &writer) }
        try setTokenizer(&writer)
        do {
            for name in weights.names.sorted() {
                let tensor = try weights.tensor(name)
                let dtype = Self.dtype(of: name, tensor.shape, precision)
                try writer.add(name, dtype, tensor.shape) { () throws(WeightsError) in
                    try Quantizer.quantize(try weights.tensor(name), to: dtype)
                }
            }
            try writer.write(to: path)
        } catch { throw .weights(error) }
    }

    private static func dtype(of name: String, _ shape: [Int], _ precision: Precision) -> DType {
        if shape.count == 1 || fullPrecision.contains(name) { return .f32 }
        guard shape.count == 2, let row = shape.last, row.isMultiple(of: block) else { return .f16 }
        switch precision {
        case .f16: return .f16
        case .q8: return .q8_0
        case .q4: return name.hasPrefix("vision.layers.") || name.hasPrefix("layers.") ? .q4_0 : .q8_0
        }
    }

    private func set(_ key: String, _ value: Value, _ writer: inout GGUFWriter) throws(ModelError) {
        switch value {
        case .bool(let flag): writer.set(key, flag)
        case .int(let number): writer.set(key, integer: number)
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
        default:
            throw .configuration(path: "\(folder)/config.json", key: key, problem: "is \(value.kind), which GGUF cannot hold")
        }
    }

    /// The vocabulary as other GGUF readers expect it, and `tokenizer.json` whole for this one.
    private func setTokenizer(_ writer: inout GGUFWriter) throws(ModelError) {
        let path = "\(folder)/tokenizer.json"
        var tokens: [Int: (text: String, kind: Int32)] = [:]
        let (normal, control, userDefined): (Int32, Int32, Int32) = (1, 3, 4)
        for (text, id) in tokenizer["model"]?["vocab"]?.map ?? [:] { tokens[id.int ?? -1] = (text, normal) }
        for token in tokenizer["added_tokens"]?.list ?? [] {
            tokens[token["id"]?.int ?? -1] = (
                token["content"]?.string ?? "", token["special"]?.bool == true ? control : userDefined
            )
        }
        let ordered = (0..<tokens.count).compactMap { tokens[$0] }
        guard ordered.count == tokens.count else { throw .notAModel(path: path, reason: "its token ids have gaps") }
        let merges = (tokenizer["model"]?["merges"]?.list ?? []).map { merge in
            merge.string ?? (merge.list ?? []).compactMap(\.string).joined(separator: " ")
        }
        writer.set("tokenizer.ggml.model", "gpt2")
        writer.set("tokenizer.ggml.pre", "gpt-2")
        writer.set("tokenizer.ggml.tokens", ordered.map(\.text))
        writer.set("tokenizer.ggml.token_type", ordered.map(\.kind))
        writer.set("tokenizer.ggml.merges", merges)
        writer.set("tokenizer.ggml.eos_token_id", integer: config["eos_token_id"]?.int ?? 0)
        writer.set("hearth.tokenizer_json", tokenizerText)
    }
}
