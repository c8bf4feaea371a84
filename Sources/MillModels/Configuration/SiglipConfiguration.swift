import MillCompute
import MillImage
import MillValue

/// The sizes of a SigLIP vision tower (arXiv:2303.15343).
public typealias SiglipConfiguration = TowerConfiguration

extension SiglipConfiguration {
    /// The picture's sides, in pixels, where they are equal, as SigLIP's are.
    public var imageSize: Int { imageWidth }
    /// Patches in a row and in a column, where they are as many.
    public var gridSize: Int { gridWidth }
    /// What samples of 0...1 are normalised with: red, green, blue.
    public var mean: SIMD3<Float> { preprocessor.mean }
    public var deviation: SIMD3<Float> { preprocessor.deviation }

    private func checkSquare(_ reader: ConfigurationReader) throws(ModelError) {
        guard imageWidth == imageHeight else {
            throw reader.failure("image_size", "must be one size; SigLIP's pictures are square")
        }
    }

    /// Reads `config.json`, of a tower by itself or of a whole SigLIP model, and `preprocessor_config.json` beside it.
    ///
    /// - Parameter processing: what pictures are made input with unless the folder says otherwise.
    init(
        hub config: Value, path: String, folder: String? = nil, processing: PreprocessorConfiguration = .siglip
    ) throws(ModelError) {
        let whole = ConfigurationReader(path: path, value: config)
        let reader = try whole.nested("vision_config") ?? whole
        try reader.checkChannels()
        try self.init(
            reader, basePatchSize: 16, epsilon: 1e-6, activation: try reader.gelu("hidden_act", default: "gelu_pytorch_tanh"),
            hasClassToken: false
        ) { width, height throws(ModelError) in
            guard let folder else { return processing.preprocessor(width: width, height: height) }
            return try processing.preprocessor(folder: folder, width: width, height: height)
        }
        try checkSquare(reader)
    }

    /// Reads the `clip.*` keys of an mmproj file.
    init(gguf reader: ConfigurationReader) throws(ModelError) {
        try reader.checkVision()
        guard try reader.bool("use_gelu", default: false) else {
            throw .unsupported(path: reader.path, key: "clip.use_gelu", value: "false", supported: ["true"])
        }
        let mean = try reader.colour("vision.image_mean")
        let deviation = try reader.deviation("vision.image_std", default: SIMD3(repeating: 0.5))
        try self.init(reader, .mmproj, basePatchSize: nil, epsilon: 1e-6, activation: .tanh, hasClassToken: false) {
            width, height in
            Preprocessor(width: width, height: height, mean: mean, deviation: deviation, layout: .chw)
        }
        try checkSquare(reader)
    }
}

extension ConfigurationReader {
    /// Refuses an mmproj file without a vision tower.
    func checkVision() throws(ModelError) {
        guard try bool("has_vision_encoder", default: true) else {
            throw failure("has_vision_encoder", "is false; the file has no vision tower")
        }
    }
}
