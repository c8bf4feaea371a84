extension LayoutLine {
    /// Its words with blanks where there are blanks.
    var plainText: String {
        var text = ""
        for index in words.indices {
            if index > 0, hasBlank(before: index) { text += " " }
            text += words[index].text
        }
        return text
    }

    /// Full-width marks, which have blanks of their own.
    private static let marks: Set<Character> = Set("，。、；：！？（）【】《》「」『』")

    /// Whether a blank parts the word from the one before it: beside Chinese characters only a gap is one.
    func hasBlank(before index: Int) -> Bool {
        let (word, next) = (words[index - 1], words[index])
        let isWide = word.text.unicodeScalars.last?.isFullWidth ?? false
        let isNextWide = next.text.unicodeScalars.first?.isFullWidth ?? false
        guard isWide || isNextWide else { return true }
        // Recognition cuts Chinese into words of its own.
        let isSure = word.confidence == 1 && next.confidence == 1
        if !isSure, word.text.last.map(Self.marks.contains) ?? false || next.text.first.map(Self.marks.contains) ?? false {
            return false
        }
        if isSure { return gap(after: index - 1) > (isWide && isNextWide ? 0.2 : 0.12) * min(word.size, next.size) }
        return gap(after: index - 1) > (isWide && isNextWide ? 0.7 : 0.5) * max(word.size, next.size)
    }
}

extension LayoutWord {
    fileprivate var isChineseStart: Bool { text.unicodeScalars.first?.isFullWidth ?? false }
    fileprivate var isChineseEnd: Bool { text.unicodeScalars.last?.isFullWidth ?? false }
}

/// Joins lines to the text of a block.
struct TextJoiner {
    /// Which words the document has, whole and with hyphens, in lower case.
    var words: Set<String> = []
    /// Whether blanks are put between Chinese and other letters.
    var partsScripts = false

    /// Learns from how lines are written.
    mutating func learn(_ lines: [LayoutLine]) {
        for line in lines {
            for (index, word) in line.words.enumerated() {
                if index > 0, word.isChineseStart != line.words[index - 1].isChineseEnd {
                    scriptChanges.total += 1
                    if line.hasBlank(before: index) { scriptChanges.parted += 1 }
                }
                if word.shape.fullWidth > 0, word.shape.fullWidth < word.shape.count { scriptChanges.total += 1 }
                guard word.shape.letters > 3 else { continue }
                // What ends a line may be half a word.
                if index + 1 == line.words.count, word.text.last.map({ "-\u{2010}".contains($0) }) ?? false { continue }
                words.insert(TextJoiner.letters(word.text).lowercased())
            }
        }
        partsScripts = 2 * scriptChanges.parted > scriptChanges.total
    }

    private var scriptChanges = (parted: 0, total: 0)

    /// What the lines say; each word knows its place.
    func text(_ lines: [LayoutLine]) -> PlacedText {
        var result = PlacedText()
        for (index, line) in lines.enumerated() {
            var dropsHyphen = false
            if index > 0 {
                let last = lines[index - 1].words[lines[index - 1].words.count - 1].text
                if hasBlank(between: last, line.words[0].text) { result.append(" ") }
            }
            if index + 1 < lines.count, let last = line.words.last {
                dropsHyphen = isHyphenated(last.text, lines[index + 1].words[0].text)
            }
            for (position, word) in line.words.enumerated() {
                if position > 0, line.hasBlank(before: position) { result.append(" ") }
                let isLast = position + 1 == line.words.count
                let text = isLast && dropsHyphen ? String(word.text.dropLast()) : word.text
                result.append(text, at: word.place, confidence: word.confidence)
            }
        }
        return result
    }

    /// Whether a blank stands between the last word of a line and the first of the next.
    private func hasBlank(between last: String, _ next: String) -> Bool {
        guard let end = last.unicodeScalars.last, let start = next.unicodeScalars.first else { return false }
        if end.isFullWidth != start.isFullWidth {
            let other = end.isFullWidth ? start : end
            let wide = end.isFullWidth ? end : start
            return partsScripts
                && (other.properties.isAlphabetic || other.properties.numericType != nil || "()".unicodeScalars.contains(other))
                && wide.properties.isAlphabetic
        }
        if end.isFullWidth { return false }
        guard Self.isHyphen(end), let before = last.unicodeScalars.dropLast().last else { return true }
        // `year-on-` and `year`, `2023-` and `24` stay together.
        return
            !(before.properties.isAlphabetic && start.properties.isAlphabetic
            || before.properties.numericType != nil && start.properties.numericType != nil)
    }

    private static func isHyphen(_ scalar: Unicode.Scalar) -> Bool { scalar == "-" || scalar == "\u{2010}" || scalar == "\u{AD}" }

    /// Whether the hyphen at the end of a line is only there because the line ends.
    private func isHyphenated(_ last: String, _ next: String) -> Bool {
        guard let end = last.unicodeScalars.last, Self.isHyphen(end), let start = next.unicodeScalars.first,
            start.properties.isLowercase, let before = last.unicodeScalars.dropLast().last, before.properties.isAlphabetic
        else { return false }
        if end == "\u{AD}" { return true }
        let head = Self.letters(String(last.dropLast())).lowercased()
        let tail = Self.letters(next).lowercased()
        if words.contains(head + tail) { return true }
        if words.contains(head + "-" + tail) { return false }
        if head.contains("-") || tail.contains("-") { return false }
        return !Self.heads.contains(head) && !Self.tails.contains(tail)
    }

    /// Without the marks around a word.
    static func letters(_ word: String) -> String {
        let isInside: (Character) -> Bool = { $0.isLetter || $0 == "-" }
        guard let first = word.firstIndex(where: isInside), let last = word.lastIndex(where: isInside) else { return "" }
        return String(word[first...last])
    }

    /// What compounds begin and end with.
    private static let heads: Set<String> = [
        "non", "self", "long", "short", "mid", "year", "quarter", "month", "half", "high", "low", "well", "cross", "first",
        "second", "third", "one", "two",
        "three", "four", "full", "end", "state", "risk", "cost", "cash", "market", "double", "single", "ex", "post", "pre",
        "large", "small", "fixed", "asset",
        "third", "top", "on", "off", "so", "better", "worse", "higher", "lower", "fast", "slow", "sell", "buy", "value", "data",
        "industry", "price", "profit",
    ]
    private static let tails: Set<String> = [
        "based", "term", "related", "owned", "wide", "over", "end", "free", "driven", "led", "scale", "off", "up", "on", "year",
        "quarter", "month", "half",
        "date", "to", "in", "out", "than", "the", "sized", "level", "known", "held", "traded", "backed", "linked", "time",
        "party", "weighted", "adjusted",
    ]
}
