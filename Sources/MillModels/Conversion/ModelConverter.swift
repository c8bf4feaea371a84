import Glibc
import MillCompute
import MillTensor
import MillValue
import MillWeights

/// Writes a model as one GGUF file: a checkpoint's folder (`config.json`, weights, where there is one `tokenizer.json`), or
/// another GGUF file.
///
/// ```swift
/// try ModelConverter(folder: "samples/models/hearth").write(to: "hearth.gguf", precision: .q8)
/// ```
/// Files of text models are those that llama.cpp's own converter and quantizer write, type for type.
public struct ModelConverter: Sendable {
    /// A tensor of the folder on its way into the file.
    struct Item: Sendable {
        /// Its name in the folder; of a stack, the first one's.
        let source: String
        /// Its name in the file.
        let name: String
        /// Stays F32.
        var isWhole = false
        /// Belongs to a transformer block.
        var isInBlock = false
        /// The order of its rows in the file; nil as they are.
        var order: [Int]?
        /// The names of tensors of one shape that lie in the file as one tensor, one after the other; empty for a single one.
        var stack: [String] = []

        var sources: [String] { stack.isEmpty ? [source] : stack }
    }

    let folder: String
    let plan: any ConversionPlan
    let weights: any WeightSource
    /// What else decides about the content: adapters that are merged.
    let identity: [String]

    /// Opens and checks a folder or a GGUF file.
    ///
    /// - Parameter adapters: are merged into the weights of a text model: what each changes, times its scale, is added to them.
    public init(folder path: String, adapters: [LoRAAdapter.Source] = []) throws(ModelError) {
        folder = path
        // Loading checks every size and tensor.
        let model = try ModelLoader(panels: .off.deferred).load(path: path, pictures: .none)
        let source: any WeightSource
        let file: GGUFFile?
        do {
            file = ModelFile.exists("\(path)/config.json") ? nil : try GGUFFile(path: model.description.path)
            source = if let file { file } else { try WeightFiles.open(folder: path) }
        } catch { throw .weights(error) }
        if adapters.isEmpty {
            weights = source
        } else {
            guard case .text(let network) = model.network else {
                throw .misuse("\(path) is a \(model.description.family) model, and adapters change text models only")
            }
            weights = try MergedWeights(
                source, try LoRAAdapter(adapters, for: network), file == nil ? network.configuration.family.hubNames : .gguf)
        }
        identity = adapters.map { "\(Self.state($0.path)) \($0.scale)" }
        if let file {
            plan = try GGUFPlan(file, model.network)
            return
        }
        plan =
            switch model.network {
            case .hearth: try OwnFamilyPlan(.hearth, folder: path, weights: weights)
            case .ledger: try OwnFamilyPlan(.ledger, folder: path, weights: weights)
            case .tower(let tower as SiglipTower): SiglipPlan(tower.configuration, folder: path, weights: weights)
            case .text(let text): try TextPlan(text.configuration, model, folder: path, weights: weights)
            case .encoder(let encoder as BertEncoder):
                try BertPlan(encoder.configuration, encoder.pooling, folder: path, weights: weights)
            case .tower, .encoder, .vision, .speech:
                throw .misuse(
                    "\(path): models of the family \(model.description.family) run from their folder and are not written as GGUF; "
                        + "text models, siglip, bert, hearth and ledger are")
            }
    }

    /// Writes the file and reads it back before it gets its name; nothing is left of one that is not finished.
    ///
    /// - Parameter isCancelled: asked before each piece of a tensor.
    /// - Returns: whether the file was written.
    /// - Throws: ``ModelError/weights(_:)``, also for a path that is one of the model's own files.
    @discardableResult
    public func write(
        to path: String, precision: Precision, isCancelled: () -> Bool = { false }
    ) throws(ModelError) -> Bool {
        try write(to: path, Options(precision: precision), isCancelled: isCancelled)
    }

