import MillValue

extension Tokenizer {
    /// Reads a `tokenizer.model` as SentencePiece writes it: BPE and Unigram models.
    ///
    /// - Parameters:
    ///   - model: the file, a protocol-buffers message (`ModelProto` of sentencepiece_model.proto).
    ///   - settings: what `tokenizer_config.json` says besides: `add_bos_token`, `add_eos_token`, `added_tokens_decoder`.
    public init(sentencePiece model: [UInt8], settings: Value = .null) throws(TokenizerError) {
        do {
            core = try SentencePieceFile(model[...]).vocabulary(settings).core()
        } catch let error as TokenizerError {
            throw error
        } catch let error as ProtobufReader.Malformed {
            throw .invalid(field: "tokenizer.model", reason: "it is no SentencePiece model (at byte \(error.offset))")
        } catch {
            throw .invalid(field: "tokenizer.model", reason: "\(error)")
        }
    }
}

/// The parts of a SentencePiece model that encoding needs.
private struct SentencePieceFile {
    private var vocabulary = PieceVocabulary(field: "tokenizer.model")
    private var modelType: UInt64 = 1
    private var ids = [Int](arrayLiteral: 0, 1, 2)
    private var escapesSpaces = true
    private var isSuffix = false

    init(_ bytes: ArraySlice<UInt8>) throws {
        vocabulary.collapsesSpaces = true
        var reader = ProtobufReader(bytes)
        while let (field, content) = try reader.next() {
            guard case .bytes(let message) = content else { continue }
            switch field {
            case 1: try readPiece(message)
            case 2: try readTrainer(message)
            case 3: try readNormalizer(message)
            default: continue
            }
        }
        guard !vocabulary.texts.isEmpty else { throw TokenizerError.missing(field: "tokenizer.model's pieces") }
    }

    private mutating func readPiece(_ message: ArraySlice<UInt8>) throws {
        var (text, score, kind) = ([UInt8](), Float(0), PieceVocabulary.Kind.normal)
        var reader = ProtobufReader(message)
        while let (field, content) = try reader.next() {
            switch (field, content) {
            case (1, .bytes(let bytes)): text = Array(bytes)
            case (2, .fixed32(let bits)): score = Float(bitPattern: bits)
            case (3, .integer(let value)): kind = PieceVocabulary.Kind(rawValue: Int(truncatingIfNeeded: value)) ?? .normal
            default: continue
            }
        }
        let index = vocabulary.texts.count
        guard String(validating: text, as: UTF8.self) != nil else {
            throw TokenizerError.invalid(field: "tokenizer.model", reason: "piece \(index) is no UTF-8")
        }
        vocabulary.texts.append(text)
        vocabulary.scores.append(score)
        vocabulary.kinds.append(kind)
    }

    private mutating func readTrainer(_ message: ArraySlice<UInt8>) throws {
        var reader = ProtobufReader(message)
        while let (field, content) = try reader.next() {
            guard case .integer(let value) = content else { continue }
            switch field {
            case 3: modelType = value
            case 24: isSuffix = value != 0
            case 40...42: ids[field - 40] = Int(truncatingIfNeeded: value)
            default: continue
            }
        }
    }

    private mutating func readNormalizer(_ message: ArraySlice<UInt8>) throws {
        var reader = ProtobufReader(message)
        while let (field, content) = try reader.next() {
            switch (field, content) {
            case (2, .bytes(let map)):
                if !map.isEmpty { vocabulary.characterMap = try CharacterMap(Array(map), in: "tokenizer.model's character map") }
            case (3, .integer(let value)): vocabulary.addsSpace = value != 0
            case (4, .integer(let value)): vocabulary.collapsesSpaces = value != 0
            case (5, .integer(let value)): escapesSpaces = value != 0
            default: continue
            }
        }
    }

    func vocabulary(_ settings: Value) throws(TokenizerError) -> PieceVocabulary {
        var result = vocabulary
        switch modelType {
        case 1: result.algorithm = .unigram
        case 2: result.algorithm = .bytePairs
        default:
            throw .unsupported(field: "tokenizer.model's kind", value: "\(modelType)", supported: "1 (Unigram), 2 (BPE)")
        }
        guard escapesSpaces, !isSuffix else {
            throw .unsupported(
                field: "tokenizer.model's white space", value: isSuffix ? "at the end of words" : "unmarked",
                supported: "marked at the start of words")
        }
        result.furtherTokens = try AddedToken.list(settings)
        for token in result.furtherTokens {
            guard Int(token.id) <= result.texts.count + 65_536 else {
                throw .invalid(field: "added_tokens_decoder", reason: "the id \(token.id) is far beyond the number of tokens")
            }
            while result.texts.count <= Int(token.id) {
                result.texts.append(nil)
                result.scores.append(0)
                result.kinds.append(.unused)
            }
            if result.texts[Int(token.id)] == nil { result.texts[Int(token.id)] = Array(token.content.utf8) }
        }
        func id(_ index: Int) -> Int32? { vocabulary.texts.indices.contains(ids[index]) ? Int32(ids[index]) : nil }
        result.unknownID = id(0)
        result.bosID = id(1)
        if let eos = id(2) { result.eosIDs = [eos] }
        // Llama's convention for BPE, T5's for Unigram.
        let isPair = result.algorithm == .bytePairs
        if settings["add_bos_token"]?.bool ?? isPair, let bos = id(1) { result.postProcessor.prefix = [bos] }
        if settings["add_eos_token"]?.bool ?? !isPair, let eos = id(2) { result.postProcessor.suffix = [eos] }
        return result
    }
}

extension AddedToken {
    /// The tokens of `added_tokens_decoder`, by rising id.
    static func list(_ settings: Value) throws(TokenizerError) -> [AddedToken] {
        var result: [AddedToken] = []
        for (id, entry) in settings["added_tokens_decoder"]?.map ?? [:] {
            guard let id = Int32(id), id >= 0, let content = entry["content"]?.string, !content.isEmpty else {
                throw .invalid(field: "added_tokens_decoder.\(id)", reason: "it must have an id and a content")
            }
            result.append(AddedToken(id: id, content: content, flags: entry))
        }
        return result.sorted { $0.id < $1.id }
    }
}
