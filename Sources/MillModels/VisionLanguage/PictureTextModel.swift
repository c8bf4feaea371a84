import MillTensor

/// A text model that reads pictures as rows in place of token embeddings: GLM-Edge-V, LLaVA, Idefics3.
///
/// What the families do differently lies in their ``PictureEncoder``.
public final class PictureTextModel: VisionLanguageModel {
    public let text: TextModel
    let encoder: any PictureEncoder
    public let pictureMark: PictureMark

    /// - Throws: ``ModelError/misuse(_:)`` for an encoder whose rows are not as wide as the text model.
    init(_ text: TextModel, _ encoder: any PictureEncoder, mark: PictureMark) throws(ModelError) {
        guard encoder.hiddenSize == text.configuration.hiddenSize else {
            throw .misuse(
                "pictures become rows of \(encoder.hiddenSize) values, and the text model is \(text.configuration.hiddenSize) wide"
            )
        }
        self.text = text
        self.encoder = encoder
        pictureMark = mark
    }

    public var textModel: TextModel? { text }
    public var vocabularySize: Int { text.vocabularySize }
    public var contextLength: Int { text.contextLength }
    public var endTokenIDs: [Int32] { text.endTokenIDs }

    public var facts: NetworkFacts {
        let facts = text.facts
        return NetworkFacts(
            family: encoder.family, vocabularySize: facts.vocabularySize, contextLength: facts.contextLength,
            layerCount: facts.layerCount, hiddenSize: facts.hiddenSize, cacheType: facts.cacheType,
            cacheByteCountPerToken: facts.cacheByteCountPerToken,
            workspaceByteCount: facts.workspaceByteCount + encoder.workspaceByteCount)
    }

    public func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> any EncodedPicture {
        var picture = try encoder.encode(pixels, pool: pool)
        picture.maker = ObjectIdentifier(self)
        return picture
    }

    public func input(_ parts: [PromptPart]) throws(ModelError) -> SequenceInput {
        var input = SequenceInput()
        for part in parts {
            switch part {
            case .tokens(let tokens): input.append(tokens)
            case .picture(let picture):
                guard let picture = picture as? PictureRows, picture.maker == ObjectIdentifier(self) else {
                    throw .misuse("the picture was encoded by another model; encode it with the one that answers")
                }
                for piece in picture.pieces {
                    switch piece {
                    case .tokens(let tokens): input.append(tokens)
                    case .rows(let rows): input.append(rows: rows, standingFor: pictureMark.token ?? 0)
                    }
                }
            }
        }
        return input
    }

    public func makeContext(
        capacity: Int, adapter: LoRAAdapter?, kv: DType?, pool: StoragePool
    ) throws(ModelError) -> any DecodingContext {
        let context: TextContext = try text.makeContext(capacity: capacity, adapter: adapter, kv: kv, pool: pool)
        return context
    }
}
