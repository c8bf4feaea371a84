/// The tokens of a whole report and what the rules say about each.
struct LedgerFeatures: Sendable {
    let text: LedgerText
    let tokens: [LedgerToken]
    private(set) var flags: [LedgerFlagSet]
    /// The lines that have a `|`, as stretches of tokens.
    private var rows: [Range<Int>] = []

    /// Tokens within which a repeated word counts as repeated.
    private static let near = 256

    init(_ text: LedgerText, _ columns: LedgerFlagColumns, _ lexicons: LedgerLexicons) {
        self.text = text
        tokens = text.tokens()
        flags = [LedgerFlagSet](repeating: 0, count: tokens.count)
        markLines(columns)
        for index in tokens.indices { flags[index] |= form(index, columns, lexicons) }
        markPhrases(lexicons)
        markRepetitions(columns)
        mark(LedgerPatterns.date.matches(in: text.lower), columns[.date])
        mark(LedgerPatterns.period.matches(in: text.lower), columns[.period])
    }

    private func scalar(_ token: LedgerToken) -> Unicode.Scalar { text.scalars[token.start] }

    private func isOnly(_ scalar: Unicode.Scalar, _ index: Int) -> Bool {
        tokens.indices.contains(index) && tokens[index].kind == .other && text.scalars[tokens[index].start] == scalar
    }

    /// What follows from the line that a token is in, and from brackets.
    private mutating func markLines(_ columns: LedgerFlagColumns) {
        rows = rowRanges()
        var (line, cells, isInBrackets, row) = (0, 0, false, 0)
        for (index, token) in tokens.enumerated() {
            let isStart = index == 0 || tokens[index - 1].kind == .lineFeed
            if isStart { cells = 0 }
            if token.kind == .other {
                switch scalar(token) {
                case "(", "[", "{", "（", "【", "《": isInBrackets = true
                case ")", "]", "}", "）", "】", "》": isInBrackets = false
                case "|": cells += 1
                default: break
                }
            } else if token.kind == .lineFeed {
                isInBrackets = false
            }
            var found: LedgerFlagSet = 0
            if isStart { found |= columns[.lineStart] }
            while row < rows.count, rows[row].upperBound <= index { row += 1 }
            if row < rows.count, rows[row].contains(index) { found |= columns[.row] | (cells == 0 ? columns[.firstCell] : 0) }
            if line == 0 { found |= columns[.firstLine] }
            if line < 4 { found |= columns[.openingLines] }
            if isInBrackets { found |= columns[.inBrackets] }
            flags[index] |= found
            if token.kind == .lineFeed { line += 1 }
        }
    }

    private func rowRanges() -> [Range<Int>] {
        var (rows, start, isRow): ([Range<Int>], Int, Bool) = ([], 0, false)
        for (index, token) in tokens.enumerated() {
            if isOnly("|", index) { isRow = true }
            guard token.kind == .lineFeed || index == tokens.count - 1 else { continue }
            if isRow { rows.append(start..<index + 1) }
            (start, isRow) = (index + 1, false)
        }
        return rows
    }

