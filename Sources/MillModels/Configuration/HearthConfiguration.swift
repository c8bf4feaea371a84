import MillValue

/// The sizes and constants of a hearth model (`docs/models/hearth.md`).
public struct HearthConfiguration: Sendable, Hashable {
    /// Side of the square input picture in pixels, a multiple of 16.
    public let imageSize: Int
    /// Channels after the first three convolutions of the stem.
    public let stemChannels: [Int]
    public let visionHiddenSize: Int
    public let visionLayerCount: Int
    public let visionHeadCount: Int
    public let visionIntermediateSize: Int
    /// Width of the embedding that the picture side and the text side share.
    public let itemHiddenSize: Int
    /// The kinds of things, in the order of their tokens.
    public let itemNames: [String]
    /// The id of the first item token; ids below it are ordinary tokens.
    public let itemTokenStart: Int
    /// The names of the states a cell can be in.
    public let states: [String]
    /// What the person nearest to the viewer may be said to do.
    public let activities: [String]
    /// How sure the picture side should be, as measured on a validation split; the defaults of ``HearthModel/ground(_:in:limits:)``.
    public let limits: GroundingLimits
    /// What makes an object's score the chance that it is right, as measured on a validation split.
    public let calibration: ScoreCalibration
    /// How many object slots the memory starts with.
    public let memoryObjectCount: Int
    /// The overlap (IoU) at which a cell counts as a duplicate of one chosen before it.
    public let suppressionIoU: Double

    public let hiddenSize: Int
    public let layerCount: Int
    public let headCount: Int
    public let kvHeadCount: Int
    public let headDimension: Int
    public let intermediateSize: Int
    /// Decoder blocks that look at the memory.
    public let crossAttentionLayers: Set<Int>
    /// Decoder blocks at which the memory first looks at the instruction.
    public let refineLayers: Set<Int>
    public let ropeTheta: Double
    public let rmsNormEpsilon: Double
    public let layerNormEpsilon: Double
    public let endTokenID: Int32
    /// The longest sequence, prompt and answer, in tokens.
    public let contextLength: Int

    /// Cells per side of the grid.
    public var gridSize: Int { imageSize / 16 }
    public var cellCount: Int { gridSize * gridSize }
    /// Object slots and grid tokens together.
    public var memoryCount: Int { memoryObjectCount + cellCount }
    public var vocabularySize: Int { itemTokenStart + itemNames.count }
    /// Objectness, box and states: what a slot says about its cell besides the tokens.
    var geometryCount: Int { 5 + states.count }
    var querySize: Int { headCount * headDimension }
    var keySize: Int { kvHeadCount * headDimension }
}

extension HearthConfiguration {
    /// Reads `config.json`.
    init(_ config: Value, path: String) throws(ModelError) {
        try self.init(ConfigurationReader(path: path, value: config))
    }

    /// Reads the `hearth.*` keys of a GGUF file, which are those of `config.json`.
    init(gguf reader: ConfigurationReader) throws(ModelError) { try self.init(reader) }

    private init(_ reader: ConfigurationReader) throws(ModelError) {
        imageSize = try reader.size("image_size", atLeast: 16)
        guard imageSize.isMultiple(of: 16), imageSize <= 2048 else {
            throw reader.failure("image_size", "is \(imageSize); a multiple of 16 up to 2048 is needed")
        }
        let widths = 1...(1 << 16)
        stemChannels = try reader.integers("stem_channels", in: widths)
        guard stemChannels.count == 3 else { throw reader.failure("stem_channels", "must have 3 entries") }
        visionHiddenSize = try reader.size("vision_hidden_size")
        visionLayerCount = try reader.size("vision_layers")
        visionHeadCount = try reader.size("vision_heads")
        visionIntermediateSize = try reader.size("vision_intermediate_size")
        itemHiddenSize = try reader.size("item_hidden_size")
        itemNames = try reader.names("item_names")
        itemTokenStart = try reader.size("item_token_start")
        states = try reader.names("states")
        activities = try reader.names("activities", default: ["none", "standing", "sitting", "lying", "reading"])
        limits = GroundingLimits(
            keep: Float(try reader.fraction("keep_score") ?? 0),
            add: try reader.fraction("add_score").map { Float($0) } ?? .infinity,
            ask: try reader.fraction("ask_score").map { Float($0) })
        calibration = ScoreCalibration(
            scale: Float(try reader.positive("score_scale", default: 1)),
            shift: Float(try reader.number("score_shift", default: 0)))
        memoryObjectCount = try reader.size("memory_objects")
        suppressionIoU = try reader.positive("suppression_iou", upTo: 1)
        hiddenSize = try reader.size("hidden_size")
        layerCount = try reader.size("num_hidden_layers")
        headCount = try reader.size("num_attention_heads")
        kvHeadCount = try reader.size("num_key_value_heads")
        headDimension = try reader.size("head_dim")
        intermediateSize = try reader.size("intermediate_size")
        let layers = 0...max(0, layerCount - 1)
        crossAttentionLayers = Set(try reader.integers("cross_attention_layers", in: layers))
        refineLayers = Set(try reader.integers("refine_layers", in: layers))
        ropeTheta = try reader.positive("rope_theta")
        rmsNormEpsilon = try reader.positive("rms_norm_eps", upTo: ConfigurationReader.largestEpsilon)
        layerNormEpsilon = try reader.positive("layer_norm_eps", upTo: ConfigurationReader.largestEpsilon)
        contextLength = try reader.size("max_position_embeddings", default: 2048)
        let vocabularySize = itemTokenStart + itemNames.count
        let endTokenIDs = try reader.tokenIDs("eos_token_id", vocabularySize: vocabularySize)
        guard let endTokenID = endTokenIDs.first, endTokenIDs.count == 1 else {
            throw reader.failure("eos_token_id", "must be one token")
        }
        self.endTokenID = endTokenID
        try check(reader)
    }

    private func check(_ reader: ConfigurationReader) throws(ModelError) {
        guard try reader.size("vocab_size", default: vocabularySize) == vocabularySize else {
            throw reader.failure("vocab_size", "must be item_token_start plus the item names: \(vocabularySize)")
        }
        guard visionHiddenSize.isMultiple(of: visionHeadCount) else {
            throw reader.failure("vision_heads", "must divide vision_hidden_size \(visionHiddenSize)")
        }
        guard headCount.isMultiple(of: kvHeadCount) else {
            throw reader.failure("num_attention_heads", "must be a multiple of the \(kvHeadCount) key/value heads")
        }
        guard headDimension.isMultiple(of: 2) else {
            throw reader.failure("head_dim", "is \(headDimension); an even size is needed")
        }
        guard headCount * headDimension <= ConfigurationReader.maximumSize else {
            throw reader.failure("num_attention_heads", "is \(headCount), too many for heads of \(headDimension)")
        }
        guard memoryObjectCount <= cellCount else {
            throw reader.failure("memory_objects", "is \(memoryObjectCount), above the \(cellCount) cells")
        }
        guard refineLayers.isSubset(of: crossAttentionLayers) else {
            throw reader.failure("refine_layers", "must be among cross_attention_layers")
        }
        guard try reader.bool("tie_word_embeddings", default: true) else {
            throw reader.failure("tie_word_embeddings", "must be true")
        }
    }
}
