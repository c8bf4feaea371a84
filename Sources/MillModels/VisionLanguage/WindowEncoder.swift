import MillImage
import MillTensor

/// Qwen2.5-VL's way with pictures: resized to about their own size, one row for each square of patches, in a grid.
struct WindowEncoder: PictureEncoder {
    let tower: WindowTower

    var family: String { VisionLanguageFamily.qwen25VL.rawValue }
    var hiddenSize: Int { tower.configuration.outputSize }
    var workspaceByteCount: Int { tower.workspaceByteCount }

    /// What prompts write for a picture, between `<|vision_start|>` and `<|vision_end|>`.
    static let mark = "<|image_pad|>"

    func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> PictureRows {
        let (c, picture) = (tower.configuration, try input(of: pixels, pool: pool))
        let rows = try tower.run(picture, pool: pool)
        let grid = TokenGrid(rows: picture.shape[1] / c.squareSize, columns: picture.shape[2] / c.squareSize)
        return PictureRows([.grid(rows, grid)])
    }

    /// The tower's input of a picture, F32 `[3, height, width]`.
    func input(of pixels: Tensor, pool: StoragePool) throws(ModelError) -> Tensor {
        guard pixels.rank == 3, pixels.shape[0] > 0, pixels.shape[1] > 0 else {
            throw .image(.notPixels(dtype: pixels.dtype, shape: pixels.shape, strides: pixels.strides))
        }
        let c = tower.configuration
        let size = try c.size(width: pixels.shape[1], height: pixels.shape[0])
        var preprocessor = c.preprocessor
        (preprocessor.width, preprocessor.height) = (size.width, size.height)
        do throws(ImageError) { return try preprocessor(pixels, pool: pool) } catch { throw .image(error) }
    }

    func rows(normalised pixels: Tensor, pool: StoragePool, tap: LayerTap?) throws(ModelError) -> Tensor {
        try tower.run(pixels, pool: pool, tap: tap)
    }

    func grid(width: Int, height: Int) -> TokenGrid? {
        let side = tower.configuration.squareSize
        return TokenGrid(rows: height / side, columns: width / side)
    }
}
