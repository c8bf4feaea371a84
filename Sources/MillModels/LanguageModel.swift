import MillTensor

/// A model that continues a sequence of tokens.
public protocol LanguageModel: DescribedNetwork {
    /// Tokens are `0..<vocabularySize`.
    var vocabularySize: Int { get }
    /// The longest sequence that the model was made for, in tokens.
    var contextLength: Int { get }
    /// The tokens that end an answer.
    var endTokenIDs: [Int32] { get }
}

/// One sequence that a model is reading or writing: what it has seen so far, as keys and values.
///
/// A context belongs to one session; its model may serve others in between. Calls on one model are carried out one
/// after the other.
public protocol DecodingContext: AnyObject, Sendable {
    /// Tokens read so far.
    var position: Int { get }
    /// The most tokens that fit.
    var capacity: Int { get }
    /// The most tokens that one ``append(_:)`` takes.
    var chunkLength: Int { get }
    /// The scores of the next token after the last ``append(_:)``, F32 `[vocabularySize]`; the next call overwrites them.
    var logits: Tensor { get }
    /// Reads 1 to ``chunkLength`` tokens more and computes ``logits``.
    ///
    /// - Throws: ``ModelError/contextFull(capacity:needed:)``, ``ModelError/unknownToken(id:vocabularySize:)``.
    func append(_ tokens: [Int32]) throws(ModelError)
    /// The same for tokens and rows that take the place of embeddings.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` besides, where there are rows and the model takes none.
    func append(_ input: SequenceInput) throws(ModelError)
    /// Forgets all tokens from `position` on; ``logits`` are then unspecified until the next ``append(_:)``.
    func rewind(to position: Int) throws(ModelError)
}

extension DecodingContext {
    public func append(_ input: SequenceInput) throws(ModelError) {
        guard input.isText else { throw .misuse("this model reads tokens only, and the prompt holds a picture") }
        try append(input.tokens)
    }
}

/// Sees intermediate results of a forward pass, by the names that the oracle folders use (`embed`, `layer.0`, `norm`).
/// The tensor is valid only during the call.
public typealias LayerTap = (_ name: String, _ tensor: Tensor) throws -> Void
