import MillCompute
import MillImage
import MillValue
import MillWeights

extension VisionLanguageFamily {
    typealias Encoder = (encoder: any PictureEncoder, mark: PictureMark, panels: PanelSet)

    /// The picture side in an mmproj file.
    func encoder(
        gguf keys: ConfigurationReader, _ file: GGUFFile, _ text: TextModel, _ loader: ModelLoader
    ) throws(ModelError) -> Encoder {
        switch self {
        case .glmEdgeV: return try glmEdgeV(keys, file, loader)
        case .llava: return try llava(keys, file, loader)
        case .idefics3:
            throw .unsupported(
                path: keys.path, key: "clip.projector_type", value: "idefics3", supported: ["adapter", "mlp"])
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
            preprocessor: settings.preprocessor(side: configuration.imageSize))
        return (encoder, PictureMark(text: GLMEdgeVAdapter.mark, token: nil), panels)
    }

    /// LLaVA's picture side. A tower with a class token (CLIP) is refused where its weights are read.
    private func llava(
        _ keys: ConfigurationReader, _ file: GGUFFile, _ loader: ModelLoader
    ) throws(ModelError) -> Encoder {
        let configuration = try SiglipConfiguration(gguf: keys)
        let depth = try Self.featureDepth(keys, configuration, file)
        let compute = loader.pictureCompute
        let (parts, panels) = try loader.laidOut(
            file,
            ignoring: { name in (depth..<max(depth, configuration.layerCount)).contains { name.hasPrefix("v.blk.\($0).") } }
        ) { reader throws(ModelError) in
            (
                tower: try SiglipWeights(gguf: reader, configuration, depth: depth),
                projector: try MLPProjector(
                    reader, names: ("mm.0", "mm.2"), featureSize: configuration.hiddenSize, gelu: .erf, compute: compute)
            )
        }
        let settings = PictureSettings(aspect: .stretch, mean: configuration.mean, deviation: configuration.deviation)
        let encoder = TowerEncoder(
            family: rawValue, tower: try SiglipTower(configuration, parts.tower, compute: loader.compute),
            projector: parts.projector, preprocessor: settings.preprocessor(side: configuration.imageSize))
        return (encoder, PictureMark(text: ModelLoader.imageMark, token: nil, beginsWithToken: true), panels)
    }

    /// The blocks before the features: what `clip.vision.feature_layer` says; else all that the file counts if it has one more,
    /// as older converters counted, and all but the last otherwise.
    private static func featureDepth(
        _ keys: ConfigurationReader, _ c: SiglipConfiguration, _ file: GGUFFile
    ) throws(ModelError) -> Int {
        if keys.contains("vision.feature_layer") {
            let layers = try keys.integers("vision.feature_layer", in: 0...c.layerCount)
            guard layers.count == 1 else {
                throw .unsupported(
                    path: keys.path, key: "clip.vision.feature_layer", value: "\(layers)", supported: ["one layer"])
            }
            return layers[0]
        }
        return file.contains("v.blk.\(c.layerCount).ln1.weight") ? c.layerCount : max(c.layerCount - 1, 0)
    }
}
