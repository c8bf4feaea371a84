/// Names of people in a cell or line.
enum People {
    /// The parts between commas, slashes and line ends that look like names: no digits, no signs of mail.
    static func names(in text: FoldedText) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        for place in 0...text.count {
            let scalar = text[place]
            let isHanBlank = scalar == " " && text[place - 1]?.isHan == true && text[place + 1]?.isHan == true
            guard
                scalar == nil || scalar == "," || scalar == ";" || scalar == "/" || scalar == "、" || scalar == "|"
                    || scalar == "\n" || isHanBlank
            else { continue }
            let range = FieldValueReader.plain(text, start..<place)
            start = place + 1
            guard !range.isEmpty else { continue }
            let words = text.folded(range)
            // `CFA` after a comma belongs to the name before.
            if ["cfa", "phd", "cpa", "ph.d.", "frm", "caia", "acca"].contains(words), let last = found.last {
                found[found.count - 1] = last.lowerBound..<range.upperBound
            } else if isName(text, range) {
                found.append(range)
            }
        }
        return found
    }

    static func isName(_ text: FoldedText, _ range: Range<Int>) -> Bool {
        let scalars = text.scalars[range]
        guard !scalars.contains(where: { $0.isASCIIDigit || $0 == "@" || $0 == "+" || $0 == ":" || $0 == "%" || $0 == "(" })
        else { return false }
        let han = scalars.filter(\.isHan).count
        if han == scalars.filter({ $0 != " " }).count { return (2...4).contains(han) }
        let words = text.original(range).split(separator: " ")
        return (2...6).contains(words.count)
            && words.allSatisfy {
                $0.first?.isUppercase == true || ["de", "van", "von", "der", "da", "di", "la"].contains($0)
                    || $0.unicodeScalars.allSatisfy(\.isHan)
            }
    }

    /// A name with the parts that a reader cut off: `-Lind`, `, CFA`, the Chinese name after the Latin one.
    static func whole(_ range: Range<Int>, in text: FoldedText) -> Range<Int> {
        var end = range.upperBound
        if text[end] == "-", text[end + 1]?.isLatinLetter == true {
            end += 1
            while let scalar = text[end], scalar.isLatinLetter { end += 1 }
        }
        let next = text[end] == "," ? text.afterBlanks(end + 1) : text.afterBlanks(end)
        for title in ["cfa", "phd", "cpa", "frm", "ph.d."] { if let after = text.after(title, at: next) { return range.lowerBound..<after } }
        return range.lowerBound..<end
    }
}
