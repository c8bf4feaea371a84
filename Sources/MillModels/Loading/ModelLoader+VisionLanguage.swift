import MillCompute
import MillImage
import MillTensor
import MillValue
import MillWeights

extension ModelLoader {
    /// A hub checkpoint with a text side, a tower and a projector.
    func visionLanguage(
        _ family: VisionLanguageFamily, _ config: Value, path: String, _ source: any WeightSource
    ) throws(ModelError) -> Loaded {
        let configPath = "\(path)/config.json"
        let renamed = RenamedWeights(source, family.prefixes)
        switch family {
        case .glmEdgeV: return try glmEdgeV(config, configPath, folder: path, renamed)
        case .llava: return try llava(config, configPath, folder: path, renamed)
        case .idefics3: return try idefics3(config, configPath, folder: path, renamed)
        case .mllama: return try mllama(config, configPath, folder: path, renamed)
        case .qwen25VL: return try qwen25VL(config, configPath, folder: path, renamed)
        }
    }

    private func glmEdgeV(
        _ config: Value, _ path: String, folder: String, _ source: RenamedWeights
    ) throws(ModelError) -> Loaded {
        let configuration = try DecoderConfiguration(hub: config, path: path).tied(as: source)
        let tower = try SiglipConfiguration(hub: config, path: path, folder: folder, processing: .glmEdgeV)
        let keys = ConfigurationReader(path: path, value: config)
        let options = try GLMEdgeVAdapter.Options(try keys.nested("adapter_config"))
        let token = try keys.tokenIDs("boi_token_id", vocabularySize: configuration.vocabularySize).first
        let compute = pictureCompute
        let (parts, set) = try laidOut(source, ignoring: { Self.isUnused($0, configuration) }) { reader throws(ModelError) in
            (
                text: try DecoderWeights(reader, configuration, configuration.family.hubNames),
                tower: try SiglipWeights(hub: reader, prefix: "vision_model.", tower, readsHead: false),
                adapter: try GLMEdgeVAdapter(
                    hub: reader, prefix: "projector.", tower: tower, hidden: configuration.hiddenSize, options,
                    compute: compute)
            )
        }
        let encoder = TowerEncoder(
            family: VisionLanguageFamily.glmEdgeV.rawValue, tower: try SiglipTower(tower, parts.tower, compute: self.compute),
            projector: parts.adapter)
        let text = try TextModel(configuration, parts.text, compute: self.compute)
        let mark = PictureMark(text: GLMEdgeVAdapter.mark, token: token)
        return (.vision(try PictureTextModel(text, encoder, mark: mark)), set)
    }

    /// What LLaVA's and Idefics3's prompts write for a picture.
    static let imageMark = "<image>"

    private func llava(
        _ config: Value, _ path: String, folder: String, _ source: RenamedWeights
    ) throws(ModelError) -> Loaded {
        let c = try VisionLanguageConfiguration(
            config, path: path, folder: folder, processing: .llava, imageKeys: ["image_token_index", "image_token_id"])
        let decoder = try c.text.tied(as: source)
        let skipped = try c.skippedLayerCount()
        let strategy = try c.keys.string("vision_feature_select_strategy", default: "default")
        guard ["default", "full"].contains(strategy) else {
            throw .unsupported(
                path: path, key: "vision_feature_select_strategy", value: strategy, supported: ["default", "full"])
        }
        try ProcessorConfiguration(folder: folder)?.checkLlava(c, strategy: strategy, folder: folder)
        let gelu = try c.keys.gelu("projector_hidden_act", default: .erf)
        let hasBias = try c.keys.bool("multimodal_projector_bias", default: true)
        let compute = pictureCompute
        let (parts, set) = try laidOut(source, ignoring: { Self.isUnused($0, decoder) }) { reader throws(ModelError) in
            (
                text: try DecoderWeights(reader, decoder, decoder.family.hubNames),
                tower: try tower(reader, c),
                projector: try MLPProjector(
                    reader, names: ("projector.linear_1", "projector.linear_2"), featureSize: c.tower.hiddenSize, gelu: gelu,
                    hasBias: hasBias, compute: compute)
            )
        }
        let encoder = TowerEncoder(
            family: VisionLanguageFamily.llava.rawValue, tower: try parts.tower(self.compute), projector: parts.projector,
            skippedLayerCount: skipped, dropsFirst: strategy == "default")
        let text = try TextModel(decoder, parts.text, compute: self.compute)
        let mark = PictureMark(text: Self.imageMark, token: c.imageToken, beginsWithToken: true)
        return (.vision(try PictureTextModel(text, encoder, mark: mark)), set)
    }

