import MillValue

/// Turns tokens' texts back into text: the `decoder` of tokenizer.json.
enum TokenDecoder: Sendable, Hashable {
    case sequence([TokenDecoder])
    /// The texts are bytes of UTF-8 already.
    case byteLevel
    case replace([UInt8], with: [UInt8])
    /// `<0xNN>` stands for a byte.
    case byteFallback
    case fuse
    /// Removes up to `left` and `right` occurrences of a character at the ends.
    case strip([UInt8], left: Int, right: Int)
    /// `dropsFirst`: whether the space before the first word was not in the text.
    case metaspace([UInt8], dropsFirst: Bool)
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    /// Without a decoder, tokens are words with spaces between them.
    case words

    init(json: Value?) throws(TokenizerError) {
        guard let json, !json.isNull else {
            self = .words
            return
        }
        let field = "decoder"
        switch json["type"]?.string {
        case "Sequence":
            guard let list = json["decoders"]?.list else { throw .missing(field: "\(field).decoders") }
            self = .sequence(try list.map { entry throws(TokenizerError) in try TokenDecoder(json: entry) })
        case "ByteLevel": self = .byteLevel
        case "ByteFallback": self = .byteFallback
        case "Fuse": self = .fuse
        case "Replace":
            guard let pattern = json["pattern"]?["String"]?.string, !pattern.isEmpty else {
                throw .invalid(field: "\(field).pattern", reason: "it must be a String that is not empty")
            }
            self = .replace(Array(pattern.utf8), with: try Component.text(json, "content", in: field))
        case "Strip":
            self = .strip(
                try Component.text(json, "content", in: field), left: json["start"]?.int ?? 0, right: json["stop"]?.int ?? 0)
        case "Metaspace":
            let isNever = json["prepend_scheme"]?.string.map { $0 == "never" } ?? (json["add_prefix_space"]?.bool == false)
            self = .metaspace(try Component.text(json, "replacement", in: field), dropsFirst: !isNever)
        case "WordPiece":
            self = .wordPiece(prefix: try Component.text(json, "prefix", in: field), cleansUp: json["cleanup"]?.bool ?? true)
        case let type:
            throw .unsupported(
                field: "\(field).type", value: type ?? "nothing",
                supported: "Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, WordPiece")
        }
    }

    /// How many times longer replacements make a text at most.
    var growth: Int {
        switch self {
        case .sequence(let steps): Component.product(steps.map(\.growth))
        case .replace(let pattern, let content): Component.growth(of: pattern, to: content)
        case .byteLevel, .byteFallback, .fuse, .strip, .metaspace, .wordPiece, .words: 1
        }
    }

    /// The text of a sequence of tokens.
    func decode(_ tokens: [[UInt8]]) -> [UInt8] { Array(apply(tokens).joined()) }

    private func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
        switch self {
        case .sequence(let steps): return steps.reduce(tokens) { $1.apply($0) }
        case .byteLevel, .fuse: return [Array(tokens.joined())]
        case .replace(let pattern, let content): return tokens.map { $0.replacing(pattern, with: content) }
        case .byteFallback: return Self.joinBytes(tokens)
        case .strip(let content, let left, let right): return tokens.map { Self.strip($0, content, left, right) }
        case .metaspace(let replacement, let dropsFirst):
            return tokens.enumerated().map { index, token in
                let isDropped = index == 0 && dropsFirst && token.starts(with: replacement)
                return Array(token.dropFirst(isDropped ? replacement.count : 0)).replacing(replacement, with: [0x20])
            }
        case .wordPiece(let prefix, let cleansUp):
            return tokens.enumerated().map { index, token in
                var piece = token
                if index > 0 {
                    let isContinuation = token.starts(with: prefix)
                    piece = isContinuation ? Array(token.dropFirst(prefix.count)) : [0x20] + token
                }
                return cleansUp ? Self.cleanUp(piece) : piece
            }
        case .words: return [Array(tokens.joined(separator: [0x20]))]
        }
    }

    /// Bytes in a row become text; when they are no valid UTF-8, each becomes U+FFFD.
    private static func joinBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var pending: [UInt8] = []
        func flush() {
            guard !pending.isEmpty else { return }
            let isValid = String(validating: pending, as: UTF8.self) != nil
            result += isValid ? [pending] : pending.map { _ in Array("\u{FFFD}".utf8) }
            pending = []
        }
        for token in tokens {
            if let byte = ByteTokens.byte(of: token[...]) {
                pending.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    private static func strip(_ token: [UInt8], _ content: [UInt8], _ left: Int, _ right: Int) -> [UInt8] {
        guard !content.isEmpty else { return token }
        var slice = token[...]
        for _ in 0..<max(left, 0) {
            guard slice.starts(with: content) else { break }
            slice = slice.dropFirst(content.count)
        }
        for _ in 0..<max(right, 0) {
            guard slice.suffix(content.count).elementsEqual(content) else { break }
            slice = slice.dropLast(content.count)
        }
        return Array(slice)
    }

    /// Takes away the spaces that splitting put around English punctuation.
    private static func cleanUp(_ piece: [UInt8]) -> [UInt8] {
        let rules = [
            (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
            (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
        ]
        return rules.reduce(piece) { $0.replacing(Array($1.0.utf8), with: Array($1.1.utf8)) }
    }
}
