import MillCompute
import MillTensor
import MillTokenizer
import MillValue
import MillWeights

/// Opens models: a folder as the Hugging Face hub has them, a GGUF file, or one that Millrace brings along.
///
/// ```swift
/// let model = try ModelLoader().load(path: "builtin:hearth")
/// ```
/// Weights stay mapped: quantized matrices from their panels (``PanelCache``), all others from the file; nothing is read that is
/// not needed.
public struct ModelLoader: Sendable {
    let compute: Compute
    private let panels: PanelCache
    private let isCancelled: (@Sendable () -> Bool)?
    private let onEvent: (@Sendable (LoadEvent) -> Void)?

    /// - Parameters:
    ///   - compute: what the model's operations run on, and with which precision of activations.
    ///   - panels: where weights that were laid out anew are kept.
    ///   - onEvent: told what takes its time; nil means whoever ``LoadEvent/observe(isCancelled:_:)`` named.
    ///   - isCancelled: asked between two steps whether loading is to end with ``ModelError/cancelled``; nil, the same.
    public init(
        compute: Compute = .shared, panels: PanelCache = .standard,
        onEvent: (@Sendable (LoadEvent) -> Void)? = nil, isCancelled: (@Sendable () -> Bool)? = nil
    ) {
        self.compute = compute
        self.panels = panels
        self.isCancelled = isCancelled
        self.onEvent = onEvent
    }

    /// Loads a model.
    ///
    /// - Parameters:
    ///   - path: a folder with `config.json` and weights (``WeightFiles/open(folder:)``), a `.gguf` file or the first of a model's
    ///     parts, a folder with a single `.gguf` file or the parts of one model, or `builtin:NAME` (see ``ModelLocation``).
    ///   - tokenizer: whether to load the tokenizer, too.
    ///   - pictures: where the picture side of a text model lies, if it is a file of its own.
    /// - Throws: ``ModelError``, saying which key or tensor is wrong or what is not supported.
    public func load(
        path: String, tokenizer: Bool = true, pictures: PictureSide = .beside
    ) throws(ModelError) -> LoadedModel {
        try ModelLocation.check(path)
        let path = try ModelLocation.resolve(path)
        guard ModelFile.isFolder(path) else { return try loadGGUF(path, tokenizer: tokenizer, pictures) }
        if ModelFile.exists("\(path)/config.json") { return try loadFolder(path, tokenizer: tokenizer, pictures) }
        let files = ModelFile.names(in: path).filter { $0.hasSuffix(".gguf") && !PictureSide.isNamedMmproj($0) }
        if let first = GGUFSplit.firstPart(among: files) {
            return try loadGGUF("\(path)/\(first)", tokenizer: tokenizer, pictures)
        }
        guard let file = files.first, files.count == 1 else {
            throw .notAModel(
                path: path,
                reason: files.isEmpty
                    ? ModelFile.exists("\(path)/adapter_config.json")
                        ? "it is a LoRA adapter; give the model that it is for with -m, and this folder with --adapter"
                        : "the folder has neither config.json nor a .gguf file"
                    : "the folder has several .gguf files; name one of \(files.joined(separator: ", "))")
        }
        return try loadGGUF("\(path)/\(file)", tokenizer: tokenizer, pictures)
    }

    private func loadFolder(_ path: String, tokenizer: Bool, _ pictures: PictureSide) throws(ModelError) -> LoadedModel {
        let configPath = "\(path)/config.json"
        let config = try ModelFile.json(configPath)
        let type = config["model_type"]?.string
        let family = type.flatMap { VisionLanguageFamily(modelType: $0, config) }
        let source: any WeightSource
        do { source = try WeightFiles.open(folder: path) } catch { throw .weights(error) }
        var (network, set) =
            if let family {
                try visionLanguage(family, config, path: path, source)
            } else {
                try network(of: type, config, folder: path, source)
            }
        let tokenizer = tokenizer ? try TokenizerFile.tokenizer(folder: path) : nil
        let mmproj = try attach(pictures, to: &network, &set, at: path, tokenizer: tokenizer)
        if let tokenizer { try network.check(tokenizer, path: configPath) }
        return LoadedModel(
            network: network, tokenizer: tokenizer,
            chat: try ChatSettings(folder: path, readsPictures: family != nil),
            description: try ModelDescription(
                network.facts, path: path, format: source.format, source: source, mmproj: mmproj, panels: set))
    }

