import MillTensor

/// What a network says about itself, for `models inspect` and for checks of its file.
public struct NetworkFacts: Sendable {
    /// `llama`, `glm`, `hearth`, `ledger`, `siglip`, …
    public let family: String
    /// Tokens, or for models that hash them, the rows of the table; 0 for models that read no text.
    public var vocabularySize = 0
    /// Tokens of a sequence, of the windows in which a model reads, or of a picture.
    public let contextLength: Int
    public let layerCount: Int
    public let hiddenSize: Int
    /// What keys and values are kept in unless a sequence asks for another type; nil where there are none.
    public var cacheType: DType?
    /// Bytes of keys and values for each token of a sequence, in ``cacheType``.
    public var cacheByteCountPerToken = 0
    /// Bytes of working memory, whatever the sequence.
    public let workspaceByteCount: Int
    /// Whether a token costs a pass over all weights, so that its work follows from the file.
    public var isPlainText = false
    /// The experts of a layer, and how many of them a token meets; nil without any.
    public var experts: (count: Int, chosenCount: Int)?
}

/// A network that a file can hold.
public protocol DescribedNetwork: Sendable {
    var facts: NetworkFacts { get }
}
