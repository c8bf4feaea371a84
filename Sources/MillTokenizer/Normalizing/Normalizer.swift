import MillValue

/// Rewrites text before it is split: the `normalizer` of tokenizer.json.
enum Normalizer: Sendable, Hashable {
    case sequence([Normalizer])
    case prepend([UInt8])
    case replace([UInt8], with: [UInt8])
    case replaceMatches(SplitExpression, with: [UInt8])
    /// `byCharacter`: the way of the `tokenizers` library, which differs from SentencePiece's in rare cases.
    case characterMap(CharacterMap, byCharacter: Bool)
    /// SentencePiece's white space: runs of spaces become one, and those at the ends go.
    case collapseSpaces
    case unicode(UnicodeForm)
    case lowercase
    case stripAccents
    case strip(left: Bool, right: Bool)
    case bert(cleanText: Bool, chineseCharacters: Bool, stripAccents: Bool, lowercase: Bool)

    init?(json: Value?) throws(TokenizerError) {
        guard let json, !json.isNull else { return nil }
        self = try Self.parse(json, depth: 0)
    }

    /// Parts of parts, at most.
    private static let maximumDepth = 16

    private static func parse(_ json: Value, depth: Int) throws(TokenizerError) -> Normalizer {
        let field = "normalizer"
        guard depth < maximumDepth else {
            throw .invalid(field: field, reason: "it is nested deeper than \(maximumDepth) levels")
        }
        switch json["type"]?.string {
        case "Sequence":
            guard let list = json["normalizers"]?.list else { throw .missing(field: "\(field).normalizers") }
            return .sequence(try list.map { entry throws(TokenizerError) in try parse(entry, depth: depth + 1) })
        case "Prepend": return .prepend(try Component.text(json, "prepend", in: field))
        case "Replace":
            let content = try Component.text(json, "content", in: field)
            if let regex = json["pattern"]?["Regex"]?.string {
                do throws(SplitExpression.SyntaxError) {
                    return .replaceMatches(try SplitExpression(regex), with: content)
                } catch {
                    throw .invalid(field: "\(field).pattern", reason: "the regular expression \(regex): \(error.message)")
                }
            }
            guard let pattern = json["pattern"]?["String"]?.string, !pattern.isEmpty else {
                throw .invalid(field: "\(field).pattern", reason: "it must be a String that is not empty, or a Regex")
            }
            return .replace(Array(pattern.utf8), with: content)
        case "Precompiled":
            // Without a map, null or empty, text stays as it is.
            guard let text = json["precompiled_charsmap"]?.string, !text.isEmpty else { return .sequence([]) }
            let map: [UInt8]
            do { map = try Base64.decode(text) } catch {
                throw .invalid(field: "\(field).precompiled_charsmap", reason: "it is no Base64")
            }
            return .characterMap(try CharacterMap(map, in: "\(field).precompiled_charsmap"), byCharacter: true)
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
                supported:
                    "Sequence, Prepend, Replace, Precompiled, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, BertNormalizer"
            )
        }
    }

    /// How many times longer replacements make a text at most; the other steps are bounded by Unicode.
    var growth: Int {
        switch self {
        case .sequence(let steps): Component.product(steps.map(\.growth))
        case .replace(let pattern, let content): Component.growth(of: pattern, to: content)
        case .replaceMatches(_, let content): max(1, content.count)
        case .characterMap(let map, _): map.growth
        case .prepend(let prefix): max(1, prefix.count)
        case .unicode, .lowercase, .stripAccents, .strip, .collapseSpaces, .bert: 1
        }
    }
}