    /// A folder's network of one kind only, by the `model_type` of its `config.json`.
    private func network(
        of type: String?, _ config: Value, folder: String, _ source: any WeightSource
    ) throws(ModelError) -> Loaded {
        let configPath = "\(folder)/config.json"
        switch type {
        case "hearth": return try hearth(try HearthConfiguration(config, path: configPath), source)
        case "ledger": return try ledger(try LedgerConfiguration(config, path: configPath), source)
        case "siglip", "siglip_vision_model":
            let configuration = try SiglipConfiguration(hub: config, path: configPath, folder: folder)
            return try siglip(configuration, source) { reader throws(ModelError) in
                try SiglipWeights(hub: reader, configuration)
            }
        case "vit": return try vit(folder: folder, config, source)
        case "clip", "clip_vision_model":
            let configuration = try CLIPConfiguration(
                hub: config, path: configPath, folder: folder, isProjected: CLIPTower.Weights.isProjected(looking(at: source)))
            return try clip(configuration, source) { reader throws(ModelError) in
                try CLIPTower.Weights(hub: reader, configuration)
            }
        case let type? where BertConfiguration.Family(rawValue: type) != nil:
            let configuration = try BertConfiguration(hub: config, path: configPath)
            return try bert(configuration, try EmbeddingPooling(folder: folder), source) { reader throws(ModelError) in
                try BertWeights(hub: reader, configuration)
            }
        case "whisper": return try speech(folder: folder, config, source)
        default:
            let configuration = try DecoderConfiguration(hub: config, path: configPath)
            return try text(configuration, source, configuration.family.hubNames)
        }
    }

    private func loadGGUF(_ path: String, tokenizer: Bool, _ pictures: PictureSide) throws(ModelError) -> LoadedModel {
        if ModelFile.isGGML(path) {
            throw .notAModel(
                path: path,
                reason: "it is a ggml file of whisper.cpp; take the model's folder from the hub (config.json, model.safetensors, "
                    + "tokenizer.json), as docs/speech.md says")
        }
        let file: GGUFFile
        let architecture: String
        do {
            file = try GGUFFile(path: path)
            architecture = try file.architecture
        } catch { throw .weights(error) }
        let metadata = file.metadata.valueMap()
        var network: LoadedModel.Network
        var set: PanelSet
        let keys = ConfigurationReader(path: path, gguf: metadata, architecture: architecture)
        switch architecture {
        case "hearth": (network, set) = try hearth(try HearthConfiguration(gguf: keys), file)
        case "ledger": (network, set) = try ledger(try LedgerConfiguration(keys), file)
        case "clip" where file.contains("v.class_embd"):
            let configuration = try CLIPConfiguration(gguf: keys)
            (network, set) = try clip(configuration, file) { reader throws(ModelError) in
                try CLIPTower.Weights(gguf: reader, configuration)
            }
        case "bert":
            let configuration = try BertConfiguration(
                gguf: keys, vocabularySize: file.info("token_embd.weight")?.shape.first ?? 0,
                typeCount: file.info("token_types.weight")?.shape.first ?? 0)
            (network, set) = try bert(configuration, try EmbeddingPooling(gguf: keys), file) { reader throws(ModelError) in
                try BertWeights(gguf: reader, configuration)
            }
        case "clip":
            let configuration = try SiglipConfiguration(gguf: keys)
            (network, set) = try siglip(configuration, file) { reader throws(ModelError) in
                try SiglipWeights(gguf: reader, configuration)
            }
        case "whisper":
            throw .unsupported(
                path: path, key: "general.architecture", value: architecture,
                supported: ["Whisper as a folder of the hub: config.json, model.safetensors, tokenizer.json"])
        default:
            (network, set) = try text(try DecoderConfiguration(gguf: file, architecture: architecture), file, .gguf)
        }
        let tokenizer = tokenizer ? try TokenizerFile.tokenizer(metadata, path: path) : nil
        let mmproj = try attach(pictures, to: &network, &set, at: path, tokenizer: tokenizer)
        if let tokenizer { try network.check(tokenizer, path: path) }
        return LoadedModel(
            network: network, tokenizer: tokenizer,
            chat: ChatSettings(metadata),
            description: try ModelDescription(
                network.facts, path: path, format: file.format, source: file, mmproj: mmproj, panels: set))
    }
}

extension ModelLoader {
    typealias Loaded = (network: LoadedModel.Network, panels: PanelSet)

    private func text(
        _ configuration: DecoderConfiguration, _ source: any WeightSource, _ names: TextNames
    ) throws(ModelError) -> Loaded {
        let configuration = try configuration.tied(as: source, names)
        // The table a second time.
        let head = "\(names.head).weight"
        let (weights, set) = try laidOut(source, ignoring: { configuration.tiesEmbeddings && $0 == head }) {
            reader throws(ModelError) in try DecoderWeights(reader, configuration, names)
        }
        return (.text(try TextModel(configuration, weights, compute: compute)), set)
    }

