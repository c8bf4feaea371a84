import MillTensor

/// The picture side of a model whose text side reads rows in place of embeddings: a tower, and a projector to the text's width.
protocol PictureEncoder: Sendable {
    /// `glm-edge-v`, `llava`, …
    var family: String { get }
    /// The width of the rows.
    var hiddenSize: Int { get }
    /// Working memory in bytes.
    var workspaceByteCount: Int { get }

    /// Looks at a picture, U8 `[height, width, 3]`.
    func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> PictureRows

    /// How the rows of a picture of this size, resized already, lie; nil where that decides about nothing.
    func grid(width: Int, height: Int) -> TokenGrid?

    /// The rows `[n, hidden]` of one picture that was resized and normalised already, F32 `[3, height, width]`.
    ///
    /// - Parameter tap: sees the tower's steps, with `vision.` before their names.
    func rows(normalised pixels: Tensor, pool: StoragePool, tap: LayerTap?) throws(ModelError) -> Tensor
}

extension PictureEncoder {
    func grid(width: Int, height: Int) -> TokenGrid? { nil }
}

/// Turns a tower's features into rows of the text model's width.
protocol PictureProjector: Sendable {
    /// The width of the features that it takes, and of the rows that it gives.
    var featureSize: Int { get }
    var hiddenSize: Int { get }

    /// F32 `[tokens, featureSize]` → F32 `[rows, hiddenSize]`.
    func run(_ features: Tensor, pool: StoragePool) throws(ModelError) -> Tensor
}