    /// The weights of a tower of either kind; what is returned makes the tower of them.
    private func tower(
        _ reader: WeightReader, _ c: VisionLanguageConfiguration
    ) throws(ModelError) -> (Compute) throws(ModelError) -> any VisionTower {
        if c.isCLIP {
            let configuration = CLIPConfiguration(tower: c.tower, projectionSize: nil)
            let weights = try CLIPTower.Weights(hub: reader, configuration)
            return { compute throws(ModelError) in try CLIPTower(configuration, weights, compute: compute) }
        }
        let weights = try SiglipWeights(hub: reader, prefix: "vision_model.", c.tower, readsHead: false)
        // Hidden states are what blocks give; none of them is behind the last norm.
        return { compute throws(ModelError) in try SiglipTower(c.tower, weights, compute: compute, normsFeatures: false) }
    }

    private func idefics3(
        _ config: Value, _ path: String, folder: String, _ source: RenamedWeights
    ) throws(ModelError) -> Loaded {
        let c = try VisionLanguageConfiguration(
            config, path: path, folder: folder, processing: .idefics3, imageKeys: ["image_token_id", "image_token_index"])
        let decoder = try c.text.tied(as: source)
        guard !c.isCLIP else {
            throw .unsupported(
                path: path, key: "vision_config.model_type", value: "clip_vision_model", supported: ["idefics3_vision"])
        }
        let scale = try c.keys.size("scale_factor", default: 2)
        guard let vocabulary = try TokenizerFile.tokenizer(folder: folder) else {
            throw .notAModel(path: folder, reason: "tokenizer.json is missing, which has the tokens around tiles of pictures")
        }
        let tiling = try PictureTiling(
            try PreprocessorConfiguration.reader(folder: folder), side: c.tower.imageWidth, filter: c.tower.preprocessor.filter)
        try ProcessorConfiguration(folder: folder)?.checkIdefics3(c, scale: scale)
        let compute = pictureCompute
        let (parts, set) = try laidOut(source, ignoring: { Self.isUnused($0, decoder) }) { reader throws(ModelError) in
            (
                text: try DecoderWeights(reader, decoder, decoder.family.hubNames),
                tower: try SiglipWeights(hub: reader, prefix: "vision_model.", c.tower, readsHead: false),
                projector: try PixelShuffleProjector(
                    reader, name: "projector.proj", tower: c.tower, scale: scale, compute: compute)
            )
        }
        let look = TowerEncoder(
            family: VisionLanguageFamily.idefics3.rawValue, tower: try SiglipTower(c.tower, parts.tower, compute: self.compute),
            projector: parts.projector)
        let text = try TextModel(decoder, parts.text, compute: self.compute)
        let encoder = TileEncoder(look: look, tiling: tiling, marks: TileEncoder.Marks(vocabulary: vocabulary))
        let mark = PictureMark(text: Self.imageMark, token: c.imageToken, beginsWithToken: true)
        return (.vision(try PictureTextModel(text, encoder, mark: mark)), set)
    }

