import MillDocument

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
            let range = FieldValueReader.plain(text, withoutContact(FieldValueReader.plain(text, start..<place), in: text))
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

    /// The words before a telephone number, an address or a licence.
    private static func withoutContact(_ range: Range<Int>, in text: FoldedText) -> Range<Int> {
        guard let sign = text.scalars[range].firstIndex(where: { $0.isASCIIDigit || $0 == "@" || $0 == "+" || $0 == "(" }) else {
            return range
        }
        var end = sign
        while end > range.lowerBound, text[end - 1] != " " { end -= 1 }
        let words = text.original(range.lowerBound..<end).split(separator: " ")
        // `祁远 S1090521110021`
        let isChinese = words.count == 1 && words[0].count <= 4 && words[0].unicodeScalars.allSatisfy(\.isHan)
        return isChinese || (2...4).contains(words.count) ? range.lowerBound..<end : range
    }

    /// Headings that are as short as names.
    private static let headings: Set<String> = [
        "相关报告", "风险提示", "投资要点", "基础数据", "主要数据", "估值", "展望", "风险", "联系人", "核心观点", "盈利预测", "市场数据", "公司研究", "行业研究", "证券研究",
        "why now", "key data", "price chart",
        "what has changed", "investment view", "at a glance", "related research", "key risks", "investment case", "fund facts",
    ]

    /// Words of titles and lines of headers that are no part of names.
    private static let titleWords: Set<String> = [
        "update", "commentary", "action", "note", "notes", "preview", "review", "report", "results", "equity", "daily", "weekly",
        "monthly", "outlook", "strategy", "initiation", "research", "company", "rating", "securities", "sector", "industry",
        "flash",
        "first", "take", "morning", "quarterly", "interim", "annual", "components", "equities",
    ]

    /// The lines of a text, by where its words stand.
    static func lines(of source: SourceText) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var last: PagePlace?
        for piece in source.placed.pieces {
            if let before = last, before.page == piece.place.page,
                abs(before.box.middleY - piece.place.box.middleY) < 0.6 * piece.place.box.height, let line = lines.last
            {
                lines[lines.count - 1] = line.lowerBound..<piece.range.upperBound
            } else {
                lines.append(piece.range)
            }
            last = piece.place
        }
        return lines
    }

    /// Names of people that stand in lines of their own.
    static func names(in source: SourceText) -> [Range<Int>] {
        lines(of: source).flatMap { line -> [Range<Int>] in
            let text = FoldedText(source.folded.original(line))
            return names(in: text).map { $0.lowerBound + line.lowerBound..<$0.upperBound + line.lowerBound }
        }
    }

    static func isName(_ text: FoldedText, _ range: Range<Int>) -> Bool {
        let scalars = text.scalars[range]
        guard !scalars.contains(where: { $0.isASCIIDigit || $0 == "@" || $0 == "+" || $0 == ":" || $0 == "%" || $0 == "(" })
        else { return false }
        let han = scalars.filter(\.isHan).count
        guard !Self.headings.contains(text.folded(range)),
            FieldNames.words.match(text, at: range.lowerBound)?.end != range.upperBound
        else { return false }
        if han == scalars.filter({ $0 != " " }).count {
            let words = text.folded(range)
            return (2...4).contains(han)
                && !["报告", "研究", "点评", "行业", "证券", "评级", "分析", "公司", "快报", "跟踪"].contains(where: words.hasSuffix)
        }
        let words = text.original(range).split(separator: " ")
        let latin = words.filter { !$0.unicodeScalars.allSatisfy(\.isHan) }
        // `LRK LN` is a code.
        if Tickers.normalised(text.original(range)) != nil, words.allSatisfy({ $0 == $0.uppercased() }) { return false }
        // Houses that write reports have names of two words, too.
        if CompanyNames.isBroker(text.original(range)) || CompanyNames.hasLegalForm(text.original(range)) { return false }
        guard !words.contains(where: { titleWords.contains($0.lowercased()) }) else { return false }
        guard latin.count >= 2, FieldNames.field(of: FoldedText(text.original(range))) == nil else { return false }
        return (2...6).contains(words.count)
            && words.allSatisfy {
                $0.first?.isUppercase == true || ["de", "van", "von", "der", "da", "di", "la"].contains($0)
                    || $0.unicodeScalars.allSatisfy(\.isHan)
            }
    }

    /// A name with the parts that a reader cut off: `-Lind`, `, CFA`, the Chinese name after the Latin one.
    static func whole(_ range: Range<Int>, in text: FoldedText) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        // One word is half a name.
        if !text.scalars[range].contains(" "), text[start]?.isLatinLetter == true {
            if let word = capitalised(before: start, in: text) {
                start = word
            } else if let word = capitalised(after: end, in: text) {
                end = word
            }
        }
        if text[end] == "-", text[end + 1]?.isLatinLetter == true {
            end += 1
            while let scalar = text[end], scalar.isLatinLetter { end += 1 }
        }
        let next = text[end] == "," ? text.afterBlanks(end + 1) : text.afterBlanks(end)
        for title in ["cfa", "phd", "cpa", "frm", "ph.d."] {
            if let after = text.after(title, at: next) { return start..<after }
        }
        return start..<end
    }

    private static func isCapital(_ text: FoldedText, _ place: Int) -> Bool {
        text[place]?.isLatinLetter == true && text.original[place] != text.scalars[place]
    }

    /// Where the capitalised word right before a place begins.
    private static func capitalised(before place: Int, in text: FoldedText) -> Int? {
        guard text[place - 1] == " " else { return nil }
        var start = place - 1
        while let scalar = text[start - 1], scalar.isLatinLetter || scalar == "-" || scalar == "'" { start -= 1 }
        guard place - 1 - start >= 2, isCapital(text, start), start == 0 || text[start - 1] != " " || text[start - 2] != ".",
            FieldNames.words.match(text, at: start) == nil
        else { return nil }
        return start
    }

    /// Where the capitalised word right after a place ends.
    private static func capitalised(after place: Int, in text: FoldedText) -> Int? {
        guard text[place] == " ", isCapital(text, place + 1) else { return nil }
        var end = place + 1
        while let scalar = text[end], scalar.isLatinLetter || scalar == "-" || scalar == "'" { end += 1 }
        let isTitle = ["cfa", "phd", "cpa", "frm"].contains(text.folded(place + 1..<end))
        return end - place > 2 && !isTitle ? end : nil
    }
}