    /// Whether a token stands in a row of a table.
    func isInRow(_ index: Int) -> Bool {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].upperBound <= index { low = middle + 1 } else { high = middle }
        }
        return low < rows.count && rows[low].contains(index)
    }

    /// What follows from the token and its neighbours.
    private func form(_ index: Int, _ columns: LedgerFlagColumns, _ lexicons: LedgerLexicons) -> LedgerFlagSet {
        let token = tokens[index]
        var found: LedgerFlagSet = 0
        let before = index > 0 ? tokens[index - 1] : nil
        let after = index + 1 < tokens.count ? tokens[index + 1] : nil
        if let before, before.end < token.start { found |= columns[.spaceBefore] }
        if let before, before.end == token.start, isOnly(".", index - 1) || isOnly(":", index - 1) { found |= columns[.afterDot] }
        if let after, after.start == token.end, isOnly(".", index + 1) || isOnly(":", index + 1) { found |= columns[.beforeDot] }
        switch token.kind {
        case .lineFeed: found |= columns[.newline]
        case .chinese: found |= columns[.chinese]
        case .number:
            found |= form(of: LedgerNumber(text, token), columns)
            if isOnly("%", index + 1) { found |= columns[.percentAfter] }
            if let after, lexicons.contains(after.range, in: text, lexicons.unit) { found |= columns[.unitAfter] }
            if let before, lexicons.contains(before.range, in: text, lexicons.currency) { found |= columns[.currencyBefore] }
        case .word:
            found |= form(ofWord: token, columns) | lexicons.flags(ofWord: token.range, in: text)
        case .other: found |= lexicons.flags(ofWord: token.range, in: text)
        }
        return found
    }

    private func form(of number: LedgerNumber, _ columns: LedgerFlagColumns) -> LedgerFlagSet {
        var found = columns[.number]
        if number.isSigned { found |= columns[.signed] }
        if number.isDecimal { found |= columns[.decimal] }
        if number.isGrouped { found |= columns[.grouped] }
        if number.isYear { found |= columns[.year] }
        if !number.isDecimal, !number.isGrouped {
            switch number.wholeCount {
            case ...2: found |= columns[.digits1to2]
            case 3: found |= columns[.digits3]
            case 4: found |= columns[.digits4]
            case 5: found |= columns[.digits5]
            case 6: found |= columns[.digits6]
            default: found |= columns[.digitsMore]
            }
        }
        return found
    }

    private func form(ofWord token: LedgerToken, _ columns: LedgerFlagColumns) -> LedgerFlagSet {
        let word = text.scalars[token.range]
        var found: LedgerFlagSet = scalar(token).isUpper ? columns[.capital] : 0
        // Letters of scripts without case stand beside upper-case ones as they do beside others.
        let isUpper =
            word.contains(where: \.isUpper)
            && word.allSatisfy { !$0.isLower && $0.properties.generalCategory != .titlecaseLetter }
        if isUpper, word.count > 1 { found |= columns[.upper] }
        if isUpper, word.count <= 5 { found |= columns[.upperShort] }
        return found
    }

    private mutating func markPhrases(_ lexicons: LedgerLexicons) {
        var index = 0
        while index < tokens.count {
            guard tokens[index].kind == .chinese else {
                index += 1
                continue
            }
            var end = index + 1
            while end < tokens.count, tokens[end].kind == .chinese, tokens[end - 1].end == tokens[end].start { end += 1 }
            lexicons.markPhrases(tokens[index].start..<tokens[end - 1].end, in: text, &flags[index..<end])
            index = end
        }
    }

    /// Capitalised words and pairs of Chinese characters that occur again nearby, or that the first line has.
    private mutating func markRepetitions(_ columns: LedgerFlagColumns) {
        struct Seen {
            let first: Range<Int>
            var last: Range<Int>
            let isInTitle: Bool
        }
        var seen: [ArraySlice<Unicode.Scalar>: Seen] = [:]
        var (line, title) = (0, -1)
        for (index, token) in tokens.enumerated() {
            if token.kind == .lineFeed {
                line += 1
                continue
            }
            if title < 0 { title = line }
            guard let (key, group) = key(at: index) else { continue }
            guard let before = seen[key] else {
                seen[key] = Seen(first: group, last: group, isInTitle: line == title)
                continue
            }
            if group.lowerBound - before.last.lowerBound <= Self.near {
                for token in [before.last, group].joined() { flags[token] |= columns[.repeated] }
            }
            if before.isInTitle {
                for token in [before.first, group].joined() { flags[token] |= columns[.inTitle] }
            }
            seen[key]?.last = group
        }
    }

    /// What is looked for elsewhere, and the tokens that it is made of.
    private func key(at index: Int) -> (ArraySlice<Unicode.Scalar>, Range<Int>)? {
        let token = tokens[index]
        if token.kind == .word, token.range.count > 2, scalar(token).isUpper {
            return (text.lower[token.range], index..<index + 1)
        }
        guard token.kind == .chinese, index + 1 < tokens.count else { return nil }
        let next = tokens[index + 1]
        guard next.kind == .chinese, next.start == token.end else { return nil }
        return (text.lower[token.start..<next.end], index..<index + 2)
    }

    /// Marks the tokens that overlap a match.
    private mutating func mark(_ matches: [Range<Int>], _ flag: LedgerFlagSet) {
        var index = 0
        for match in matches {
            while index < tokens.count, tokens[index].end <= match.lowerBound { index += 1 }
            var other = index
            while other < tokens.count, tokens[other].start < match.upperBound {
                flags[other] |= flag
                other += 1
            }
        }
    }
}
