import MillTensor
import MillValue

/// A low-rank adapter (LoRA, arXiv:2106.09685) as PEFT writes it: a folder with `adapter_config.json` and
/// `adapter_model.safetensors`, or as it did before, `adapter_model.bin`; or as llama.cpp has it, a GGUF file.
///
/// Everything is checked that can be without the model: whether its matrices have these names and sizes, only the model knows.
public struct LoRAFile: Sendable {
    /// What is added to the output of one matrix: `y += scale * up (down x)`.
    public struct Change: Sendable {
        /// `lora_A`, `[rank, in]`.
        public let down: Tensor
        /// `lora_B`, `[out, rank]`.
        public let up: Tensor
        /// `alpha / rank`, or for rank-stabilised adapters (arXiv:2312.03732) `alpha / sqrt(rank)`.
        public let scale: Float

        public var rank: Int { down.shape[0] }
    }

    /// Whose names the changed matrices have, and in whose order their rows are.
    public enum Dialect: Sendable { case hub, gguf }

    /// Adapters of a higher rank than this are mistakes or attacks.
    public static let maximumRank = 1024

    /// The folder or file, for messages.
    public let path: String
    public let dialect: Dialect
    /// The largest of all changes.
    public let rank: Int
    /// The architecture that a GGUF file was made for (`general.architecture`).
    public let architecture: String?
    /// Layers that `layers_to_transform` names, and for which there is nothing.
    package private(set) var missingLayers: Set<Int> = []
    /// By the name of the matrix without `.weight`: `model.layers.0.self_attn.q_proj`, in a GGUF file `blk.0.attn_q`.
    public private(set) var changes: [String: Change] = [:]

    /// Opens a folder or a GGUF file.
    public init(path: String) throws(WeightsError) {
        if !FileSystem.isDirectory(path), FileSystem.exists(path) {
            try self.init(file: try GGUFFile(path: path))
            return
        }
        let configPath = "\(path)/adapter_config.json"
        let weightsPath = "\(path)/adapter_model.safetensors"
        guard FileSystem.exists(configPath) else {
            throw .unreadable(
                path: path,
                reason: "an adapter is a folder with adapter_config.json and adapter_model.safetensors, or a GGUF file")
        }
        let torchPath = "\(path)/adapter_model.bin"
        guard FileSystem.exists(weightsPath) || FileSystem.exists(torchPath) else {
            throw .unreadable(path: path, reason: "the folder has no adapter_model.safetensors, and no adapter_model.bin")
        }
        let config: Value
        let bytes = try FileSystem.read(configPath, limit: 1 << 20)
        do throws(JSON.ParseError) { config = try JSON.parse(bytes: bytes, maximumDepth: 16) } catch {
            throw .malformed(path: configPath, item: "line \(error.line)", offset: error.offset, reason: error.message)
        }
        let weights: any WeightSource
        if FileSystem.exists(weightsPath) {
            weights = try SafetensorsFile(path: weightsPath)
        } else {
            weights = try TorchFile(path: torchPath)
        }
        try self.init(config: config, weights: weights, path: path)
    }

    /// Checks a configuration and weights that are in memory already; `path` is for messages.
    public init(config: Value, weights: any WeightSource, path: String) throws(WeightsError) {
        self.path = path
        let settings = try LoRASettings(config, path: "\(path)/adapter_config.json")
        let rank = settings.rank
        self.rank = rank
        dialect = .hub
        architecture = nil
        for name in weights.names {
            guard let (module, part) = Self.split(name) else {
                throw .unsupported(
                    path: weights.path, item: "tensor \(name)",
                    reason: "only base_model.model.MODULE.lora_A.weight and lora_B.weight of linear layers are supported")
            }
            guard changes[module] == nil else { continue }
            if let reason = settings.objection(to: module) {
                throw .malformed(path: weights.path, item: "tensor \(name)", offset: 0, reason: reason)
            }
            let stem = name.dropLast(part.count)
            changes[module] = Change(
                down: try Self.matrix("\(stem)\(Self.parts[0])", weights) { $0.shape.first == rank },
                up: try Self.matrix("\(stem)\(Self.parts[1])", weights) { $0.shape.last == rank }, scale: settings.scale)
        }
        guard !changes.isEmpty else {
            throw .malformed(path: weights.path, item: "adapter", offset: 0, reason: "it changes no matrix")
        }
        try settings.checkTargets(areIn: changes.keys)
        missingLayers = settings.missingLayers(from: changes.keys)
    }

