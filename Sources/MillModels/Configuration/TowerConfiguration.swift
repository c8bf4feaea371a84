public import MillCompute
public import MillImage
import MillValue

/// The sizes of a vision tower that cuts a picture into patches, and how pictures become its input.
public struct TowerConfiguration: Sendable {
    /// The picture's sides, in pixels.
    public let imageWidth: Int
    public let imageHeight: Int
    /// A patch's sides, in pixels; pixels at the right and the bottom that fill no patch are not looked at.
    public let patchSize: Int
    public let hiddenSize: Int
    /// Blocks that the file holds.
    public internal(set) var layerCount: Int
    public let headCount: Int
    public let intermediateSize: Int
    public let layerNormEpsilon: Double
    public let activation: GELU
    /// Whether a learned token stands before those of the patches.
    public let hasClassToken: Bool
    /// Makes the tower's input of a picture: F32 `[3, imageHeight, imageWidth]`.
    public var preprocessor: Preprocessor

    /// Patches in a row.
    public var gridWidth: Int { imageWidth / patchSize }
    /// Patches in a column.
    public var gridHeight: Int { imageHeight / patchSize }
    /// Rows of the features.
    public var tokenCount: Int { gridWidth * gridHeight + (hasClassToken ? 1 : 0) }
    /// Values of a patch: red, green and blue of each pixel.
    var patchValueCount: Int { 3 * patchSize * patchSize }
}

extension TowerConfiguration {
    private static let maximumImageSize = 4096
    /// Attention takes time with the square of this.
    private static let maximumTokens = 1 << 14

    /// What a family's keys are called.
    struct Keys {
        var image = "image_size"
        var patch = "patch_size"
        var hidden = "hidden_size"
        var layers = "num_hidden_layers"
        var heads = "num_attention_heads"
        var intermediate = "intermediate_size"
        var epsilon = "layer_norm_eps"

        /// Those of mmproj files.
        static let mmproj = Keys(
            image: "vision.image_size", patch: "vision.patch_size", hidden: "vision.embedding_length",
            layers: "vision.block_count", heads: "vision.attention.head_count", intermediate: "vision.feed_forward_length",
            epsilon: "vision.attention.layer_norm_epsilon")
    }

    /// Reads and checks the sizes.
    ///
    /// - Parameters:
    ///   - basePatchSize: of the family's base size, whose sizes stand for those that a configuration leaves out, as the hub's do; nil
    ///     where all must be there.
    ///   - epsilon: where the configuration names none.
    ///   - preprocessing: what the tower's input is for a canvas of this width and height.
    init(
        _ reader: ConfigurationReader, _ keys: Keys = Keys(), basePatchSize: Int?, epsilon: Double, activation: GELU,
        hasClassToken: Bool,
        preprocessing: (_ width: Int, _ height: Int) throws(ModelError) -> Preprocessor
    ) throws(ModelError) {
        if reader.value[keys.image]?.list != nil {
            let sides = try reader.integers(keys.image, in: 1...Self.maximumImageSize)
            guard sides.count == 2 else { throw reader.failure(keys.image, "must be one size, or the height and the width") }
            (imageHeight, imageWidth) = (sides[0], sides[1])
        } else {
            imageHeight = try reader.size(keys.image, default: basePatchSize.map { _ in 224 })
            imageWidth = imageHeight
        }
        patchSize = try reader.size(keys.patch, default: basePatchSize)
        hiddenSize = try reader.size(keys.hidden, default: basePatchSize.map { _ in 768 })
        layerCount = try reader.size(keys.layers, default: basePatchSize.map { _ in 12 })
        headCount = try reader.size(keys.heads, default: basePatchSize.map { _ in 12 })
        intermediateSize = try reader.size(keys.intermediate, default: basePatchSize.map { _ in 3072 })
        layerNormEpsilon = try reader.positive(keys.epsilon, default: epsilon, upTo: ConfigurationReader.largestEpsilon)
        self.activation = activation
        self.hasClassToken = hasClassToken
        let (longest, shortest) = (max(imageWidth, imageHeight), min(imageWidth, imageHeight))
        guard longest <= Self.maximumImageSize else {
            throw reader.failure(keys.image, "is \(longest), above \(Self.maximumImageSize)")
        }
        guard patchSize <= shortest else {
            throw reader.failure(keys.patch, "is \(patchSize), above the picture's \(shortest)")
        }
        preprocessor = try preprocessing(imageWidth, imageHeight)
        guard tokenCount <= Self.maximumTokens else {
            throw reader.failure(keys.patch, "cuts the picture into \(tokenCount) patches, more than \(Self.maximumTokens)")
        }
        guard hiddenSize.isMultiple(of: headCount) else {
            throw reader.failure(keys.heads, "is \(headCount), which does not divide the width \(hiddenSize)")
        }
    }
}

extension ConfigurationReader {
    /// The hub's names of the forms of GELU.
    private static let activations: [String: GELU] = [
        "gelu": .erf, "gelu_python": .erf, "gelu_new": .tanh, "gelu_fast": .tanh, "gelu_pytorch_tanh": .tanh,
        "quick_gelu": .quick,
    ]

    /// The activation of a block's inner layer.
    func gelu(_ key: String, default fallback: String? = nil) throws(ModelError) -> GELU {
        let name = try string(key, default: fallback)
        guard let found = Self.activations[name] else {
            throw .unsupported(path: path, key: prefix + key, value: name, supported: Self.activations.keys.sorted())
        }
        return found
    }

    /// The activation of a layer, where the configuration names one.
    func gelu(_ key: String, default fallback: GELU) throws(ModelError) -> GELU {
        contains(key) ? try gelu(key) : fallback
    }

    /// Refuses pictures of other than three colours.
    func checkChannels() throws(ModelError) {
        guard try size("num_channels", default: 3) == 3 else { throw failure("num_channels", "must be 3") }
    }

    /// Three finite numbers, for red, green and blue.
    func colour(_ key: String, default fallback: SIMD3<Float> = SIMD3(repeating: 0.5)) throws(ModelError) -> SIMD3<Float> {
        guard contains(key) else { return fallback }
        let numbers = value[key]?.list?.compactMap(\.double).map { Float($0) } ?? []
        guard numbers.count == 3, numbers.allSatisfy(\.isFinite) else { throw failure(key, "must be three numbers") }
        return SIMD3(numbers)
    }

    /// Three numbers above zero.
    func deviation(_ key: String, default fallback: SIMD3<Float>) throws(ModelError) -> SIMD3<Float> {
        let deviation = try colour(key, default: fallback)
        guard deviation.min() > 0 else { throw failure(key, "must be above zero") }
        return deviation
    }
}
