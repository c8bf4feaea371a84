import MillTensor
import MillWeights

/// Writes an adapter of PEFT as the GGUF file that llama.cpp has for it: `general.type` `adapter`, and the factors of each matrix as
/// `NAME.weight.lora_a` and `NAME.weight.lora_b`.
///
/// ```swift
/// try AdapterConverter(folder: "adapters/tools", for: model).write(to: "tools.gguf")
/// ```
/// Values and their types stay what they are; rows of query and key projections come into the order that GGUF files of the
/// architecture have.
public struct AdapterConverter: Sendable {
    /// The folder.
    public let path: String
    /// The matrices that the adapter changes.
    public var changeCount: Int { tensors.count / 2 }
    private let architecture: String
    private let alpha: Float
    private let tensors: [(name: String, tensor: Tensor)]

    /// Opens a folder and checks it against the model that it is for.
    ///
    /// - Throws: ``ModelError``, also for an adapter that is a GGUF file already.
    public init(folder path: String, for model: TextModel) throws(ModelError) {
        self.path = path
        // Every name, size and number is checked against the model.
        _ = try LoRAAdapter(path: path, for: model)
        let file: LoRAFile
        do { file = try LoRAFile(path: path) } catch { throw .weights(error) }
        guard file.dialect == .hub, let change = file.changes.values.first else {
            throw .misuse("\(path) is a GGUF file already")
        }
        let places = AdapterPlaces(model.configuration, .hub)
        architecture = model.configuration.family.architecture
        alpha = Self.alpha(change)
        var tensors: [(name: String, tensor: Tensor)] = []
        for (module, change) in file.changes {
            guard let (name, order) = places.gguf(of: module) else {
                throw .tensor(path: path, name: module, problem: "has no name in GGUF")
            }
            let up = try order.map { order throws(ModelError) in try change.up.reordered(order) }
            tensors.append(("\(name).weight.lora_a", change.down))
            tensors.append(("\(name).weight.lora_b", up ?? change.up))
        }
        self.tensors = tensors.sorted { $0.name < $1.name }
    }

    /// What readers divide by the rank, so that they find the same scale: PEFT's `lora_alpha`, of rank-stabilised adapters times
    /// the root of the rank.
    private static func alpha(_ change: LoRAFile.Change) -> Float {
        let alpha = Float(Double(change.scale) * Double(change.rank))
        let candidates = [alpha, alpha.nextUp, alpha.nextDown]
        return candidates.first { Float(Double($0) / Double(change.rank)) == change.scale } ?? alpha
    }

    /// Writes the file and reads it back before it gets its name.
    ///
    /// - Throws: ``ModelError/weights(_:)``, also for a path at which something else than a GGUF file is.
    public func write(to path: String) throws(ModelError) {
        var writer = GGUFWriter()
        writer.set("general.architecture", architecture)
        writer.set("general.type", "adapter")
        writer.set("general.name", self.path.split(separator: "/").last.map(String.init) ?? "adapter")
        writer.set("adapter.type", "lora")
        writer.set("adapter.lora.alpha", alpha)
        do {
            for (name, tensor) in tensors { try writer.add(name, tensor) }
            try writer.write(to: path)
        } catch { throw .weights(error) }
    }
}