    private func hearth(_ configuration: HearthConfiguration, _ source: any WeightSource) throws(ModelError) -> Loaded {
        let (weights, set) = try laidOut(source) { reader throws(ModelError) in try HearthWeights(reader, configuration) }
        return (.hearth(try HearthModel(configuration, weights, compute: compute)), set)
    }

    private func ledger(_ configuration: LedgerConfiguration, _ source: any WeightSource) throws(ModelError) -> Loaded {
        let (weights, set) = try laidOut(source) { reader throws(ModelError) in try LedgerWeights(reader, configuration) }
        return (.ledger(try LedgerModel(configuration, weights, compute: compute)), set)
    }

    private func siglip(
        _ configuration: SiglipConfiguration, _ source: any WeightSource,
        _ read: (WeightReader) throws(ModelError) -> SiglipWeights
    ) throws(ModelError) -> Loaded {
        let (weights, set) = try laidOut(source, ignoring: SiglipWeights.isBesideTower, read)
        return (.tower(try SiglipTower(configuration, weights, compute: compute)), set)
    }

    private func vit(folder: String, _ config: Value, _ source: any WeightSource) throws(ModelError) -> Loaded {
        let configuration = try ViTConfiguration(
            hub: config, path: "\(folder)/config.json", folder: folder,
            labelCount: try ViTTower.Weights.labelCount(looking(at: source)))
        let (weights, set) = try laidOut(source, ignoring: { $0.hasSuffix("embeddings.mask_token") }) {
            reader throws(ModelError) in try ViTTower.Weights(reader, configuration)
        }
        return (.tower(try ViTTower(configuration, weights, compute: compute)), set)
    }

    private func clip(
        _ configuration: CLIPConfiguration, _ source: any WeightSource,
        _ read: (WeightReader) throws(ModelError) -> CLIPTower.Weights
    ) throws(ModelError) -> Loaded {
        let (weights, set) = try laidOut(source, ignoring: CLIPTower.Weights.isBesideTower, read)
        return (.tower(try CLIPTower(configuration, weights, compute: compute)), set)
    }

    private func bert(
        _ configuration: BertConfiguration, _ pooling: EmbeddingPooling?, _ source: any WeightSource,
        _ read: (WeightReader) throws(ModelError) -> BertWeights
    ) throws(ModelError) -> Loaded {
        let (weights, set) = try laidOut(source, ignoring: BertWeights.isBesideEncoder, read)
        return (.encoder(try BertEncoder(configuration, weights, pooling: pooling, compute: compute)), set)
    }

    /// For what must be known of a file before its configuration can be read.
    private func looking(at source: any WeightSource) -> WeightReader { WeightReader(source: source, compute: compute) }

    var notify: @Sendable (LoadEvent) -> Void { onEvent ?? LoadEvent.standard.onEvent }

    private func speech(folder: String, _ config: Value, _ source: any WeightSource) throws(ModelError) -> Loaded {
        let configuration = try WhisperConfiguration(
            hub: config, generation: try ModelFile.settings("\(folder)/generation_config.json"),
            path: "\(folder)/config.json")
        // Some checkpoints hold the tied head a second time.
        let (weights, set) = try laidOut(source, ignoring: { $0 == "proj_out.weight" }) { reader throws(ModelError) in
            try SpeechWeights(hub: reader, configuration)
        }
        return (.speech(try SpeechModel(configuration, weights, compute: compute)), set)
    }

    /// Reads a model's weights twice: to learn which matrices it multiplies with, and with these in panels. Where sums are
    /// exact there are none.
    ///
    /// - Parameter ignored: whether a tensor that nobody reads may be in the file.
    func laidOut<Weights>(
        _ source: any WeightSource, ignoring ignored: (String) -> Bool = { _ in false },
        _ read: (WeightReader) throws(ModelError) -> Weights
    ) throws(ModelError) -> (Weights, PanelSet) {
        if !panels.isDeferred {
            try MemoryNeed(of: source, compute.activations, panels, ignoring: ignored).check(source.path, .now())
        }
        var reader = WeightReader(source: source, compute: compute)
        let plan = PanelPlan()
        if compute.activations == .int8 { reader.plan = plan }
        let weights = try read(reader)
        try reader.names.checkNothingIsLeft(of: source, ignored: ignored)
        guard compute.activations == .int8 else { return (weights, PanelSet()) }
        let maker = PanelMaker(
            compute: compute, cache: panels, isCancelled: isCancelled ?? LoadEvent.standard.isCancelled, notify: notify)
        let set = try maker.panels(for: plan, of: source.path)
        guard !set.panels.isEmpty else { return (weights, set) }
        reader.plan = nil
        reader.panels = set.panels
        return (try read(reader), set)
    }
}
