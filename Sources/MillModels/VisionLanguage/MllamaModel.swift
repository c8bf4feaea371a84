import MillImage
import MillTensor

/// Llama 3.2 Vision: a text model some of whose layers look at pictures beside the sequence, in which one token stands for each.
public final class MllamaModel: VisionLanguageModel {
    public let text: TextModel
    let tower: MllamaTower
    private let tiling: CanvasTiling
    public let pictureMark: PictureMark

    /// What prompts write for a picture.
    static let mark = "<|image|>"

    init(_ text: TextModel, _ tower: MllamaTower, _ tiling: CanvasTiling, token: Int32) {
        self.text = text
        self.tower = tower
        self.tiling = tiling
        pictureMark = PictureMark(text: Self.mark, token: token, beginsWithToken: true)
    }

    public var textModel: TextModel? { text }
    public var vocabularySize: Int { text.vocabularySize }
    public var contextLength: Int { text.contextLength }
    public var endTokenIDs: [Int32] { text.endTokenIDs }

    public var facts: NetworkFacts {
        text.facts.ofPictureModel(VisionLanguageFamily.mllama.rawValue, workspace: tower.workspaceByteCount)
    }

    public func encode(_ pixels: Tensor, pool: StoragePool) throws(ModelError) -> any EncodedPicture {
        let (shape, tiles) = try tiles(of: pixels, pool: pool)
        return try picture(tiles, shape, pool: pool)
    }

    /// A picture's tiles, normalised, F32 `[3, side, side]`.
    func tiles(of pixels: Tensor, pool: StoragePool) throws(ModelError) -> (shape: TileShape, tiles: [Tensor]) {
        let (shape, tiles) = try tiling.cut(pixels, pool: pool)
        let preprocessor = tower.configuration.tower.preprocessor
        return (
            shape,
            try tiles.map { tile throws(ModelError) in
                do throws(ImageError) { return try preprocessor(tile, pool: pool) } catch { throw .image(error) }
            }
        )
    }

    /// What tiles that were resized and normalised are to the text side: rows, and their keys and values for each layer that
    /// looks at them.
    package func picture(
        _ tiles: [Tensor], rows: Int, columns: Int, pool: StoragePool = .default, tap: LayerTap? = nil
    ) throws(ModelError) -> SidePicture {
        try picture(tiles, TileShape(rows: rows, columns: columns), pool: pool, tap: tap)
    }

    func picture(
        _ tiles: [Tensor], _ shape: TileShape, pool: StoragePool, tap: LayerTap? = nil
    ) throws(ModelError) -> SidePicture {
        let (rows, seenCount) = try tower.run(tiles, shape, pool: pool, tap: tap)
        return SidePicture(
            rows: rows, seenCount: seenCount, memory: try text.lookedUp([rows], pool: pool), maker: ObjectIdentifier(self))
    }

    public func input(_ parts: [PromptPart]) throws(ModelError) -> SequenceInput {
        var input = SequenceInput()
        for part in parts {
            switch part {
            case .tokens(let tokens): input.append(tokens)
            case .picture(let picture):
                guard let picture = picture as? SidePicture, picture.maker == ObjectIdentifier(self) else {
                    throw .misuse(PictureRows.foreign)
                }
                input.append(picture, token: pictureMark.token ?? 0)
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
