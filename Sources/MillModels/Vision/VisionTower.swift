public import MillTensor

/// The picture side of a model by itself: one picture → a row of features for each patch.
public protocol VisionTower: DescribedNetwork {
    /// The sides in pixels of the picture that it looks at.
    var imageSize: Int { get }
    /// Rows of the features.
    var tokenCount: Int { get }

    /// Looks at a picture: resizes and normalises it as the checkpoint asks, and computes the features.
    ///
    /// - Parameters:
    ///   - pixels: upright RGB, U8 `[height, width, 3]` of any size; rows may be strided.
    ///   - pool: where the result comes from.
    /// - Returns: F32 `[tokens, hidden]`.
    /// - Throws: ``ModelError/image(_:)`` for what are no pixels.
    func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> Tensor

    /// The features of a picture that has been resized and normalised already, F32 `[3, imageSize, imageSize]`.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` for another shape or type.
    func encode(normalised pixels: Tensor, pool: StoragePool, tap: LayerTap?) throws(ModelError) -> Tensor
}

extension VisionTower {
    public func encode(_ pixels: Tensor) throws(ModelError) -> Tensor { try encode(pixels, pool: .default) }
}