    /// The same with more to choose.
    ///
    /// Tensors whose type can hold the source's values (``TensorChoice/isLossless``) are compared with the source bit by bit as
    /// they are read back.
    /// - Parameter progress: told after each piece.
    /// - Throws: ``ModelError/unsupported(path:key:value:supported:)`` besides, for weights that are quantized already.
    @discardableResult
    public func write(
        to path: String, _ options: Options, isCancelled: () -> Bool = { false },
        progress: (GGUFWriter.Progress) -> Void = { _ in }
    ) throws(ModelError) -> Bool {
        try checkIsNoSource(path)
        let choices = try choices(options)
        if !options.allowsRequantizing { try checkSources(choices) }
        var writer = GGUFWriter()
        try plan.setMetadata(options.precision, in: &writer)
        do {
            for (name, tensor) in plan.extraTensors { try writer.add(name, tensor) }
            for (item, choice) in zip(plan.items, choices) {
                let pieces = try pieces(of: item, choice, options.importance)
                var makers: [() throws(WeightsError) -> Tensor] = []
                for piece in pieces { makers.append(piece.make) }
                var check: ((Tensor) throws(WeightsError) -> Void)?
                if choice.isLossless {
                    check = { written throws(WeightsError) in try TensorPiece.compare(pieces, with: written, path: path) }
                }
                try writer.add(item.name, choice.dtype, choice.shape, parts: makers, check: check)
            }
            let resumption =
                options.isResumable
                ? GGUFWriter.Resumption(identity: identity(options), isResuming: options.isResuming) : nil
            return try writer.write(to: path, resumption: resumption, isCancelled: isCancelled, progress: progress)
        } catch { throw .weights(error) }
    }

    /// Refuses to quantize what is quantized.
    private func checkSources(_ choices: [TensorChoice]) throws(ModelError) {
        var found = choices.first(where: \.isRequantized).map { ($0.name, $0.source) }
        if found == nil, let merged = weights as? MergedWeights {
            do { found = try merged.quantized() } catch { throw .weights(error) }
        }
        guard let (name, dtype) = found else { return }
        throw .unsupported(
            path: folder, key: "tensor \(name)", value: "\(dtype.name), which has lost precision already",
            supported: ["sources in F32, F16 and BF16; others with --allow-requantize"])
    }

    /// All that is in the folder belongs to the model, under whatever names, but for GGUF files.
    private func checkIsNoSource(_ path: String) throws(ModelError) {
        if ModelFile.isSame(path, folder) || ModelFile.isSame(path, weights.path) {
            throw .weights(.unwritable(path: path, reason: "it is the file that is converted; choose another name"))
        }
        for name in ModelFile.names(in: folder) where !name.hasSuffix(".gguf") && ModelFile.isSame(path, "\(folder)/\(name)") {
            throw .weights(.unwritable(path: path, reason: "it is \(name) of the model that is converted; choose another name"))
        }
    }

    /// Sources and options as a text that another run has only with the same ones.
    private func identity(_ options: Options) -> String {
        let files = ModelFile.isFolder(folder) ? ModelFile.names(in: folder).map { "\(folder)/\($0)" } : [folder]
        let importance = options.importance.map { ["importance \($0.hash.hex)"] } ?? []
        // What conversions write into the model's folder is no part of it.
        let own = files.filter { path in path == folder || ![".gguf", ".part", ".part.log"].contains(where: path.hasSuffix) }
        return (own.map(Self.state) + identity + importance).joined(separator: "\n")
    }

    /// A file's path, size and time of its last change; of a folder, those of what is in it.
    private static func state(_ path: String) -> String {
        if ModelFile.isFolder(path) { return ModelFile.names(in: path).map { state("\(path)/\($0)") }.joined(separator: "\n") }
        var status = stat()
        guard stat(path, &status) == 0 else { return path }
        return "\(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}

/// What a family's file holds.
protocol ConversionPlan: Sendable {
    var items: [ModelConverter.Item] { get }
    /// Tensors that the folder does not have.
    var extraTensors: [(name: String, tensor: Tensor)] { get }
    /// What decides about a text model's mix of types; nil for models of other kinds.
    var text: TensorTypes.Text? { get }
    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) throws(ModelError)
}

extension ConversionPlan {
    var text: TensorTypes.Text? { nil }
}
