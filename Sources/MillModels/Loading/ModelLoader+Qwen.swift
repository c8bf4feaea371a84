import MillCompute
import MillValue
import MillWeights

extension ModelLoader {
    /// Qwen2.5-VL; older configurations have the text side's keys beside those of the whole.
    func qwen25VL(
        _ config: Value, _ path: String, folder: String, _ source: RenamedWeights
    ) throws(ModelError) -> Loaded {
        let keys = ConfigurationReader(path: path, value: config)
        guard let vision = try keys.nested("vision_config") else { throw keys.failure("vision_config", "is missing") }
        var values = try keys.nested("text_config")?.value.map ?? config.map ?? [:]
        if values["tie_word_embeddings"] == nil { values["tie_word_embeddings"] = config["tie_word_embeddings"] }
        let c = try DecoderConfiguration(hub: .map(values), path: path).tied(as: source)
        let tower = try WindowTowerConfiguration(vision, folder: folder)
        let token = try keys.imageToken(["image_token_id", "image_token_index"], count: c.vocabularySize)
        let compute = pictureCompute
        let (parts, set) = try laidOut(source, ignoring: { Self.isUnused($0, c) }) { reader throws(ModelError) in
            (
                text: try DecoderWeights(reader, c, c.family.hubNames),
                tower: try WindowTower.Weights(hub: reader, tower)
            )
        }
        let encoder = WindowEncoder(tower: WindowTower(configuration: tower, weights: parts.tower, compute: compute))
        let text = try TextModel(c, parts.text, compute: self.compute)
        let mark = PictureMark(text: WindowEncoder.mark, token: token, beginsWithToken: true)
        return (.vision(try PictureTextModel(text, encoder, mark: mark)), set)
    }
}
