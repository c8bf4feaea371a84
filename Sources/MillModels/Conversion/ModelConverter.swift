import MillTensor
import MillValue
import MillWeights

/// Writes a checkpoint's folder (`config.json`, safetensors, where there is one `tokenizer.json`) as one GGUF file, or the
/// mmproj file of a vision tower as another one.
///
/// ```swift
/// try ModelConverter(folder: "samples/models/hearth").write(to: "hearth.gguf", precision: .q8)
/// ```
/// Files of text models are those that llama.cpp's own converter writes, up to what the precisions choose for each tensor.
public struct ModelConverter: Sendable {
    /// What becomes of the matrices. Vectors, norms and what a family keeps whole stay F32; convolutions, and rows that no
    /// whole number of blocks fills, become F16.
    public enum Precision: String, Sendable, CaseIterable {
        case f16
        /// Q8_0.
        case q8 = "q8_0"
        /// The INT4 mix: Q4_0 in the transformer blocks but for their value and down projections, which with the heads, the
        /// memory and the token embeddings are Q8_0.
        case q4 = "int4"
    }

    /// A tensor of the folder on its way into the file.
    struct Item: Sendable {
        /// Its name in the folder.
        let source: String
        /// Its name in the file.
        let name: String
        /// Stays F32.
        var isWhole = false
        /// Belongs to a transformer block.
        var isInBlock = false
        /// The order of its rows in the file; nil as they are.
        var order: [Int]?
    }

    private static let block = 32
    /// How the names of value and down projections end: errors in them are not softened by a softmax or a product.
    private static let sensitive = [".v.weight", ".attn_v.weight", ".down.weight", ".ffn_down.weight"]

    private let folder: String
    private let plan: any ConversionPlan
    private let weights: any WeightSource

    /// Opens and checks the folder, or the mmproj file.
    public init(folder: String) throws(ModelError) {
        self.folder = folder
        if let file = try Self.mmproj(folder) {
            (weights, plan) = (file, MmprojPlan(file))
            return
        }
        guard ModelFile.exists("\(folder)/config.json") else {
            throw .notAModel(path: folder, reason: "a folder with config.json and safetensors is needed, or an mmproj file")
        }
        // Loading checks every size and tensor.
        let model = try ModelLoader(panels: .off.deferred).load(path: folder)
        let weights: SafetensorsFile
        do { weights = try SafetensorsFile(path: folder) } catch { throw .weights(error) }
        self.weights = weights
        plan =
            switch model.network {
            case .hearth: try OwnFamilyPlan(.hearth, folder: folder, weights: weights)
            case .ledger: try OwnFamilyPlan(.ledger, folder: folder, weights: weights)
            case .tower(let tower as SiglipTower): SiglipPlan(tower.configuration, folder: folder, weights: weights)
            case .text(let text): try TextPlan(text.configuration, model, folder: folder, weights: weights)
            case .tower:
                throw .unsupported(
                    path: folder, key: "model_type", value: model.description.family,
                    supported: ["hearth", "ledger", "siglip", "text models"])
            }
    }

    /// The file at a path, if it is a GGUF file with a vision tower.
    private static func mmproj(_ path: String) throws(ModelError) -> GGUFFile? {
        guard path.hasSuffix(".gguf"), !ModelFile.isFolder(path), ModelFile.exists(path) else { return nil }
        let file: GGUFFile
        do {
            file = try GGUFFile(path: path)
            guard try file.architecture == "clip" else { return nil }
        } catch { throw .weights(error) }
        // Loading checks every size and tensor.
        _ = try ModelLoader(panels: .off.deferred).load(path: path)
        return file
    }

    /// Writes the file and reads it back before it gets its name.
    ///
    /// - Parameter isCancelled: asked before each tensor; once it is true, nothing is left of what was written.
    /// - Returns: whether the file was written.
    /// - Throws: ``ModelError/weights(_:)``, also for a path that is one of the folder's own files.
    @discardableResult
    public func write(
        to path: String, precision: Precision, isCancelled: () -> Bool = { false }
    ) throws(ModelError) -> Bool {
        try checkIsNoSource(path)
        var writer = GGUFWriter()
        try plan.setMetadata(precision, in: &writer)
        do {
            for (name, tensor) in plan.extraTensors { try writer.add(name, tensor) }
            for item in plan.items {
                let shape = try weights.tensor(item.source).shape
                let dtype = dtype(of: item, shape, precision)
                try writer.add(item.name, dtype, shape) { [weights] () throws(WeightsError) in
                    var tensor = try weights.tensor(item.source)
                    if let order = item.order {
                        do { tensor = try tensor.reordered(order) } catch {
                            throw .invalidContent(item: "tensor \(item.name)", reason: "\(error)")
                        }
                    }
                    return try Quantizer.quantize(tensor, to: dtype)
                }
            }
            return try writer.write(to: path, isCancelled: isCancelled)
        } catch { throw .weights(error) }
    }

    /// All that is in the folder belongs to the model, under whatever names, but for GGUF files.
    private func checkIsNoSource(_ path: String) throws(ModelError) {
        if ModelFile.isSame(path, folder) {
            throw .weights(.unwritable(path: path, reason: "it is the file that is converted; choose another name"))
        }
        for name in ModelFile.names(in: folder) where !name.hasSuffix(".gguf") && ModelFile.isSame(path, "\(folder)/\(name)") {
            throw .weights(.unwritable(path: path, reason: "it is \(name) of the model that is converted; choose another name"))
        }
    }

    private func dtype(of item: Item, _ shape: [Int], _ precision: Precision) -> DType {
        if shape.count == 1 || item.isWhole { return .f32 }
        guard shape.count == 2, let row = shape.last, row.isMultiple(of: Self.block) else { return .f16 }
        switch precision {
        case .f16: return .f16
        case .q8: return .q8_0
        case .q4: return item.isInBlock && !Self.sensitive.contains(where: item.name.hasSuffix) ? .q4_0 : .q8_0
        }
    }
}

/// What a family's file holds.
protocol ConversionPlan: Sendable {
    var items: [ModelConverter.Item] { get }
    /// Tensors that the folder does not have.
    var extraTensors: [(name: String, tensor: Tensor)] { get }
    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) throws(ModelError)
}
