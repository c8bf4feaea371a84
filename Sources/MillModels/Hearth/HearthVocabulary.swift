import MillTensor
import MillValue
import MillWeights

/// The kinds of things in a hearth file, to which more can be added without training.
///
/// ```swift
/// var vocabulary = try HearthVocabulary(path: "hearth.gguf")
/// try vocabulary.add("robot lawn mower", model.prototype(of: pictures).embedding)
/// try vocabulary.write(to: "hearth-garden.gguf")
/// ```
public struct HearthVocabulary: Sendable {
    private static let embeddingName = "item_embed.weight"
    private static let tokenizerKey = "hearth.tokenizer_json"

    private let file: GGUFFile
    /// In the order of their tokens.
    public private(set) var names: [String]
    private var rows: [Float]
    private let width: Int
    private var added: [String] = []
    private let rule: HearthNameRule

    /// Opens a GGUF file of the hearth family.
    public init(path: String) throws(ModelError) {
        let path = try ModelLocation.resolve(path)
        guard !ModelFile.isFolder(path) else {
            throw .notAModel(
                path: path,
                reason: ModelFile.exists("\(path)/config.json")
                    ? "names are added to a GGUF file; run `millrace models convert \(path) -o FILE.gguf` first"
                    : "names are added to a GGUF file, and it is a folder; name the file")
        }
        do {
            file = try GGUFFile(path: path)
            guard try file.architecture == "hearth", let names = try file.metadata.strings("hearth.item_names") else {
                throw ModelError.notAModel(path: path, reason: "only hearth models have an item vocabulary")
            }
            let embedding = try file.tensor(Self.embeddingName)
            guard embedding.dtype == .f32, embedding.shape.count == 2, embedding.shape[0] == names.count else {
                throw ModelError.tensor(path: path, name: Self.embeddingName, problem: "must be F32, one row per item name")
            }
            self.names = names
            width = embedding.shape[1]
            rows = Array(try embedding.floats())
            let states = try file.metadata.strings("hearth.states") ?? []
            let activities = try file.metadata.strings("hearth.activities") ?? []
            rule = HearthNameRule(values: states + activities)
        } catch { throw ModelError(error) }
    }

    /// A name as ``add(_:_:)`` stores it: with letters and their accents in one character (NFC).
    ///
    /// - Throws: ``ModelError/misuse(_:)`` for a name that is taken, whether in small letters or capitals, that cannot be a
    ///   label, or that instructions and answers have for something else (`scene`, `left`).
    public func label(_ name: String) throws(ModelError) -> String { try rule.label(name, taken: names) }

    /// Adds a kind of thing after the others.
    ///
    /// - Parameter embedding: of length 1, as wide as those of the file.
    /// - Throws: ``ModelError/misuse(_:)`` as ``label(_:)`` does.
    public mutating func add(_ name: String, _ embedding: [Float]) throws(ModelError) {
        let name = try label(name)
        guard embedding.count == width else {
            throw .misuse("the embedding has \(embedding.count) numbers; this model's have \(width)")
        }
        names.append(name)
        added.append(name)
        rows += embedding
    }

    /// Writes the file with the added kinds; all other weights stay as they are. It may replace the file that was opened, but
    /// then nobody else may change that one between the two.
    ///
    /// - Parameter isCancelled: asked before each tensor; once it is true, nothing is left of what was written.
    /// - Returns: whether the file was written.
    @discardableResult
    public func write(to path: String, isCancelled: () -> Bool = { false }) throws(ModelError) -> Bool {
        do {
            var writer = GGUFWriter(alignment: file.alignment)
            writer.copyMetadata(of: file)
            try setVocabulary(&writer)
            for info in file.tensorInfos {
                if info.name == Self.embeddingName {
                    try writer.add(info.name, try Tensor(rows, shape: [names.count, width]))
                } else {
                    try writer.add(info.name, try file.tensor(info.name))
                }
            }
            return try writer.write(to: path, isCancelled: isCancelled)
        } catch { throw ModelError(error) }
    }

    /// Names, tokens and the tokenizer's added tokens; item tokens are the last ones.
    private func setVocabulary(_ writer: inout GGUFWriter) throws {
        let metadata = file.metadata
        writer.set("hearth.item_names", names)
        if let size = try metadata.integer("hearth.vocab_size") {
            writer.set("hearth.vocab_size", integer: size + added.count)
        }
        let userDefined: Int32 = 4
        if let tokens = try metadata.strings("tokenizer.ggml.tokens"),
            let types = try metadata.integers("tokenizer.ggml.token_type")
        {
            writer.set("tokenizer.ggml.tokens", tokens + added)
            writer.set("tokenizer.ggml.token_type", types.map { Int32($0) } + added.map { _ in userDefined })
        }
        guard let text = try metadata.string(Self.tokenizerKey) else { return }
        guard case .map(var tokenizer) = try JSON.parse(text), var tokens = tokenizer["added_tokens"]?.list else {
            throw ModelError.configuration(path: file.path, key: Self.tokenizerKey, problem: "has no added_tokens")
        }
        let start = try metadata.requiredInteger("hearth.item_token_start")
        for (offset, name) in added.enumerated() {
            tokens.append([
                "id": .int(start + names.count - added.count + offset), "content": .string(name), "single_word": true,
                "lstrip": false, "rstrip": false, "normalized": false, "special": false,
            ])
        }
        tokenizer["added_tokens"] = .list(tokens)
        writer.set(Self.tokenizerKey, Value.map(tokenizer).json())
    }
}
