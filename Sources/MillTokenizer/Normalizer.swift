import MillValue

/// Rewrites text before it is split: the `normalizer` of tokenizer.json.
enum Normalizer: Sendable, Hashable {
    case sequence([Normalizer])
    case prepend([UInt8])
    case replace([UInt8], with: [UInt8])
    /// Replaces runs of at least `minimum` spaces.
    case replaceSpaces(minimum: Int, with: [UInt8])
    case unicode(UnicodeForm)
    case lowercase
    case stripAccents
    case strip(left: Bool, right: Bool)
    case bert(cleanText: Bool, chineseCharacters: Bool, stripAccents: Bool, lowercase: Bool)

    init?(json: Value?) throws(TokenizerError) {
        guard let json, !json.isNull else { return nil }
        self = try Self.parse(json)
    }

    private static func parse(_ json: Value) throws(TokenizerError) -> Normalizer {
        let field = "normalizer"
        switch json["type"]?.string {
        case "Sequence":
            guard let list = json["normalizers"]?.list else { throw .missing(field: "\(field).normalizers") }
            return .sequence(try list.map { entry throws(TokenizerError) in try parse(entry) })
        case "Prepend": return .prepend(try Component.text(json, "prepend", in: field))
        case "Replace":
            let content = try Component.text(json, "content", in: field)
            if let regex = json["pattern"]?["Regex"]?.string {
                guard regex == " {2,}" else {
                    throw .unsupported(
                        field: "\(field).pattern", value: "the regular expression '\(regex)'", supported: "' {2,}'")
                }
                return .replaceSpaces(minimum: 2, with: content)
            }
            guard let pattern = json["pattern"]?["String"]?.string, !pattern.isEmpty else {
                throw .invalid(field: "\(field).pattern", reason: "it must be a String that is not empty, or a Regex")
            }
            return .replace(Array(pattern.utf8), with: content)
        case "NFC": return .unicode(.composed)
        case "NFD": return .unicode(.decomposed)
        case "NFKC": return .unicode(.compatibilityComposed)
        case "NFKD": return .unicode(.compatibilityDecomposed)
        case "Lowercase": return .lowercase
        case "StripAccents": return .stripAccents
        case "Strip":
            return .strip(left: json["strip_left"]?.bool ?? true, right: json["strip_right"]?.bool ?? true)
        case "BertNormalizer":
            let lowercase = json["lowercase"]?.bool ?? true
            return .bert(
                cleanText: json["clean_text"]?.bool ?? true, chineseCharacters: json["handle_chinese_chars"]?.bool ?? true,
                stripAccents: json["strip_accents"]?.bool ?? lowercase, lowercase: lowercase)
        case let type:
            throw .unsupported(
                field: "\(field).type", value: type ?? "nothing",
                supported: "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, BertNormalizer")
        }
    }

    /// How many times longer replacements make a text at most; the other steps are bounded by Unicode.
    var growth: Int {
        switch self {
        case .sequence(let steps): Component.product(steps.map(\.growth))
        case .replace(let pattern, let content): Component.growth(of: pattern, to: content)
        case .replaceSpaces(let minimum, let content): max(1, (content.count + minimum - 1) / minimum)
        case .prepend(let prefix): max(1, prefix.count)
        case .unicode, .lowercase, .stripAccents, .strip, .bert: 1
        }
    }

    func apply(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .sequence(let steps): steps.reduce(text) { $1.apply($0) }
        case .prepend(let prefix): text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content): text.replacing(pattern, with: content)
        case .replaceSpaces(let minimum, let content): Self.replaceSpaces(text, minimum, content)
        case .unicode(let form): form.apply(text)
        case .lowercase: Self.mapScalars(text) { $0.properties.lowercaseMapping }
        case .stripAccents: Self.filterScalars(text) { $0.properties.generalCategory != .nonspacingMark }
        case .strip(let left, let right): Self.strip(text, left, right)
        case .bert(let cleanText, let chineseCharacters, let stripAccents, let lowercase):
            Self.bert(text, cleanText, chineseCharacters, stripAccents, lowercase)
        }
    }

    private static func replaceSpaces(_ text: [UInt8], _ minimum: Int, _ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var run = 0
        for byte in text {
            if byte == 0x20 {
                run += 1
            } else {
                result += run >= minimum ? content : [UInt8](repeating: 0x20, count: run)
                run = 0
                result.append(byte)
            }
        }
        return result + (run >= minimum ? content : [UInt8](repeating: 0x20, count: run))
    }

    private static func strip(_ text: [UInt8], _ left: Bool, _ right: Bool) -> [UInt8] {
        var scalars = Substring(decoding: text, as: UTF8.self).unicodeScalars
        if left { scalars = scalars.drop { $0.properties.isWhitespace } }
        if right { while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() } }
        return Array(Substring(scalars).utf8)
    }

    private static func bert(
        _ text: [UInt8], _ cleanText: Bool, _ chineseCharacters: Bool, _ stripAccents: Bool, _ lowercase: Bool
    ) -> [UInt8] {
        var text = text
        if cleanText {
            text = filterScalars(text) { $0 != "\0" && $0 != "\u{FFFD}" && !$0.isControl }
            text = mapScalars(text) { $0.properties.isWhitespace ? " " : String($0) }
        }
        if chineseCharacters { text = mapScalars(text) { $0.isChinese ? " \($0) " : String($0) } }
        if stripAccents {
            text = filterScalars(UnicodeForm.decomposed.apply(text)) { $0.properties.generalCategory != .nonspacingMark }
        }
        return lowercase ? mapScalars(text) { $0.properties.lowercaseMapping } : text
    }

    private static func mapScalars(_ text: [UInt8], _ transform: (Unicode.Scalar) -> String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { result += transform(scalar).utf8 }
        return result
    }

    private static func filterScalars(_ text: [UInt8], _ isKept: (Unicode.Scalar) -> Bool) -> [UInt8] {
        var scalars = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars where isKept(scalar) { scalars.append(scalar) }
        return Array(String(scalars).utf8)
    }
}

extension Unicode.Scalar {
    /// What BERT's text cleaning drops; tabs and line breaks count as white space.
    fileprivate var isControl: Bool {
        switch self {
        case "\t", "\n", "\r": return false
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .unassigned, .privateUse, .surrogate: return true
        default: return false
        }
    }

    /// The CJK ideographs that BERT treats as words of their own.
    fileprivate var isChinese: Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }
}