    /// Checks a GGUF file as llama.cpp's `convert_lora_to_gguf.py` writes it.
    public init(file: GGUFFile) throws(WeightsError) {
        path = file.path
        dialect = .gguf
        func invalid(_ key: String, _ value: String?, _ wanted: String) -> WeightsError {
            .invalidSetting(path: file.path, key: key, reason: "it is \(value ?? "not there"), and in an adapter it is \(wanted)")
        }
        let (type, kind) = (try file.metadata.string("general.type"), try file.metadata.string("adapter.type"))
        guard type == "adapter" else { throw invalid("general.type", type, "adapter") }
        guard kind == "lora" else { throw invalid("adapter.type", kind, "lora") }
        if file.metadata["adapter.alora.invocation_tokens"] != nil {
            throw .unsupported(
                path: file.path, item: "adapter.alora.invocation_tokens", reason: "such adapters are not supported")
        }
        architecture = try file.metadata.string("general.architecture")
        let alpha = try file.metadata.number("adapter.lora.alpha") ?? 0
        guard alpha >= 0, alpha <= 1e6 else {
            throw invalid("adapter.lora.alpha", "\(alpha)", "a number from 0 to 1000000")
        }
        var changes: [String: Change] = [:]
        for name in file.names {
            guard let end = Self.ends.first(where: name.hasSuffix), name.utf8.count > end.utf8.count else {
                throw .unsupported(
                    path: file.path, item: "tensor \(name)",
                    reason: "only NAME.weight.lora_a and NAME.weight.lora_b are supported")
            }
            let module = String(name.dropLast(end.count))
            guard changes[module] == nil else { continue }
            let down = try Self.matrix(module + Self.ends[0], file) { (1...Self.maximumRank).contains($0.shape[0]) }
            let up = try Self.matrix(module + Self.ends[1], file) { $0.shape.last == down.shape[0] }
            // Without alpha the product is taken as it is.
            changes[module] = Change(
                down: down, up: up, scale: alpha == 0 ? 1 : Float(alpha / Double(down.shape[0])))
        }
        guard let rank = changes.values.map(\.rank).max() else {
            throw .malformed(path: file.path, item: "adapter", offset: 0, reason: "it changes no matrix")
        }
        self.rank = rank
        self.changes = changes
    }

    private static let ends = [".weight.lora_a", ".weight.lora_b"]
    private static let prefix = "base_model.model."
    private static let parts = [".lora_A.weight", ".lora_B.weight"]

    private static func split(_ name: String) -> (module: String, part: String)? {
        guard name.hasPrefix(prefix), let part = parts.first(where: name.hasSuffix),
            name.utf8.count > prefix.utf8.count + part.utf8.count
        else { return nil }
        return (String(name.dropFirst(prefix.count).dropLast(part.count)), part)
    }

    private static func matrix(
        _ name: String, _ weights: any WeightSource, hasRank: (Tensor) -> Bool
    ) throws(WeightsError) -> Tensor {
        let tensor = try weights.tensor(name)
        guard tensor.rank == 2, hasRank(tensor), tensor.elementCount > 0 else {
            throw .malformed(
                path: weights.path, item: "tensor \(name)", offset: 0,
                reason: "its shape is \(tensor.shape), which does not fit r of adapter_config.json, or the other factor")
        }
        guard [.f32, .f16, .bf16].contains(tensor.dtype) else {
            throw .unsupported(path: weights.path, item: "tensor \(name)", reason: "its type is \(tensor.dtype.name)")
        }
        return tensor
    }
}
