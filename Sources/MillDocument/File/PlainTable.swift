/// Tables in text files.
enum PlainTable {
    /// Lines such as `| a | b |`, the second of which separates the header; nil where nearly all of the grid would be empty, as with
    /// a line of thousands of bars among many short ones.
    static func piped(_ lines: [PlainLine], isMarkdown: Bool) -> DocumentTable? {
        let rows = ([lines[0]] + lines.dropFirst(2)).map { row in
            cells(row).map { isMarkdown ? MarkdownMarks.removed(from: $0) : $0 }
        }
        let widest = rows.map(\.count).max() ?? 0
        guard widest * rows.count <= emptiest * (rows.reduce(0) { $0 + $1.count } + 1000) else { return nil }
        return table(rows, isRuled: true)
    }

    /// How many places of a grid there may be for each of its cells.
    private static let emptiest = 20

    /// Lines whose cells stand two blanks or more apart.
    static func aligned(_ lines: [PlainLine]) -> DocumentTable { table(lines.map(columns), isRuled: false) }

    /// Whether a line such as `|---|:--:|` separates a header from its table.
    static func isDelimiter(_ line: PlainLine) -> Bool {
        let text = line.text.filter { !$0.isWhitespace }
        return text.contains("|") && text.contains("-") && text.allSatisfy { "|-:".contains($0) }
    }

    /// The parts of a line that two blanks or more separate.
    static func columns(_ line: PlainLine) -> [PlainLine] {
        var parts: [PlainLine] = []
        var start: Int?
        var blanks = 0
        for (index, character) in line.characters.enumerated() {
            if character.scalar.properties.isWhitespace {
                blanks += 1
                if blanks == 2, let from = start {
                    parts.append(line.part(from..<index))
                    start = nil
                }
            } else {
                if start == nil { start = index }
                blanks = 0
            }
        }
        if let from = start { parts.append(line.part(from..<line.characters.count)) }
        return parts
    }

    private static func cells(_ line: PlainLine) -> [PlainLine] {
        var cells: [PlainLine] = []
        var start = 0
        var previous: Unicode.Scalar?
        for (index, character) in line.characters.enumerated() {
            if character.scalar == "|", previous != "\\" {
                cells.append(line.part(start..<index))
                start = index + 1
            }
            previous = character.scalar
        }
        cells.append(line.part(start..<line.characters.count))
        if cells.first?.isBlank == true { cells.removeFirst() }
        if cells.last?.isBlank == true { cells.removeLast() }
        return cells
    }

    private static func table(_ rows: [[PlainLine]], isRuled: Bool) -> DocumentTable {
        var cells: [DocumentTable.Cell] = []
        for (row, parts) in rows.enumerated() {
            for (column, part) in parts.enumerated() where !part.isBlank {
                cells.append(DocumentTable.Cell(row: row, column: column, text: part.placed))
            }
        }
        let firstColumn = rows.dropFirst().compactMap { $0.first?.text }
        let namedRows = firstColumn.count { text in text.contains { $0.isLetter } }
        return DocumentTable(
            rowCount: rows.count, columnCount: rows.map(\.count).max() ?? 0, headerRowCount: rows.count > 1 ? 1 : 0,
            headerColumnCount: 2 * namedRows > firstColumn.count ? 1 : 0, cells: cells, isRuled: isRuled)
    }
}

/// The signs of Markdown within a line that are not to be read.
enum MarkdownMarks {
    static func removed(from line: PlainLine) -> PlainLine {
        let scalars = line.characters.map(\.scalar)
        var removed: Set<Int> = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\\", index + 1 < scalars.count, scalars[index + 1].properties.isSign {
                removed.insert(index)
                index += 1
            } else if scalar == "`" {
                removed.insert(index)
            } else if scalar == "*" || scalar == "_" {
                if isEmphasis(scalars, index) { removed.insert(index) }
            } else if scalar == "]", index + 1 < scalars.count, scalars[index + 1] == "(" {
                link(scalars, at: index, &removed)
            }
            index += 1
        }
        return line.without(removed)
    }

    /// Two of them always; one where a word begins or ends beside it.
    private static func isEmphasis(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        let sign = scalars[index]
        let before = index > 0 ? scalars[index - 1] : " "
        let after = index + 1 < scalars.count ? scalars[index + 1] : " "
        if before == sign || after == sign { return true }
        return before.properties.isWhitespace != after.properties.isWhitespace
            && !(before.properties.isWhitespace && after == " ")
    }

    /// Of `[text](address)` the text stays.
    private static func link(_ scalars: [Unicode.Scalar], at close: Int, _ removed: inout Set<Int>) {
        guard let end = scalars[close...].firstIndex(of: ")"), let open = scalars[..<close].lastIndex(of: "[") else { return }
        for index in close...end { removed.insert(index) }
        removed.insert(open)
        if open > 0, scalars[open - 1] == "!" { removed.insert(open - 1) }
    }
}

extension Unicode.Scalar.Properties {
    /// Whether it is punctuation or a symbol.
    fileprivate var isSign: Bool {
        switch generalCategory {
        case .dashPunctuation, .openPunctuation, .closePunctuation, .otherPunctuation, .connectorPunctuation, .mathSymbol,
            .currencySymbol, .modifierSymbol, .otherSymbol:
            true
        default: false
        }
    }
}
