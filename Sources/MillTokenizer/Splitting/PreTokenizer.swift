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
    case punctuation(SplitBehavior)
    case expression(SplitExpression, SplitBehavior, isInverted: Bool)
    case text([UInt8], SplitBehavior, isInverted: Bool)

    /// Whether a space is written before the text.
    enum Prepend: Sendable, Hashable { case always, first, never }

    /// Parts of parts, at most.
    private static let maximumDepth = 16

    init?(json: Value?) throws(TokenizerError) {
        guard let json, !json.isNull else { return nil }
        self = try Self.parse(json, depth: 0)
    }

    /// Whether the vocabulary stores bytes in GPT-2's alphabet.
    var isByteLevel: Bool {
        switch self {
        case .byteLevel: true
        case .sequence(let steps): steps.contains { $0.isByteLevel }
        default: false
        }
    }

    private static func parse(_ json: Value, depth: Int) throws(TokenizerError) -> PreTokenizer {
        let field = "pre_tokenizer"
        guard depth < maximumDepth else {
            throw .invalid(field: field, reason: "it is nested deeper than \(maximumDepth) levels")
        }
        switch json["type"]?.string {
        case "Sequence":
            guard let list = json["pretokenizers"]?.list else { throw .missing(field: "\(field).pretokenizers") }
            return .sequence(try list.map { entry throws(TokenizerError) in try parse(entry, depth: depth + 1) })
        case "ByteLevel":
            let prefix = PreTokenizer.byteLevel(addsPrefixSpace: json["add_prefix_space"]?.bool ?? true)
            guard json["use_regex"]?.bool ?? true else { return prefix }
            return .sequence([prefix, .words(WordScanner(family: .gpt2))])
        case "Split": return try split(json, field)
        case "Metaspace": return try metaspace(json, field)
        case "Digits": return .digits(individually: json["individual_digits"]?.bool ?? false)
        case "Whitespace": return try expression(#"\w+|[^\w\s]+"#, .removed, isInverted: true, in: field)
        case "WhitespaceSplit": return .whitespace(punctuation: false)
        case "BertPreTokenizer": return .whitespace(punctuation: true)
        case "Punctuation": return .punctuation(try SplitBehavior(json["behavior"], in: "\(field).behavior"))
        case "CharDelimiterSplit":
            return .text(try Component.text(json, "delimiter", in: field), .removed, isInverted: false)
        case let type:
            throw .unsupported(
                field: "\(field).type", value: type ?? "nothing",
                supported: "Sequence, Split, ByteLevel, Metaspace, Digits, Whitespace, WhitespaceSplit, BertPreTokenizer, "
                    + "Punctuation, CharDelimiterSplit")
        }
    }

    private static func split(_ json: Value, _ field: String) throws(TokenizerError) -> PreTokenizer {
        let behavior = try SplitBehavior(json["behavior"], in: "\(field).behavior")
        let isInverted = json["invert"]?.bool ?? false
        if let text = json["pattern"]?["String"]?.string {
            guard !text.isEmpty else { throw .invalid(field: "\(field).pattern", reason: "the String is empty") }
            return .text(Array(text.utf8), behavior, isInverted: isInverted)
        }
        guard let pattern = json["pattern"]?["Regex"]?.string else {
            throw .unsupported(
                field: "\(field).pattern", value: json["pattern"]?.json() ?? "nothing", supported: "String, Regex")
        }
        return try expression(pattern, behavior, isInverted: isInverted, in: "\(field).pattern")
    }

    /// A split by a regular expression, in a form made for it where there is one.
    static func expression(
        _ pattern: String, _ behavior: SplitBehavior, isInverted: Bool, in field: String
    ) throws(TokenizerError) -> PreTokenizer {
        // In the texts that the scanners know every character belongs to a match.
        if behavior == .isolated || behavior == .removed && isInverted, let scanner = WordScanner(pattern: pattern) {
            return .words(scanner)
        }
        do throws(SplitExpression.SyntaxError) {
            return .expression(try SplitExpression(pattern), behavior, isInverted: isInverted)
        } catch {
            throw .invalid(field: field, reason: "the regular expression \(pattern): \(error.message)")
        }
    }

    private static func metaspace(_ json: Value, _ field: String) throws(TokenizerError) -> PreTokenizer {
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
        return .metaspace(replacement: replacement, prepends: prepends, splits: json["split"]?.bool ?? true)
    }
}
