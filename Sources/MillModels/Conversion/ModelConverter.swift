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
    /// The files of the model, and of the adapters that are merged.
    let sources: ConversionSources

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
        sources = ConversionSources(
            model: file?.paths ?? ConversionSources.files(in: path),
            adapters: adapters.map { ($0.scale, ConversionSources.files(of: $0.path)) })
        if let file {
            plan = try GGUFPlan(file, model.network)
            return
        }
        plan =
            switch model.network {
            case .hearth: try OwnFamilyPlan(.hearth, folder: path, weights: weights)
            case .ledger: try OwnFamilyPlan(.ledger, folder: path, weights: weights)
            case .tower(let tower as SiglipTower): try SiglipPlan(tower.configuration, folder: path, weights: weights)
            case .text(let text): try TextPlan(text.configuration, model, folder: path, weights: weights)
            case .encoder(let encoder as BertEncoder):
                try BertPlan(encoder.configuration, encoder.pooling, model.tokenizer, folder: path, weights: weights)
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
        let choices = try choices(options)
        try check(path, options, choices)
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
                ? GGUFWriter.Resumption(identity: sources.identity(options.importance), isResuming: options.isResuming) : nil
            return try writer.write(to: path, resumption: resumption, isCancelled: isCancelled, progress: progress)
        } catch { throw .weights(error) }
    }

    /// What the file cannot say of the model, each a sentence for the user; what reads it computes accordingly.
    public var notices: [String] { plan.notices }

    /// The files that the result is made from: the model's, and the adapters'.
    public var sourcePaths: [String] { sources.paths }

    /// Refuses what ``write(to:_:isCancelled:progress:)`` would refuse before it writes.
    ///
    /// - Throws: as that does.
    public func check(_ path: String, _ options: Options) throws(ModelError) {
        try check(path, options, try choices(options))
    }

    private func check(_ path: String, _ options: Options, _ choices: [TensorChoice]) throws(ModelError) {
        try sources.checkIsNone(path)
        if !options.allowsRequantizing { try checkSources(choices) }
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
}

/// What a family's file holds.
protocol ConversionPlan: Sendable {
    var items: [ModelConverter.Item] { get }
    /// Tensors that the folder does not have.
    var extraTensors: [(name: String, tensor: Tensor)] { get }
    /// What decides about a text model's mix of types; nil for models of other kinds.
    var text: TensorTypes.Text? { get }
    /// What the file cannot say, each a sentence for the user.
    var notices: [String] { get }
    func setMetadata(_ precision: ModelConverter.Precision, in writer: inout GGUFWriter) throws(ModelError)
}

extension ConversionPlan {
    var text: TensorTypes.Text? { nil }
    var notices: [String] { [] }
}
