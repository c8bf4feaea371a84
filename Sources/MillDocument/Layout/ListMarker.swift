/// What stands before the items of lists and the numbers of headings.
struct ListMarker: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case bullet
        /// `1.`, `1)`, `(1)`, `（1）`, `①`, `a)`, `(iv)`.
        case ordinal
        /// `1.2`, `1.2.3`, `第一章`, `一、`, `（一）`: how headings are numbered.
        case section(depth: Int)
    }

    let kind: Kind
    /// As printed.
    let text: String

    private static let bullets: Set<Character> = [
        "•", "●", "○", "■", "□", "▪", "▫", "◆", "◇", "►", "▶", "➢", "➤", "✓", "✔", "·", "‣", "⁃", "∙", "◦", "\u{F0B7}",
        "\u{F0A7}", "\u{F06C}", "\u{F0D8}", "\u{F0FC}",
        "–", "—", "-", "*", "※",
        "▷", "◼", "◾", "❑", "❖", "★", "☆",
    ]

    /// The marker that is the whole word.
    static func isMarker(_ word: String) -> Bool { split(word).map { $0.rest.isEmpty } ?? false }

    /// The marker at the beginning of a text, and what follows.
    static func split(_ text: String) -> (marker: ListMarker, rest: Substring)? {
        guard let first = text.first else { return nil }
        if bullets.contains(first) {
            let rest = text.dropFirst()
            let isDash = "–—-*".contains(first)
            guard rest.isEmpty || !isDash || rest.first == " " else { return nil }
            return (ListMarker(kind: .bullet, text: String(first)), trimmed(rest))
        }
        if let value = first.unicodeScalars.first?.value, (0x2460...0x249B).contains(value) {
            return (ListMarker(kind: .ordinal, text: String(first)), trimmed(text.dropFirst()))
        }
        return chinese(text) ?? enclosed(text) ?? numbered(text)
    }

    private static func trimmed(_ text: Substring) -> Substring { text.drop { $0 == " " || $0 == "\u{3000}" } }

    private static let chineseDigits: Set<Character> = Set("一二三四五六七八九十百")

    /// `一、`, `（一）`, `第一章`.
    private static func chinese(_ text: String) -> (ListMarker, Substring)? {
        var core = Substring(text)
        var open = false
        if let first = core.first, first == "（" || first == "(" {
            open = true
            core = core.dropFirst()
        }
        let isChapter = core.first == "第"
        if isChapter { core = core.dropFirst() }
        let digits = core.prefix { chineseDigits.contains($0) || isChapter && $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count <= 4 else { return nil }
        core = core.dropFirst(digits.count)
        guard let next = core.first else { return nil }
        let closes: Set<Character> = open ? ["）", ")"] : isChapter ? ["章", "节", "節", "部", "编"] : ["、", "．", "."]
        guard closes.contains(next) else { return nil }
        core = core.dropFirst()
        let depth = open ? 2 : isChapter && next != "章" && next != "部" && next != "编" ? 2 : 1
        return (ListMarker(kind: .section(depth: depth), text: String(text.prefix(text.count - core.count))), trimmed(core))
    }

    /// `(1)`, `（1）`, `(a)`, `(iv)`, `1)`, `a)`.
    private static func enclosed(_ text: String) -> (ListMarker, Substring)? {
        var core = Substring(text)
        let isOpen = core.first == "(" || core.first == "（"
        if isOpen { core = core.dropFirst() }
        let name = core.prefix { $0.isASCII && ($0.isNumber || $0.isLowercase) }
        let isName =
            name.allSatisfy(\.isNumber)
            ? name.count <= 2 : name.count == 1 || name.allSatisfy { "ivx".contains($0) } && name.count <= 4
        core = core.dropFirst(name.count)
        guard !name.isEmpty, isName, let close = core.first, close == ")" || close == "）" else { return nil }
        core = core.dropFirst()
        return (ListMarker(kind: .ordinal, text: String(text.prefix(text.count - core.count))), trimmed(core))
    }

    /// `1.`, `1、`, `a.`, `1.2`, `1.2.3.`.
    private static func numbered(_ text: String) -> (ListMarker, Substring)? {
        var core = Substring(text)
        var numbers = 0
        var endsWithDot = false
        while true {
            let digits = core.prefix { $0.isASCII && $0.isNumber }
            guard !digits.isEmpty, digits.count <= 2 else { break }
            numbers += 1
            core = core.dropFirst(digits.count)
            endsWithDot = core.first == "." || core.first == "．" || core.first == "、"
            guard endsWithDot else { break }
            core = core.dropFirst()
        }
        guard numbers > 0, core.isEmpty || core.first == " " || endsWithDot && !(core.first?.isNumber ?? true) else {
            return nil
        }
        let marker = String(text.prefix(text.count - core.count))
        if numbers == 1 { return endsWithDot ? (ListMarker(kind: .ordinal, text: marker), trimmed(core)) : nil }
        return (ListMarker(kind: .section(depth: min(numbers, 6)), text: marker), trimmed(core))
    }
}
