import MillImage
import MillTensor

/// One look at the whole picture: resized and normalised, through the tower, through the projector.
struct TowerEncoder: PictureEncoder {
    let family: String
    let tower: any VisionTower
    let projector: any PictureProjector
    let preprocessor: Preprocessor
    /// Whether the tower's first token is left out: a class token, which stands for no patch.
    var dropsFirst = false

    var hiddenSize: Int { projector.hiddenSize }
    var workspaceByteCount: Int { tower.facts.workspaceByteCount }

    func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> PictureRows {
        let picture: Tensor
        do throws(ImageError) { picture = try preprocessor(pixels, pool: pool) } catch { throw .image(error) }
        return PictureRows([.rows(try rows(normalised: picture, pool: pool, tap: nil))])
    }

    func rows(normalised pixels: Tensor, pool: StoragePool, tap: LayerTap?) throws(ModelError) -> Tensor {
        var features: Tensor
        if let tap {
            features = try tower.encode(normalised: pixels, pool: pool) { name, tensor in try tap("vision." + name, tensor) }
            try ModelError.wrapping { try tap("vision.last_hidden_state", features) }
        } else {
            features = try tower.encode(normalised: pixels, pool: pool, tap: nil)
        }
        if dropsFirst { do { features = try features.rows(1..<features.shape[0]) } catch { throw .memory(error) } }
        return try projector.run(features, pool: pool)
    }
}
