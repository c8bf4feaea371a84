import MillCompute
import MillImage
import MillValue

/// The picture side of CLIP (arXiv:2103.00020).
public struct CLIPConfiguration: Sendable {
    public let tower: TowerConfiguration
    /// Length of the row that is compared with texts; nil where the checkpoint projects nothing.
    public let projectionSize: Int?

    init(tower: TowerConfiguration, projectionSize: Int?) {
        (self.tower, self.projectionSize) = (tower, projectionSize)
    }

    /// Reads `config.json`, of a tower by itself or of a whole CLIP model, and `preprocessor_config.json` beside it.
    ///
    /// - Parameter isProjected: whether the file has a projection.
    init(hub config: Value, path: String, folder: String, isProjected: Bool) throws(ModelError) {
        let whole = ConfigurationReader(path: path, value: config)
        let nested = try whole.nested("vision_config")
        let reader = nested ?? whole
        try reader.checkChannels()
        tower = try TowerConfiguration(
            reader, basePatchSize: 32, epsilon: 1e-5, activation: try reader.gelu("hidden_act", default: "quick_gelu"),
            hasClassToken: true
        ) { width, height throws(ModelError) in
            try PreprocessorConfiguration.clip.preprocessor(folder: folder, width: width, height: height)
        }
        projectionSize = isProjected ? try whole.size("projection_dim", default: 512) : nil
    }

    /// Reads the `clip.*` keys of an mmproj file.
    init(gguf reader: ConfigurationReader) throws(ModelError) {
        try reader.checkVision()
        let family = PreprocessorConfiguration.clip
        let mean = try reader.colour("vision.image_mean", default: family.mean)
        let deviation = try reader.deviation("vision.image_std", default: family.deviation)
        let activation: GELU = try reader.bool("use_gelu", default: false) ? .tanh : .quick
        tower = try TowerConfiguration(
            reader, .mmproj, basePatchSize: nil, epsilon: 1e-5, activation: activation, hasClassToken: true
        ) {
            width, height in
            Preprocessor(
                width: width, height: height, aspect: .shortestSide(min(width, height)), mean: mean, deviation: deviation,
                layout: .chw)
        }
        projectionSize = nil
    }
}
