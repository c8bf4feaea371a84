public import MillTensor

/// A picture for a tower to look at.
public enum TowerPicture: Sendable {
    /// Upright RGB, U8 `[height, width, 3]` of any size; rows may be strided. It is resized and normalised as the checkpoint asks.
    case pixels(Tensor)
    /// Resized and normalised already: dense F32 `[3, imageHeight, imageWidth]`.
    case normalised(Tensor)
}

/// The picture side of a model by itself: one picture → a row of features for each patch.
public protocol VisionTower: DescribedNetwork {
    var configuration: TowerConfiguration { get }
    /// The names of the classes that it tells apart, in the order of the scores; empty where it is no classifier.
    var labels: [String] { get }

    /// Looks at a picture.
    ///
    /// - Parameters:
    ///   - skipped: blocks at the end that are left out, as projectors of language models ask. The residual stream is the
    ///     result then; without it what the family calls its last hidden state.
    ///   - pool: where the result comes from.
    /// - Returns: F32 `[tokens, hidden]`: the class token where there is one, and the patches row by row from the top left.
    /// - Throws: ``ModelError/image(_:)`` for what are no pixels, ``ModelError/misuse(_:)`` for another shape or type.
    func features(
        of picture: TowerPicture, skippingLast skipped: Int, pool: StoragePool, tap: LayerTap?
    ) throws(ModelError) -> Tensor

    /// The whole picture in one row, of what ``features(of:skippingLast:pool:tap:)`` gives with all blocks.
    ///
    /// - Returns: F32 `[width]`; nil where the checkpoint has no such row.
    func pooled(_ features: Tensor, tap: LayerTap?) throws(ModelError) -> Tensor?

    /// How well each class fits, of the features with all blocks.
    ///
    /// - Returns: F32 `[labels]`, larger is better; nil where the tower is no classifier.
    func scores(_ features: Tensor) throws(ModelError) -> Tensor?
}

extension VisionTower {
    public var labels: [String] { [] }
    public var tokenCount: Int { configuration.tokenCount }

    public func scores(_ features: Tensor) throws(ModelError) -> Tensor? { nil }
    public func pooled(_ features: Tensor) throws(ModelError) -> Tensor? { try pooled(features, tap: nil) }

    /// Looks at a picture: resizes and normalises it as the checkpoint asks, and computes the features.
    ///
    /// - Parameter pixels: upright RGB, U8 `[height, width, 3]` of any size; rows may be strided.
    /// - Returns: F32 `[tokens, hidden]`.
    /// - Throws: ``ModelError/image(_:)`` for what are no pixels.
    public func encode(_ pixels: Tensor, pool: StoragePool = .default) throws(ModelError) -> Tensor {
        try features(of: .pixels(pixels), skippingLast: 0, pool: pool, tap: nil)
    }

    /// The features of a picture that has been resized and normalised already, F32 `[3, imageHeight, imageWidth]`.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` for another shape or type.
    public func encode(
        normalised pixels: Tensor, pool: StoragePool = .default, tap: LayerTap? = nil
    ) throws(ModelError) -> Tensor {
        try features(of: .normalised(pixels), skippingLast: 0, pool: pool, tap: tap)
    }
}
