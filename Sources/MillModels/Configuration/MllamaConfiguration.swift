import MillImage
import MillValue

/// The picture side of Llama 3.2 Vision: a tower that looks at all tiles of a picture together, and how pictures are cut.
struct MllamaConfiguration: Sendable {
    /// Of one tile.
    let tower: TowerConfiguration
    /// Blocks after those of ``tower``, whose two parts are gated.
    let globalLayerCount: Int
    /// The blocks whose inputs are features besides the last block's output.
    let intermediateLayers: [Int]
    let maximumTiles: Int
    /// Tiles as rows and columns; the number of a shape in the checkpoint's tables is its place here plus one.
    let shapes: [TileShape]

    /// Values of a row of features.
    var featureSize: Int { tower.hiddenSize * (1 + intermediateLayers.count) }

    /// Empty rows that fill a tile's up to a multiple of eight.
    var paddingCount: Int { (8 - tower.tokenCount % 8) % 8 }

    /// What the hub's class takes where a configuration says nothing.
    private static let defaults: ValueMap = [
        "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "attention_heads": 16, "image_size": 448,
        "patch_size": 14, "intermediate_layers_indices": [3, 7, 15, 23, 30],
        "supported_aspect_ratios": [[1, 1], [1, 2], [1, 3], [1, 4], [2, 1], [2, 2], [3, 1], [4, 1]],
    ]
    private static let mostTiles = 64

    /// - Parameter vision: `vision_config`.
    init(_ vision: ConfigurationReader, folder: String) throws(ModelError) {
        var values = vision.value.map ?? [:]
        for (key, value) in Self.defaults where values[key]?.isNull ?? true { values[key] = value }
        let reader = ConfigurationReader(path: vision.path, value: .map(values), prefix: vision.prefix)
        try reader.checkChannels()
        var keys = TowerConfiguration.Keys()
        (keys.heads, keys.epsilon) = ("attention_heads", "norm_eps")
        tower = try TowerConfiguration(
            reader, keys, basePatchSize: nil, epsilon: 1e-5, activation: try reader.gelu("hidden_act", default: "gelu"),
            hasClassToken: true
        ) { width, height throws(ModelError) in
            try PreprocessorConfiguration.mllama.preprocessor(folder: folder, width: width, height: height)
        }
        guard tower.imageWidth == tower.imageHeight else { throw reader.failure("image_size", "must be one size") }
        globalLayerCount = try reader.size("num_global_layers", default: 8, atLeast: 0)
        intermediateLayers = try reader.integers("intermediate_layers_indices", in: 0...tower.layerCount)
        maximumTiles = try reader.size("max_num_tiles", default: 4)
        guard maximumTiles <= Self.mostTiles else {
            throw reader.failure("max_num_tiles", "is \(maximumTiles), above \(Self.mostTiles)")
        }
        let (path, key, most) = (reader.path, reader.prefix + "supported_aspect_ratios", maximumTiles)
        shapes = try (values["supported_aspect_ratios"]?.list ?? []).map { shape throws(ModelError) in
            let sides = shape.list?.compactMap(\.int) ?? []
            guard sides.count == 2, sides.allSatisfy({ (1...most).contains($0) }), sides[0] * sides[1] <= most else {
                throw .configuration(path: path, key: key, problem: "has \(shape.json()), no shape of at most \(most) tiles")
            }
            return TileShape(rows: sides[0], columns: sides[1])
        }
        guard !shapes.isEmpty, shapes.count <= Self.mostTiles * Self.mostTiles else {
            throw reader.failure("supported_aspect_ratios", "must be a list of shapes")
        }
        guard try reader.size("vision_output_dim", default: featureSize) == featureSize else {
            throw reader.failure(
                "vision_output_dim", "must be \(featureSize), the width times one more than the features' layers")
        }
    }
}

/// How many tiles a picture is cut into.
package struct TileShape: Sendable, Hashable {
    package let rows: Int
    package let columns: Int

    package init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }

    var count: Int { rows * columns }
}
