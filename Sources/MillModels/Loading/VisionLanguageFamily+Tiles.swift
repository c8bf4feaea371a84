import MillCompute
import MillImage
import MillTokenizer
import MillWeights

extension VisionLanguageFamily {
    /// Idefics3's and SmolVLM's picture side.
    func idefics3(
        _ keys: ConfigurationReader, _ file: GGUFFile, _ loader: ModelLoader, _ vocabulary: Tokenizer?
    ) throws(ModelError) -> Encoder {
        guard let vocabulary else {
            throw .notAModel(path: keys.path, reason: "the text model has no vocabulary, which the tokens around tiles are in")
        }
        var configuration = try SiglipConfiguration(gguf: keys)
        configuration.preprocessor.filter = PreprocessorConfiguration.idefics3.filter
        let (c, compute) = (configuration, loader.pictureCompute)
        let scale = try keys.size("vision.projector.scale_factor", default: 2)
        let tiling = try PictureTiling(
            side: c.imageWidth, longestSide: try keys.size("vision.preproc_image_size", default: 4 * c.imageWidth),
            isCutting: true,
            filter: c.preprocessor.filter, path: keys.path, key: "clip.vision.preproc_image_size")
        let (parts, panels) = try loader.laidOut(file) { reader throws(ModelError) in
            (
                tower: try SiglipWeights(gguf: reader, c),
                projector: try PixelShuffleProjector(reader, name: "mm.model.fc", tower: c, scale: scale, compute: compute)
            )
        }
        let look = TowerEncoder(
            family: rawValue, tower: try SiglipTower(c, parts.tower, compute: loader.compute), projector: parts.projector)
        let encoder = TileEncoder(look: look, tiling: tiling, marks: TileEncoder.Marks(vocabulary: vocabulary))
        return (encoder, PictureMark(text: ModelLoader.imageMark, token: nil), panels)
    }

    /// Qwen2.5-VL's picture side.
    func qwen25VL(
        _ keys: ConfigurationReader, _ file: GGUFFile, _ loader: ModelLoader
    ) throws(ModelError) -> Encoder {
        let output = file.info("mm.2.weight")?.shape.first ?? 0
        let c = try WindowTowerConfiguration(gguf: keys, output: output)
        let (weights, panels) = try loader.laidOut(file) { reader throws(ModelError) in
            try WindowTower.Weights(gguf: reader, c)
        }
        let tower = WindowTower(configuration: c, weights: weights, compute: loader.pictureCompute)
        return (WindowEncoder(tower: tower), PictureMark(text: WindowEncoder.mark, token: nil), panels)
    }
}
