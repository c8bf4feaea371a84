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
/// Weights stay mapped from the file; nothing is read that is not needed.
public struct ModelLoader: Sendable {
    let compute: Compute

    /// - Parameter compute: what the model's operations run on, and with which precision of activations.
    public init(compute: Compute = .shared) { self.compute = compute }

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
        let reader = WeightReader(source: source, compute: compute)
        let network: LoadedModel.Network
        switch config["model_type"]?.string {
        case "hearth": network = .hearth(try hearth(try HearthConfiguration(config, path: configPath), reader))
        case "ledger": network = .ledger(try ledger(try LedgerConfiguration(config, path: configPath), reader))
        case "siglip", "siglip_vision_model":
            let configuration = try SiglipConfiguration(hub: config, path: configPath)
            network = .siglip(
                try SiglipTower(configuration, try SiglipWeights(hub: reader, configuration), compute: compute))
        default:
            let configuration = try DecoderConfiguration(hub: config, path: configPath)
            let weights: DecoderWeights =
                switch configuration.family {
                case .llama, .mistral, .qwen2, .qwen3: try .llama(hub: reader, configuration)
                case .glm: try .glm(hub: reader, configuration)
                }
            network = .text(try TextModel(configuration, weights, compute: compute))
        }
        try network.checkLayers(of: source)
        let tokenizer = tokenizer ? try TokenizerFile.tokenizer(folder: path) : nil
        if let tokenizer { try network.check(tokenizer, path: configPath) }
        return LoadedModel(
            network: network, tokenizer: tokenizer,
            chatTemplate: try TokenizerFile.chatTemplate(folder: path),
            description: try network.describe(path: path, format: "safetensors", source: source))
    }

    private func loadGGUF(_ path: String, tokenizer: Bool) throws(ModelError) -> LoadedModel {
        let file: GGUFFile
        let architecture: String
        do {
            file = try GGUFFile(path: path)
            architecture = try file.architecture
        } catch { throw .weights(error) }
        let reader = WeightReader(source: file, compute: compute)
        let metadata = file.metadata.valueMap()
        let network: LoadedModel.Network
        let keys = ConfigurationReader(path: path, gguf: metadata, architecture: architecture)
        switch architecture {
        case "hearth": network = .hearth(try hearth(try HearthConfiguration(gguf: keys), reader))
        case "ledger": network = .ledger(try ledger(try LedgerConfiguration(keys), reader))
        case "clip":
            let configuration = try SiglipConfiguration(gguf: keys)
            network = .siglip(
                try SiglipTower(configuration, try SiglipWeights(gguf: reader, configuration), compute: compute))
        default:
            let configuration = try DecoderConfiguration(
                gguf: metadata, architecture: architecture,
                vocabularySize: file.info("token_embd.weight")?.shape.first ?? 0,
                hasOutputTensor: file.contains("output.weight"), path: path)
            let weights: DecoderWeights =
                switch configuration.family {
                case .llama, .mistral, .qwen2, .qwen3: try .llama(gguf: reader, configuration)
                case .glm: try .glm(gguf: reader, configuration)
                }
            network = .text(try TextModel(configuration, weights, compute: compute))
        }
        try network.checkLayers(of: file)
        let tokenizer = tokenizer ? try TokenizerFile.tokenizer(metadata, path: path) : nil
        if let tokenizer { try network.check(tokenizer, path: path) }
        return LoadedModel(
            network: network, tokenizer: tokenizer,
            chatTemplate: metadata["tokenizer.chat_template"]?.string,
            description: try network.describe(path: path, format: "GGUF", source: file))
    }
}

extension ModelLoader {
    private func hearth(_ configuration: HearthConfiguration, _ reader: WeightReader) throws(ModelError) -> HearthModel {
        try HearthModel(configuration, try HearthWeights(reader, configuration), compute: compute)
    }

    private func ledger(_ configuration: LedgerConfiguration, _ reader: WeightReader) throws(ModelError) -> LedgerModel {
        try LedgerModel(configuration, try LedgerWeights(reader, configuration), compute: compute)
    }
}

extension LoadedModel.Network {
    fileprivate func describe(
        path: String, format: String, source: any WeightSource
    ) throws(ModelError) -> ModelDescription {
        let shares = try ModelDescription.shares(of: source)
        switch self {
        case .text(let model):
            let c = model.configuration
            return ModelDescription(
                path: path, family: c.family.rawValue, format: format, shares: shares, vocabularySize: c.vocabularySize,
                contextLength: c.contextLength, layerCount: c.layerCount, hiddenSize: c.hiddenSize,
                cacheType: KVCache.defaultType(model.compute.activations),
                cacheByteCountPerToken: KVCache.byteCountPerToken(
                    KVCache.defaultType(model.compute.activations), layerCount: c.layerCount, kvHeadCount: c.kvHeadCount,
                    headDimension: c.headDimension),
                workspaceByteCount: model.workspaceByteCount, work: try TokenWork(of: source))
        case .hearth(let model):
            let c = model.configuration
            return ModelDescription(
                path: path, family: "hearth", format: format, shares: shares, vocabularySize: c.vocabularySize,
                contextLength: c.contextLength, layerCount: c.layerCount, hiddenSize: c.hiddenSize,
                cacheType: KVCache.defaultType(model.compute.activations),
                cacheByteCountPerToken: KVCache.byteCountPerToken(
                    KVCache.defaultType(model.compute.activations), layerCount: c.layerCount, kvHeadCount: c.kvHeadCount,
                    headDimension: c.headDimension),
                workspaceByteCount: model.workspaceByteCount)
        case .ledger(let model):
            let c = model.configuration
            return ModelDescription(
                path: path, family: "ledger", format: format, shares: shares, vocabularySize: c.bucketCount,
                contextLength: c.window, layerCount: c.layerCount, hiddenSize: c.hiddenSize, cacheType: nil,
                cacheByteCountPerToken: 0,
                workspaceByteCount: model.workspaceByteCount)
        case .siglip(let tower):
            let c = tower.configuration
            return ModelDescription(
                path: path, family: "siglip", format: format, shares: shares, vocabularySize: 0,
                contextLength: c.tokenCount, layerCount: c.layerCount, hiddenSize: c.hiddenSize, cacheByteCountPerToken: 0,
                workspaceByteCount: tower.workspaceByteCount)
        }
    }
}
