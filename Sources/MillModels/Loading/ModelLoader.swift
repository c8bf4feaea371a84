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
    ///   - path: a folder with `config.json` and safetensors, a `.gguf` file, a folder with a single `.gguf` file, or
    ///     `builtin:NAME` (see ``ModelLocation``).
    ///   - tokenizer: whether to load the tokenizer, too.
    /// - Throws: ``ModelError``, saying which key or tensor is wrong or what is not supported.
    public func load(path: String, tokenizer: Bool = true) throws(ModelError) -> LoadedModel {
        try ModelLocation.check(path)
        let path = try ModelLocation.resolve(path)
        guard ModelFile.isFolder(path) else { return try loadGGUF(path, tokenizer: tokenizer) }
        if ModelFile.exists("\(path)/config.json") { return try loadFolder(path, tokenizer: tokenizer) }
        let files = ModelFile.names(in: path).filter { $0.hasSuffix(".gguf") }
        guard let file = files.first, files.count == 1 else {
            throw .notAModel(
                path: path,
                reason: files.isEmpty
                    ? "the folder has neither config.json nor a .gguf file"
                    : "the folder has several .gguf files; name one of \(files.joined(separator: ", "))")
        }
        return try loadGGUF("\(path)/\(file)", tokenizer: tokenizer)
    }

    private func loadFolder(_ path: String, tokenizer: Bool) throws(ModelError) -> LoadedModel {
        let configPath = "\(path)/config.json"
        let config = try ModelFile.json(configPath)
        let source: SafetensorsFile
        do { source = try SafetensorsFile(path: path) } catch { throw .weights(error) }
        let network: LoadedModel.Network
        let set: PanelSet
        switch config["model_type"]?.string {
        case "hearth": (network, set) = try hearth(try HearthConfiguration(config, path: configPath), source)
        case "ledger": (network, set) = try ledger(try LedgerConfiguration(config, path: configPath), source)
        case "siglip", "siglip_vision_model":
            let configuration = try SiglipConfiguration(hub: config, path: configPath)
            (network, set) = try siglip(configuration, source) { reader throws(ModelError) in
                try SiglipWeights(hub: reader, configuration)
            }
        default:
            let configuration = try DecoderConfiguration(hub: config, path: configPath)
            (network, set) = try text(configuration, source) { reader throws(ModelError) in
                switch configuration.family {
                case .llama, .mistral, .qwen2, .qwen3: try .llama(hub: reader, configuration)
                case .glm: try .glm(hub: reader, configuration)
                }
            }
        }
        try network.checkLayers(of: source)
        let tokenizer = tokenizer ? try TokenizerFile.tokenizer(folder: path) : nil
        if let tokenizer { try network.check(tokenizer, path: configPath) }
        return LoadedModel(
            network: network, tokenizer: tokenizer,
            chatTemplate: try TokenizerFile.chatTemplate(folder: path),
            description: try ModelDescription(network.facts, path: path, format: "safetensors", source: source, panels: set))
    }

    private func loadGGUF(_ path: String, tokenizer: Bool) throws(ModelError) -> LoadedModel {
        let file: GGUFFile
        let architecture: String
        do {
            file = try GGUFFile(path: path)
            architecture = try file.architecture
        } catch { throw .weights(error) }
        let metadata = file.metadata.valueMap()
        let network: LoadedModel.Network
        let set: PanelSet
        let keys = ConfigurationReader(path: path, gguf: metadata, architecture: architecture)
        switch architecture {
        case "hearth": (network, set) = try hearth(try HearthConfiguration(gguf: keys), file)
        case "ledger": (network, set) = try ledger(try LedgerConfiguration(keys), file)
        case "clip":
            let configuration = try SiglipConfiguration(gguf: keys)
            (network, set) = try siglip(configuration, file) { reader throws(ModelError) in
                try SiglipWeights(gguf: reader, configuration)
            }
        default:
            let configuration = try DecoderConfiguration(
                gguf: metadata, architecture: architecture,
                vocabularySize: file.info("token_embd.weight")?.shape.first ?? 0,
                hasOutputTensor: file.contains("output.weight"), path: path)
            (network, set) = try text(configuration, file) { reader throws(ModelError) in
                switch configuration.family {
                case .llama, .mistral, .qwen2, .qwen3: try .llama(gguf: reader, configuration)
                case .glm: try .glm(gguf: reader, configuration)
                }
            }
        }
        try network.checkLayers(of: file)
        let tokenizer = tokenizer ? try TokenizerFile.tokenizer(metadata, path: path) : nil
        if let tokenizer { try network.check(tokenizer, path: path) }
        return LoadedModel(
            network: network, tokenizer: tokenizer,
            chatTemplate: metadata["tokenizer.chat_template"]?.string,
            description: try ModelDescription(network.facts, path: path, format: "GGUF", source: file, panels: set))
    }
}

extension ModelLoader {
    private typealias Loaded = (network: LoadedModel.Network, panels: PanelSet)

    private func text(
        _ configuration: DecoderConfiguration, _ source: any WeightSource,
        _ read: (WeightReader) throws(ModelError) -> DecoderWeights
    ) throws(ModelError) -> Loaded {
        // The output head of a checkpoint whose configuration ties it to the embedding table.
        let (weights, set) = try laidOut(source, ignoring: { configuration.tiesEmbeddings && $0 == "lm_head.weight" }, read)
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

    /// Reads a model's weights twice: to learn which matrices it multiplies with, and with these in panels. Where sums are
    /// exact there are none.
    ///
    /// - Parameter ignored: whether a tensor that nobody reads may be in the file.
    private func laidOut<Weights>(
        _ source: any WeightSource, ignoring ignored: (String) -> Bool = { _ in false },
        _ read: (WeightReader) throws(ModelError) -> Weights
    ) throws(ModelError) -> (Weights, PanelSet) {
        var reader = WeightReader(source: source, compute: compute)
        let plan = PanelPlan()
        if compute.activations == .int8 { reader.plan = plan }
        let weights = try read(reader)
        try reader.names.checkNothingIsLeft(of: source, ignored: ignored)
        guard compute.activations == .int8 else { return (weights, PanelSet()) }
        let standard = LoadEvent.standard
        let maker = PanelMaker(
            compute: compute, cache: panels, isCancelled: isCancelled ?? standard.isCancelled, notify: onEvent ?? standard.onEvent
        )
        let set = try maker.panels(for: plan, of: source.path)
        guard !set.panels.isEmpty else { return (weights, set) }
        reader.plan = nil
        reader.panels = set.panels
        return (try read(reader), set)
    }
}
