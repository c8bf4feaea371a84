import MillCompute
import MillImage
import MillTokenizer
import MillValue
import MillWeights

extension VisionLanguageFamily {
    typealias Encoder = (encoder: any PictureEncoder, mark: PictureMark, panels: PanelSet)

    /// The picture side in an mmproj file.
    ///
    /// - Parameter vocabulary: the text model's.
    func encoder(
        gguf keys: ConfigurationReader, _ file: GGUFFile, _ loader: ModelLoader,
        vocabulary: () throws(ModelError) -> Tokenizer?
    ) throws(ModelError) -> Encoder {
        switch self {
        case .glmEdgeV: return try glmEdgeV(keys, file, loader)
        case .llava: return try llava(keys, file, loader)
        case .idefics3: return try idefics3(keys, file, loader, try vocabulary())
        case .qwen25VL: return try qwen25VL(keys, file, loader)
        case .mllama:
            throw .unsupported(
                path: keys.path, key: "clip.projector_type", value: rawValue, supported: Self.projectors.map(\.key))
        }
    }

    private func glmEdgeV(
        _ keys: ConfigurationReader, _ file: GGUFFile, _ loader: ModelLoader
    ) throws(ModelError) -> Encoder {
        var configuration = try SiglipConfiguration(gguf: keys)
        configuration.preprocessor.aspect = .fit(position: .topLeft)
        let options = try GLMEdgeVAdapter.Options(try keys.nested("adapter"))
        let compute = loader.pictureCompute
        let c = configuration
        let (parts, panels) = try loader.laidOut(file) { reader throws(ModelError) in
            (
                tower: try SiglipWeights(gguf: reader, c),
                adapter: try GLMEdgeVAdapter(gguf: reader, tower: c, options, compute: compute)
            )
        }
        let tower = try SiglipTower(c, parts.tower, compute: loader.compute)
        let encoder = TowerEncoder(family: rawValue, tower: tower, projector: parts.adapter)
        return (encoder, PictureMark(text: GLMEdgeVAdapter.mark, token: nil), panels)
    }

    /// LLaVA's picture side; the tower is CLIP's where it has a class token, which then stands for no row.
    private func llava(
        _ keys: ConfigurationReader, _ file: GGUFFile, _ loader: ModelLoader
    ) throws(ModelError) -> Encoder {
        let isCLIP = file.contains("v.class_embd")
        var c = isCLIP ? try CLIPConfiguration(gguf: keys).tower : try SiglipConfiguration(gguf: keys)
        let depth = try Self.featureDepth(keys, c, file)
        c.layerCount = (0...c.layerCount).first { !file.contains("v.blk.\($0).ln1.weight") } ?? c.layerCount + 1
        guard depth <= c.layerCount else {
            throw keys.failure("vision.block_count", "asks for \(depth) blocks, but the file has \(c.layerCount)")
        }
        let (configuration, compute) = (c, loader.pictureCompute)
        func projector(_ reader: WeightReader) throws(ModelError) -> MLPProjector {
            try MLPProjector(
                reader, names: ("mm.0", "mm.2"), featureSize: configuration.hiddenSize, gelu: .erf, compute: compute)
        }
        let parts: (tower: any VisionTower, projector: MLPProjector)
        let panels: PanelSet
        // Newlines between tiles, and the norm after all blocks, are LLaVA-NeXT's and nobody's.
        let ignored = { (name: String) in name == "model.image_newline" || name.hasPrefix("v.post_ln.") }
        if isCLIP {
            let clip = CLIPConfiguration(tower: configuration, projectionSize: nil)
            let (read, set) = try loader.laidOut(file, ignoring: ignored) { reader throws(ModelError) in
                (try CLIPTower.Weights(gguf: reader, clip), try projector(reader))
            }
            (parts, panels) = ((try CLIPTower(clip, read.0, compute: loader.compute), read.1), set)
        } else {
            let (read, set) = try loader.laidOut(file, ignoring: ignored) { reader throws(ModelError) in
                (
                    try SiglipWeights(gguf: reader, configuration, needsNorm: depth == configuration.layerCount),
                    try projector(reader)
                )
            }
            (parts, panels) = ((try SiglipTower(configuration, read.0, compute: loader.compute), read.1), set)
        }
        let encoder = TowerEncoder(
            family: rawValue, tower: parts.tower, projector: parts.projector, skippedLayerCount: c.layerCount - depth,
            dropsFirst: isCLIP)
        return (encoder, PictureMark(text: ModelLoader.imageMark, token: nil, beginsWithToken: true), panels)
    }

    /// The blocks before the features: what `clip.vision.feature_layer` says; else all that the file counts if it has one more,
    /// as older converters counted, and all but the last otherwise.
    private static func featureDepth(
        _ keys: ConfigurationReader, _ c: TowerConfiguration, _ file: GGUFFile
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
