import MillValue

/// Splits normalized text into the words that the model encodes one by one: the `pre_tokenizer` of tokenizer.json.
enum PreTokenizer: Sendable, Hashable {
    case sequence([PreTokenizer])
    case words(WordScanner)
    /// The byte-level step; the vocabulary holds bytes already, so what remains is an optional space at the start.
    case byteLevel(addsPrefixSpace: Bool)
    case metaspace(replacement: [UInt8], prepends: Prepend, splits: Bool)
    case digits(individually: Bool)
    /// Cuts at white space and drops it; with `punctuation` also around every punctuation mark.
    case whitespace(punctuation: Bool)
    case punctuation

    /// Whether a space is written before the text.
    enum Prepend: Sendable, Hashable { case always, first, never }

    init?(json: Value?) throws(TokenizerError) {
        guard let json, !json.isNull else { return nil }
        self = try Self.parse(json)
    }

    /// Whether the vocabulary stores bytes in GPT-2's alphabet.
    var isByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps): steps.contains { $0.isByteLevel }
        default: false
        }
    }

    private static func parse(_ json: Value) throws(TokenizerError) -> PreTokenizer {
        let field = "pre_tokenizer"
        switch json["type"]?.string {
        case "Sequence":
            guard let list = json["pretokenizers"]?.list else { throw .missing(field: "\(field).pretokenizers") }
            return .sequence(try list.map { entry throws(TokenizerError) in try parse(entry) })
        case "ByteLevel":
            let prefix = PreTokenizer.byteLevel(addsPrefixSpace: json["add_prefix_space"]?.bool ?? true)
            guard json["use_regex"]?.bool ?? true else { return prefix }
            return .sequence([prefix, .words(WordScanner(family: .gpt2))])
        case "Split": return .words(try WordScanner(split: json, in: field))
        case "Metaspace":
            let prepends: Prepend =
                switch json["prepend_scheme"]?.string {
                case "first": .first
                case "never": .never
                case "always": .always
                default: json["add_prefix_space"]?.bool ?? true ? .always : .never
                }
            let replacement = try Component.text(json, "replacement", in: field)
            guard !replacement.isEmpty, replacement.count <= 16, !replacement.contains(UInt8(ascii: " ")) else {
                throw .invalid(field: "\(field).replacement", reason: "it must be one character other than the space")
            }
            return .metaspace(
                replacement: replacement, prepends: prepends,
                splits: json["split"]?.bool ?? true)
        case "Digits": return .digits(individually: json["individual_digits"]?.bool ?? false)
        case "WhitespaceSplit": return .whitespace(punctuation: false)
        case "BertPreTokenizer": return .whitespace(punctuation: true)
        case "Punctuation":
            guard json["behavior"]?.string ?? "Isolated" == "Isolated" else {
                throw .unsupported(field: "\(field).behavior", value: json["behavior"]?.json() ?? "", supported: "Isolated")
            }
            return .punctuation
        case let type:
            throw .unsupported(
                field: "\(field).type", value: type ?? "nothing",
                supported: "Sequence, Split, ByteLevel, Metaspace, Digits, WhitespaceSplit, BertPreTokenizer, Punctuation")
        }
    }
}
