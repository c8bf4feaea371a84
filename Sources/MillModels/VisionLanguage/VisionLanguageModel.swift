import MillTensor

/// A language model that sees: pictures are parts of its prompts.
///
/// ```swift
/// let picture = try model.encode(pixels)
/// let input = try model.input([.picture(picture), .tokens(question)])
/// let context = try model.makeContext(capacity: input.count + 100)
/// try context.append(input)
/// ```
public protocol VisionLanguageModel: LanguageModel {
    /// How prompts name a picture.
    var pictureMark: PictureMark { get }
    /// The same model for text alone, where adapters and tools for text models apply; nil where there is none.
    var textModel: TextModel? { get }

    /// Looks at a picture: resizes and normalises it as the checkpoint asks, and computes what the text side reads of it.
    ///
    /// - Parameters:
    ///   - pixels: upright RGB, U8 `[height, width, 3]` of any size; rows may be strided.
    ///   - pool: where the result comes from.
    /// - Throws: ``ModelError/image(_:)`` for what are no pixels.
    func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> any EncodedPicture

    /// A prompt as the model reads it.
    ///
    /// - Throws: ``ModelError/misuse(_:)`` for a picture that another model looked at.
    func input(_ parts: [PromptPart]) throws(ModelError) -> SequenceInput

    /// An empty sequence of at most `capacity` positions.
    ///
    /// - Parameter kv: see ``TextModel/makeContext(capacity:adapter:kv:pool:)``.
    func makeContext(
        capacity: Int, adapter: LoRAAdapter?, kv: DType?, pool: StoragePool
    ) throws(ModelError) -> any DecodingContext
}

extension VisionLanguageModel {
    public func encode(_ pixels: Tensor) throws(ModelError) -> any EncodedPicture { try encode(pixels, pool: .default) }

    public func makeContext(
        capacity: Int, adapter: LoRAAdapter? = nil, kv: DType? = nil
    ) throws(ModelError) -> any DecodingContext {
        try makeContext(capacity: capacity, adapter: adapter, kv: kv, pool: .default)
    }
}

extension NetworkFacts {
    /// Of a text model with a picture side.
    ///
    /// - Parameter workspace: the picture side's working memory in bytes.
    func ofPictureModel(_ family: String, workspace: Int) -> NetworkFacts {
        NetworkFacts(
            family: family, vocabularySize: vocabularySize, contextLength: contextLength, layerCount: layerCount,
            hiddenSize: hiddenSize, cacheType: cacheType, cacheByteCountPerToken: cacheByteCountPerToken,
            workspaceByteCount: workspaceByteCount + workspace)
    }
}

/// How the text of a prompt names a picture: a piece of text, repeated or not, in whose place the picture comes.
public struct PictureMark: Sendable, Hashable {
    /// `<|begin_of_image|>`, `<image>`.
    public let text: String
    /// The token of that text, where the model's files name it.
    public let token: Int32?
    /// Whether a prompt begins with the token of a beginning even where its template does not write it.
    public let beginsWithToken: Bool

    public init(text: String, token: Int32?, beginsWithToken: Bool = false) {
        self.text = text
        self.token = token
        self.beginsWithToken = beginsWithToken
    }
}