    private func mllama(
        _ config: Value, _ path: String, folder: String, _ source: RenamedWeights
    ) throws(ModelError) -> Loaded {
        let keys = ConfigurationReader(path: path, value: config)
        let sides = try VisionLanguageConfiguration.sides(keys)
        let values = try VisionLanguageConfiguration.values(ofText: sides.text, config)
        let c = try DecoderConfiguration(hub: .map(values), path: path).tied(as: source)
        let vision = try MllamaConfiguration(sides.vision, folder: folder)
        let token = try keys.imageToken(
            ["image_token_index", "image_token_id"], count: c.vocabularySize + c.unwrittenTokenCount)
        let tiling = try CanvasTiling(try PreprocessorConfiguration.reader(folder: folder), vision)
        let (parts, set) = try laidOut(source, ignoring: { Self.isUnused($0, c) }) { reader throws(ModelError) in
            (
                text: try DecoderWeights(reader, c, c.family.hubNames),
                tower: try MllamaTower.Weights(reader, vision, hidden: c.hiddenSize)
            )
        }
        let text = try TextModel(c, parts.text, compute: compute)
        let tower = try MllamaTower(vision, parts.tower, compute: pictureCompute)
        return (.vision(MllamaModel(text, tower, tiling, token: token)), set)
    }

    /// A picture is many rows.
    var pictureCompute: Compute { compute.activations == .int8 ? Compute(compute, activations: .bfloat16) : compute }

    /// What a checkpoint may hold that nothing reads: the tower's pooling head, and the output head of tied models.
    static func isUnused(_ name: String, _ configuration: DecoderConfiguration) -> Bool {
        name.hasPrefix("vision_model.head.") || (configuration.tiesEmbeddings && name == "lm_head.weight")
    }
}

extension PictureTiling {
    /// - Parameter processor: `preprocessor_config.json`, where the folder has it.
    init(_ processor: ConfigurationReader?, side: Int, filter: ResizeFilter) throws(ModelError) {
        if let size = try processor?.nested("max_image_size"), try size.size("longest_edge", default: side) != side {
            throw size.failure(
                "longest_edge", "is \(try size.size("longest_edge")), but the vision tower looks at \(side) pixels")
        }
        try self.init(
            side: side, longestSide: try processor?.nested("size")?.size("longest_edge", default: 4 * side) ?? 4 * side,
            isCutting: try processor?.bool("do_image_splitting", default: true) ?? true, filter: filter,
            path: processor?.path ?? "", key: "size.longest_edge")
    }

    /// - Parameters:
    ///   - path: the file that says how long the longest side is.
    ///   - key: in it.
    init(
        side: Int, longestSide: Int, isCutting: Bool, filter: ResizeFilter, path: String, key: String
    ) throws(ModelError) {
        let rows = (longestSide + side - 1) / side
        guard rows * rows <= Self.maximumTiles else {
            throw .configuration(
                path: path, key: key,
                problem:
                    "is \(longestSide), which is \(rows) x \(rows) tiles of \(side) pixels; \(Self.maximumTiles) are the most")
        }
        self.init(side: side, longestSide: longestSide, isCutting: isCutting, filter: filter)
    }
}

extension CanvasTiling {
    /// - Parameter processor: `preprocessor_config.json`, where the folder has it.
    init(_ processor: ConfigurationReader?, _ c: MllamaConfiguration) throws(ModelError) {
        let most = try processor?.size("max_image_tiles", default: c.maximumTiles) ?? c.maximumTiles
        guard most <= c.maximumTiles else {
            throw .configuration(
                path: processor?.path ?? "", key: "max_image_tiles", problem: "is \(most), but the tower has \(c.maximumTiles)")
        }
        let shapes = Self.shapes(upTo: most)
        if let unknown = shapes.first(where: { !c.shapes.contains($0) }) {
            throw .configuration(
                path: processor?.path ?? "", key: "max_image_tiles",
                problem: "is \(most), but supported_aspect_ratios lacks \(unknown.rows) x \(unknown.columns)")
        }
        guard try processor?.bool("do_pad", default: true) ?? true else {
            throw .unsupported(path: processor?.path ?? "", key: "do_pad", value: "false", supported: ["true"])
        }
        self.init(side: c.tower.imageWidth, shapes: shapes, filter: c.tower.preprocessor.filter)
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
