import MillTensor

/// One look at the whole picture: resized and normalised, through the tower, through the projector.
struct TowerEncoder: PictureEncoder {
    let family: String
    let tower: any VisionTower
    let projector: any PictureProjector
    /// Blocks of the tower that come after the features.
    var skippedLayerCount = 0
    /// Whether the tower's first token is left out: a class token, which stands for no patch.
    var dropsFirst = false

    var hiddenSize: Int { projector.hiddenSize }
    var workspaceByteCount: Int { tower.facts.workspaceByteCount }

    func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> PictureRows {
        PictureRows([.rows(try rows(.pixels(pixels), pool: pool, tap: nil))])
    }

    func rows(normalised pixels: Tensor, pool: StoragePool, tap: LayerTap?) throws(ModelError) -> Tensor {
        try rows(.normalised(pixels), pool: pool, tap: tap)
    }

    private func rows(_ picture: TowerPicture, pool: StoragePool, tap: LayerTap?) throws(ModelError) -> Tensor {
        let towerTap: LayerTap? = tap.map { tap in { name, tensor in try tap("vision." + name, tensor) } }
        var features = try tower.features(of: picture, skippingLast: skippedLayerCount, pool: pool, tap: towerTap)
        if let tap { try ModelError.wrapping { try tap("vision.last_hidden_state", features) } }
        if dropsFirst { do { features = try features.rows(1..<features.shape[0]) } catch { throw .memory(error) } }
        return try projector.run(features, pool: pool)
    }
}
