import MillValue

/// The sizes of a SigLIP vision tower (arXiv:2303.15343).
public struct SiglipConfiguration: Sendable {
    /// The picture's sides, in pixels.
    public let imageSize: Int
    /// A patch's sides, in pixels; pixels at the right and the bottom that fill no patch are not looked at.
    public let patchSize: Int
    public let hiddenSize: Int
    public let layerCount: Int
    public let headCount: Int
    public let intermediateSize: Int
    public let layerNormEpsilon: Double
    /// What pixels of 0...1 are normalised with: red, green, blue.
    public let mean: SIMD3<Float>
    public let deviation: SIMD3<Float>

    /// Patches in a row and in a column.
    public var gridSize: Int { imageSize / patchSize }
    /// Rows of the features.
    public var tokenCount: Int { gridSize * gridSize }
    /// Values of a patch: red, green and blue of each pixel.
    var patchValueCount: Int { 3 * patchSize * patchSize }
}

extension SiglipConfiguration {
    private static let maximumImageSize = 4096
    /// Attention takes time with the square of this.
    private static let maximumTokens = 1 << 14
    /// The hub's names of the tanh form of GELU.
    private static let activations = ["gelu_pytorch_tanh", "gelu_new", "gelu_fast"]

    /// Reads `config.json`, of a tower by itself or of a whole SigLIP model.
    init(hub config: Value, path: String) throws(ModelError) {
        let whole = ConfigurationReader(path: path, value: config)
        let reader = try whole.nested("vision_config") ?? whole
        let activation = try reader.string("hidden_act", default: Self.activations[0])
        guard Self.activations.contains(activation) else {
            throw .unsupported(
                path: path, key: reader.prefix + "hidden_act", value: activation, supported: Self.activations)
        }
        guard try reader.size("num_channels", default: 3) == 3 else { throw reader.failure("num_channels", "must be 3") }
        try self.init(
            reader, image: "image_size", patch: "patch_size", hidden: "hidden_size", layers: "num_hidden_layers",
            heads: "num_attention_heads", intermediate: "intermediate_size", epsilon: "layer_norm_eps",
            mean: SIMD3(repeating: 0.5), deviation: SIMD3(repeating: 0.5))
    }

    /// Reads the `clip.*` keys of an mmproj file.
    init(gguf reader: ConfigurationReader) throws(ModelError) {
        guard try reader.bool("has_vision_encoder", default: true) else {
            throw reader.failure("has_vision_encoder", "is false; the file has no vision tower")
        }
        guard try reader.bool("use_gelu", default: false) else {
            throw .unsupported(path: reader.path, key: "clip.use_gelu", value: "false", supported: ["true"])
        }
        try self.init(
            reader, image: "vision.image_size", patch: "vision.patch_size", hidden: "vision.embedding_length",
            layers: "vision.block_count", heads: "vision.attention.head_count", intermediate: "vision.feed_forward_length",
            epsilon: "vision.attention.layer_norm_epsilon", mean: try reader.colour("vision.image_mean"),
            deviation: try reader.colour("vision.image_std"))
        guard deviation.min() > 0 else { throw reader.failure("vision.image_std", "must be above zero") }
    }

    private init(
        _ reader: ConfigurationReader, image: String, patch: String, hidden: String, layers: String, heads: String,
        intermediate: String, epsilon: String, mean: SIMD3<Float>, deviation: SIMD3<Float>
    ) throws(ModelError) {
        imageSize = try reader.size(image)
        patchSize = try reader.size(patch)
        hiddenSize = try reader.size(hidden)
        layerCount = try reader.size(layers)
        headCount = try reader.size(heads)
        intermediateSize = try reader.size(intermediate)
        layerNormEpsilon = try reader.positive(epsilon, default: 1e-6, upTo: ConfigurationReader.largestEpsilon)
        self.mean = mean
        self.deviation = deviation
        guard imageSize <= Self.maximumImageSize else {
            throw reader.failure(image, "is \(imageSize), above \(Self.maximumImageSize)")
        }
        guard patchSize <= imageSize else { throw reader.failure(patch, "is \(patchSize), above the picture's \(imageSize)") }
        guard tokenCount <= Self.maximumTokens else {
            throw reader.failure(patch, "cuts the picture into \(tokenCount) patches, more than \(Self.maximumTokens)")
        }
        guard hiddenSize.isMultiple(of: headCount) else {
            throw reader.failure(heads, "is \(headCount), which does not divide the width \(hiddenSize)")
        }
    }
}

extension ConfigurationReader {
    /// Three finite numbers, for red, green and blue.
    func colour(_ key: String, default fallback: SIMD3<Float> = SIMD3(repeating: 0.5)) throws(ModelError) -> SIMD3<Float> {
        guard contains(key) else { return fallback }
        let numbers = value[key]?.list?.compactMap(\.double).map { Float($0) } ?? []
        guard numbers.count == 3, numbers.allSatisfy(\.isFinite) else { throw failure(key, "must be three numbers") }
        return SIMD3(numbers)
    }
}
