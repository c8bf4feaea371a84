import MillImage
import MillValue

/// Qwen2.5-VL's picture side (arXiv:2502.13923): pictures of any size, most blocks of whose tower see only windows.
package struct WindowTowerConfiguration: Sendable {
    let hiddenSize: Int
    let layerCount: Int
    let headCount: Int
    let intermediateSize: Int
    /// A patch's sides, in pixels.
    let patchSize: Int
    /// Sides of the squares of patches that become one row.
    let mergeSize: Int
    /// A window's sides, in squares.
    let windowSize: Int
    /// The blocks that see the whole picture.
    let wholeLayers: Set<Int>
    /// Width of the rows that the text side reads.
    let outputSize: Int
    /// Bounds of a picture's area after it was resized.
    let pixelCounts: ClosedRange<Int>
    /// Its size is set for each picture.
    let preprocessor: Preprocessor

    static let epsilon: Float = 1e-6
    static let theta = 10_000.0
    /// Patches of the largest picture that is looked at: attention takes time with the square of this.
    private static let maximumPatches = 1 << 14

    /// A side of the squares that become one row, in pixels.
    var squareSize: Int { patchSize * mergeSize }
    var headDimension: Int { hiddenSize / headCount }
    var patchValueCount: Int { 3 * patchSize * patchSize }

    /// What the hub's class takes where a configuration says nothing.
    private static let defaults: ValueMap = [
        "depth": 32, "hidden_size": 3584, "intermediate_size": 3420, "num_heads": 16, "patch_size": 14, "spatial_merge_size": 2,
        "window_size": 112, "out_hidden_size": 3584, "fullatt_block_indexes": [7, 15, 23, 31],
    ]

    /// - Parameter vision: `vision_config`.
    init(_ vision: ConfigurationReader, folder: String) throws(ModelError) {
        var values = vision.value.map ?? [:]
        for (key, value) in Self.defaults where values[key]?.isNull ?? true { values[key] = value }
        let reader = ConfigurationReader(path: vision.path, value: .map(values), prefix: vision.prefix)
        for key in ["in_channels", "in_chans"] where try reader.size(key, default: 3) != 3 {
            throw reader.failure(key, "must be 3")
        }
        let activation = try reader.string("hidden_act", default: "silu")
        guard activation == "silu" else {
            throw .unsupported(path: reader.path, key: reader.prefix + "hidden_act", value: activation, supported: ["silu"])
        }
        guard try reader.size("temporal_patch_size", default: 2) == 2 else {
            throw reader.failure("temporal_patch_size", "must be 2")
        }
        try Self.checkRotation(reader)
        let depth = try reader.size("depth")
        try self.init(
            reader, depth: depth, hidden: "hidden_size", intermediate: "intermediate_size", heads: "num_heads",
            patch: "patch_size", output: try reader.size("out_hidden_size"), merge: try reader.size("spatial_merge_size"),
            window: try reader.size("window_size"),
            wholeLayers: Set(try reader.integers("fullatt_block_indexes", in: 0...depth - 1)),
            processor: try PreprocessorConfiguration.reader(folder: folder),
            preprocessor: try PreprocessorConfiguration.qwen25VL.preprocessor(folder: folder, width: 1, height: 1))
    }

    /// Refuses other positions than the tower's: halves of a head's pairs that turn by line and by column, from ``theta`` on.
    private static func checkRotation(_ reader: ConfigurationReader) throws(ModelError) {
        for name in ["rope_parameters", "rope_scaling"] {
            guard let rope = try reader.nested(name) else { continue }
            func refusal(_ key: String, _ supported: String) -> ModelError {
                .unsupported(
                    path: rope.path, key: rope.prefix + key, value: rope.value[key]?.json() ?? "null", supported: [supported])
            }
            for (key, value) in rope.value.map ?? [:] where !value.isNull {
                switch key {
                case "rope_type", "type":
                    guard ["axial", "default"].contains(value.string) else { throw refusal(key, "axial or default") }
                case "rope_theta":
                    guard value.double == theta else { throw refusal(key, "\(theta)") }
                default: throw refusal(key, "no such key")
                }
            }
        }
        let known = try reader.positive("rope_theta", default: theta)
        guard known == theta else {
            throw .unsupported(
                path: reader.path, key: reader.prefix + "rope_theta", value: "\(known)", supported: ["\(theta)"])
        }
    }

    /// Reads the `clip.*` keys of an mmproj file.
    ///
    /// - Parameter output: width of the projector's rows.
    init(gguf reader: ConfigurationReader, output: Int) throws(ModelError) {
        try reader.checkVision()
        let depth = try reader.size("vision.block_count")
        // Every so many blocks the last one sees the whole.
        let every = try reader.size("vision.n_wa_pattern", default: 8)
        let family = PreprocessorConfiguration.qwen25VL
        var preprocessor = family.preprocessor(width: 1, height: 1)
        preprocessor.mean = try reader.colour("vision.image_mean", default: family.mean)
        preprocessor.deviation = try reader.deviation("vision.image_std", default: family.deviation)
        try self.init(
            reader, depth: depth, hidden: "vision.embedding_length", intermediate: "vision.feed_forward_length",
            heads: "vision.attention.head_count", patch: "vision.patch_size", output: output,
            merge: try reader.size("vision.spatial_merge_size", default: 2),
            window: try reader.size("vision.window_size", default: 112),
            wholeLayers: Set((0..<depth).filter { ($0 + 1).isMultiple(of: every) }), processor: nil, preprocessor: preprocessor)
    }

    private init(
        _ reader: ConfigurationReader, depth: Int, hidden: String, intermediate: String, heads: String, patch: String,
        output: Int,
        merge: Int, window: Int, wholeLayers: Set<Int>, processor: ConfigurationReader?, preprocessor: Preprocessor
    ) throws(ModelError) {
        layerCount = depth
        hiddenSize = try reader.size(hidden)
        intermediateSize = try reader.size(intermediate)
        headCount = try reader.size(heads)
        patchSize = try reader.size(patch)
        (outputSize, mergeSize) = (output, merge)
        guard hiddenSize.isMultiple(of: 4 * headCount) else {
            throw reader.failure(
                heads, "is \(headCount), which does not cut the width \(hiddenSize) into heads of a multiple of 4")
        }
        guard patchSize <= 256, mergeSize <= 16 else { throw reader.failure(patch, "is \(patchSize), too large") }
        windowSize = window / mergeSize / patchSize
        guard windowSize > 0 else { throw reader.failure("window_size", "is \(window), less than a square of patches") }
        self.wholeLayers = wholeLayers
        self.preprocessor = preprocessor
        for (key, expected) in [("patch_size", patchSize), ("merge_size", mergeSize), ("temporal_patch_size", 2)] {
            guard let processor, try processor.size(key, default: expected) != expected else { continue }
            throw processor.failure(key, "must be \(expected), as the tower has it")
        }
        // The bounds have names of their own, or are in `size`.
        let size = try processor?.nested("size")
        let square = patchSize * patchSize * mergeSize * mergeSize
        let lowest =
            try processor?.size("min_pixels", default: try size?.size("shortest_edge", default: 4 * square)) ?? 4 * square
        let highest =
            try processor?.size("max_pixels", default: try size?.size("longest_edge", default: 1280 * square)) ?? 1280 * square
        let bound = Self.maximumPatches * patchSize * patchSize
        guard lowest <= min(highest, bound) else {
            throw (processor ?? reader).failure(
                "min_pixels", "is \(lowest), above max_pixels or what is looked at, \(min(highest, bound))")
        }
        pixelCounts = lowest...min(highest, bound)
    }

    func size(width: Int, height: Int) throws(ModelError) -> (width: Int, height: Int) {
        try Self.size(width: width, height: height, square: squareSize, pixelCounts)
    }

    /// The size that a picture is resized to: sides of whole squares, the area within bounds, the aspect ratio nearly kept.
    ///
    /// - Parameter square: a square's side, in pixels.
    package static func size(
        width: Int, height: Int, square squareSize: Int, _ pixelCounts: ClosedRange<Int>
    ) throws(ModelError) -> (width: Int, height: Int) {
        let (longer, shorter) = (max(width, height), max(min(width, height), 1))
        guard longer <= 200 * shorter else {
            throw .misuse("a picture of \(width) x \(height) pixels is too narrow: one side may be 200 times the other")
        }
        let factor = Double(squareSize)
        func whole(_ side: Double, _ rule: FloatingPointRoundingRule) -> Int { Int((side / factor).rounded(rule)) * squareSize }
        let (x, y) = (Double(width), Double(height))
        let nearest = (whole(x, .toNearestOrEven), whole(y, .toNearestOrEven))
        if nearest.0 * nearest.1 > pixelCounts.upperBound {
            let shrink = (x * y / Double(pixelCounts.upperBound)).squareRoot()
            return (max(squareSize, whole(x / shrink, .down)), max(squareSize, whole(y / shrink, .down)))
        }
        if nearest.0 * nearest.1 < pixelCounts.lowerBound {
            let enlarge = (Double(pixelCounts.lowerBound) / (x * y)).squareRoot()
            return (whole(x * enlarge, .up), whole(y * enlarge, .up))
        }
        return nearest
    }
}
