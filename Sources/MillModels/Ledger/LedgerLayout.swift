/// Where something stands: its line, its sentence, its column.
struct LedgerPlace: Sendable, Hashable {
    let line: Int
    let sentence: Int
    /// How many `|` stand before it in its line.
    let column: Int
}

/// The lines, tables and sentences of a text (`docs/models/ledger.md`, Entities → tuples).
struct LedgerLayout: Sendable {
    struct Line: Sendable {
        let range: Range<Int>
        /// The number of the table that the line is a row of.
        let table: Int?
    }

    let lines: [Line]
    /// The first line of each table.
    let tables: [Int]
    private let text: LedgerText

    init(_ text: LedgerText) {
        self.text = text
        var (lines, tables): ([Line], [Int]) = ([], [])
        var start = 0
        while start <= text.count {
            let end = text.scalars[start...].firstIndex(of: "\n") ?? text.count
            let isRow = text.scalars[start..<end].contains("|")
            if isRow, lines.last?.table == nil { tables.append(lines.count) }
            lines.append(Line(range: start..<end, table: isRow ? tables.count - 1 : nil))
            start = end + 1
        }
        self.lines = lines
        self.tables = tables
    }

    /// Where the given code points stand.
    ///
    /// - Parameter starts: in rising order.
    func places(of starts: [Int]) -> [LedgerPlace] {
        var places: [LedgerPlace] = []
        places.reserveCapacity(starts.count)
        var sentence = 0
        for (number, line) in lines.enumerated() where places.count < starts.count {
            var (column, depth) = (0, 0)
            for place in line.range.lowerBound..<min(line.range.upperBound + 1, text.count) {
                while places.count < starts.count, starts[places.count] <= place {
                    places.append(LedgerPlace(line: number, sentence: sentence, column: column))
                }
                switch text.scalars[place] {
                case "|": column += 1
                case "(", "[": depth += 1
                case ")", "]": depth = max(0, depth - 1)
                default: break
                }
                guard place < line.range.upperBound else { continue }
                if endsSentence(place, isRow: line.table != nil, isInBrackets: depth > 0) { sentence += 1 }
            }
            if !isWrapped(number) { sentence += 1 }
        }
        return places
    }

    private func endsSentence(_ place: Int, isRow: Bool, isInBrackets: Bool) -> Bool {
        switch text.scalars[place] {
        case "!", "?", "。", "！", "？": return !isRow
        case ";", "；": return !isRow && !isInBrackets
        case ".": break
        default: return false
        }
        guard let next = text.scalar(place + 1) else { return !isAbbreviation(place) }
        guard next == " " || next == "\n" || next > "\u{3000}" else { return false }
        return !isAbbreviation(place) && !(next == " " && text.scalar(place + 2)?.isLower == true)
    }

    /// Whether the point closes `vs.`, `rs.` or `no.`.
    private func isAbbreviation(_ place: Int) -> Bool {
        guard let first = text.lower(place - 2) else { return false }
        let second = text.lower[place - 1]
        return (first == "v" || first == "r") && second == "s" || first == "n" && second == "o"
    }

    /// Whether the sentence goes on in the next line.
    private func isWrapped(_ number: Int) -> Bool {
        guard number + 1 < lines.count else { return false }
        let (line, next) = (lines[number], lines[number + 1])
        guard line.table == nil, next.table == nil, let first = next.range.first, let last = line.range.last else { return false }
        switch text.scalars[last] {
        case ".", "!", "?", ";", "。", "！", "？", "；", ":", "：": return false
        default: break
        }
        let begin = text.scalars[first]
        return begin.isLower || begin > "\u{3400}" && line.range.count >= 18 && text.scalars[last] > "\u{3000}"
            || begin.isDigit && line.range.count >= 40
    }
}
