import MillCompute
import MillImage
import MillTensor
import MillValue
import MillWeights

extension ModelLoader {
    /// A hub checkpoint with a text side, a tower and a projector.
    func visionLanguage(
        _ config: Value, path: String, _ source: any WeightSource
    ) throws(ModelError) -> Loaded {
        let configPath = "\(path)/config.json"
        guard let type = config["model_type"]?.string, let family = VisionLanguageFamily(modelType: type, config) else {
            throw .configuration(path: configPath, key: "model_type", problem: "names no vision-language model")
        }
        switch family {
        case .glmEdgeV: return try glmEdgeV(config, configPath, folder: path, RenamedWeights(source, family.prefixes))
        }
    }

    private func glmEdgeV(
        _ config: Value, _ path: String, folder: String, _ source: RenamedWeights
    ) throws(ModelError) -> Loaded {
        let configuration = try DecoderConfiguration(hub: config, path: path)
        let tower = try SiglipConfiguration(hub: config, path: path)
        let keys = ConfigurationReader(path: path, value: config)
        let options = try GLMEdgeVAdapter.Options(try keys.nested("adapter_config"))
        var settings = PictureSettings(aspect: .fit(position: .topLeft))
        _ = try settings.read(folder: folder, side: tower.imageSize)
        let token = try keys.tokenIDs("boi_token_id", vocabularySize: configuration.vocabularySize).first
        let compute = pictureCompute
        let (parts, set) = try laidOut(source, ignoring: { Self.isUnused($0, configuration) }) { reader throws(ModelError) in
            (
                text: try DecoderWeights.glm(hub: reader, configuration),
                tower: try SiglipWeights(hub: reader, prefix: "vision_model.", tower),
                adapter: try GLMEdgeVAdapter(
                    hub: reader, prefix: "projector.", tower: tower, hidden: configuration.hiddenSize, options,
                    compute: compute)
            )
        }
        let encoder = TowerEncoder(
            family: VisionLanguageFamily.glmEdgeV.rawValue, tower: try SiglipTower(tower, parts.tower, compute: self.compute),
            projector: parts.adapter, preprocessor: settings.preprocessor(side: tower.imageSize),
            layers: [("model.vision.vit.model.vision_model.encoder.layers.", tower.layerCount)])
        let text = try TextModel(configuration, parts.text, compute: self.compute)
        let mark = PictureMark(text: GLMEdgeVAdapter.mark, token: token)
        return (.vision(try PictureTextModel(text, encoder, mark: mark)), set)
    }

    /// A picture is many rows.
    var pictureCompute: Compute { compute.activations == .int8 ? Compute(compute, activations: .bfloat16) : compute }

    /// What a checkpoint may hold that nothing reads: the tower's pooling head, and the output head of tied models.
    static func isUnused(_ name: String, _ configuration: DecoderConfiguration) -> Bool {
        name.hasPrefix("vision_model.head.") || (configuration.tiesEmbeddings && name == "lm_head.weight")
    }
}

extension VisionLanguageFamily {
    typealias Encoder = (encoder: any PictureEncoder, mark: PictureMark, panels: PanelSet)

    /// The picture side in an mmproj file.
    func encoder(
        gguf keys: ConfigurationReader, _ file: GGUFFile, _ text: TextModel, _ loader: ModelLoader
    ) throws(ModelError) -> Encoder {
        switch self {
        case .glmEdgeV: return try glmEdgeV(keys, file, loader)
        }
    }

    private func glmEdgeV(
        _ keys: ConfigurationReader, _ file: GGUFFile, _ loader: ModelLoader
    ) throws(ModelError) -> Encoder {
        let configuration = try SiglipConfiguration(gguf: keys)
        let options = try GLMEdgeVAdapter.Options(try keys.nested("adapter"))
        let compute = loader.pictureCompute
        let (parts, panels) = try loader.laidOut(file) { reader throws(ModelError) in
            (
                tower: try SiglipWeights(gguf: reader, configuration),
                adapter: try GLMEdgeVAdapter(gguf: reader, tower: configuration, options, compute: compute)
            )
        }
        let settings = PictureSettings(
            aspect: .fit(position: .topLeft), mean: configuration.mean, deviation: configuration.deviation)
        let tower = try SiglipTower(configuration, parts.tower, compute: loader.compute)
        let encoder = TowerEncoder(
            family: rawValue, tower: tower, projector: parts.adapter,
            preprocessor: settings.preprocessor(side: configuration.imageSize), layers: [])
        return (encoder, PictureMark(text: GLMEdgeVAdapter.mark, token: nil), panels)
    }
}

extension GLMEdgeVAdapter {
    /// What prompts write in place of each row of a picture.
    static let mark = "<|begin_of_image|>"
}

extension GLMEdgeVAdapter.Options {
    /// `hidden_act` and `layer_norm_eps`, where a file states them.
    init(_ reader: ConfigurationReader?) throws(ModelError) {
        self.init()
        guard let reader else { return }
        epsilon = try reader.positive("layer_norm_eps", default: epsilon, upTo: ConfigurationReader.largestEpsilon)
        gelu = try reader.gelu("hidden_act", default: gelu)
    }
}

extension ConfigurationReader {
    /// A form of GELU by the hub's name.
    func gelu(_ key: String, default fallback: GELU) throws(ModelError) -> GELU {
        guard contains(key) else { return fallback }
        let forms: KeyValuePairs<String, GELU> = [
            "gelu": .erf, "gelu_pytorch_tanh": .tanh, "gelu_new": .tanh, "quick_gelu": .quick,
        ]
        let name = try string(key)
        guard let form = forms.first(where: { $0.key == name })?.value else {
            throw .unsupported(path: path, key: prefix + key, value: name, supported: forms.map(\.key))
        }
        return form
    }
}
