import MillDocument

/// What stands above a table on its page, whatever the reading order says.
struct TableSurroundings {
    let source: DocumentSource
    /// The item of the table.
    let item: Int

    /// How far above a table its caption and header may stand, in points.
    private static let reach = 64.0

    private var place: PagePlace? { source.document.items[item].places.first }

    /// Lines above the table that share its columns, the nearest first.
    func above() -> [(item: Int, text: SourceText)] {
        guard let place else { return [] }
        var found: [(gap: Double, item: Int)] = []
        for (index, other) in source.document.items.enumerated()
        where index != item && other.text.count > 0 && other.text.count <= 200 {
            switch other.kind {
            case .pageHeader, .pageFooter, .picture: continue
            default: break
            }
            guard let box = other.places.last, box.page == place.page else { continue }
            let gap = place.box.top - box.box.bottom
            let common = min(place.box.right, box.box.right) - max(place.box.left, box.box.left)
            guard gap > -4, gap < Self.reach, common > 0.3 * min(place.box.width, box.box.width) else { continue }
            if other.table != nil, !isHeader(index) { continue }
            // What lies on the other side of a table or picture belongs to that.
            if isBlocked(from: box.box.bottom, to: place.box.top, place) { continue }
            found.append((gap, index))
        }
        return found.sorted { $0.gap < $1.gap }.prefix(4).map { ($0.item, source.source(ofItem: $0.item)) }
    }

    /// Whether an item is a table of a few rows without values: the header of one that was taken for two.
    private func isHeader(_ index: Int) -> Bool {
        guard let table = source.document.items[index].table, table.rowCount <= 4,
            let grid = TableGrid(table, source.cells(ofItem: index, table))
        else { return false }
        // A list of names and dates is no header.
        return !grid.cells.contains { $0.isValue || FieldNames.field(of: $0.folded) != nil }
    }

    private func isBlocked(from top: Double, to bottom: Double, _ place: PagePlace) -> Bool {
        source.document.items.enumerated().contains { index, other in
            guard index != item, other.table != nil, let box = other.places.last, box.page == place.page else { return false }
            let common = min(place.box.right, box.box.right) - max(place.box.left, box.box.left)
            return common > 0 && box.box.middleY > top && box.box.middleY < bottom && !isHeader(index)
        }
    }

    // MARK: Headers that were taken for lines of text

    /// The table with the lines above it as header rows, where it has none of its own and they name its columns.
    ///
    /// - Parameter sources: of the table's cells.
    func withHeader(_ table: DocumentTable, _ sources: [SourceText]) -> (table: DocumentTable, sources: [SourceText])? {
        let columns = columns(of: table)
        guard columns.compactMap({ $0 }).count >= 2 else { return nil }
        var rows: [[HeaderCell]] = []
        for (_, text) in above().prefix(3) {
            guard text.folded.count <= 160 else { break }
            let lines = lines(of: text, columns)
            guard lines.contains(where: { line in line.contains { $0.columns.upperBound > 1 } }) else { break }
            rows.insert(contentsOf: lines, at: 0)
        }
        let periods = PeriodReader()
        let isTelling = rows.contains { row in
            row.contains {
                $0.columns.upperBound > 1 && periods.parts($0.text.folded).contains { $0.year != nil || $0.span != nil }
            }
        }
        guard isTelling else { return nil }
        var cells: [DocumentTable.Cell] = []
        var all: [SourceText] = []
        for (index, row) in rows.enumerated() {
            for cell in row {
                cells.append(
                    DocumentTable.Cell(
                        row: index, column: cell.columns.lowerBound, columnSpan: cell.columns.count, text: cell.text.placed))
                all.append(cell.text)
            }
        }
        for cell in table.cells {
            cells.append(
                DocumentTable.Cell(
                    row: min(max(cell.row, -1), table.rowCount) + rows.count, column: cell.column, rowSpan: cell.rowSpan,
                    columnSpan: cell.columnSpan, text: cell.text))
        }
        let grown = DocumentTable(
            rowCount: table.rowCount + rows.count, columnCount: table.columnCount, headerRowCount: rows.count,
            headerColumnCount: table.headerColumnCount, cells: cells, caption: table.caption, isRuled: table.isRuled)
        return (grown, all + sources)
    }

    /// From where to where the cells of each column stand.
    private func columns(of table: DocumentTable) -> [(left: Double, right: Double)?] {
        guard table.columnCount > 0, table.columnCount <= 200 else { return [] }
        var columns = [(left: Double, right: Double)?](repeating: nil, count: table.columnCount)
        for cell in table.cells where cell.columnSpan <= 1 && columns.indices.contains(cell.column) {
            for piece in cell.text.pieces {
                let box = piece.place.box
                let known = columns[cell.column] ?? (box.left, box.right)
                columns[cell.column] = (min(known.left, box.left), max(known.right, box.right))
            }
        }
        return columns
    }

    /// A phrase above a table and the columns that it stands above.
    private struct HeaderCell {
        var columns: Range<Int>
        let text: SourceText
    }

    /// The phrases of a text by their lines; what stands above several columns spans them.
    private func lines(of text: SourceText, _ columns: [(left: Double, right: Double)?]) -> [[HeaderCell]] {
        var lines: [(middle: Double, words: [PlacedText.Piece])] = []
        for piece in text.placed.pieces {
            let box = piece.place.box
            if let known = lines.firstIndex(where: { abs($0.middle - box.middleY) < 0.6 * box.height }) {
                lines[known].words.append(piece)
            } else {
                lines.append((box.middleY, [piece]))
            }
        }
        return lines.sorted { $0.middle < $1.middle }.map { line in
            var cells: [HeaderCell] = []
            for phrase in Self.phrases(line.words) {
                guard let covered = Self.columns(of: phrase.map(\.place.box), columns) else { continue }
                let words = source(phrase, of: text)
                // One column has one cell in a row.
                if let last = cells.last, last.columns.overlaps(covered) {
                    let start = max(last.columns.upperBound, covered.lowerBound)
                    guard start < covered.upperBound else { continue }
                    cells.append(HeaderCell(columns: start..<covered.upperBound, text: words))
                } else {
                    cells.append(HeaderCell(columns: covered, text: words))
                }
            }
            return cells
        }
    }

    /// Words with no more than a blank between them.
    private static func phrases(_ words: [PlacedText.Piece]) -> [[PlacedText.Piece]] {
        var phrases: [[PlacedText.Piece]] = []
        for word in words.sorted(by: { $0.place.box.left < $1.place.box.left }) {
            if let last = phrases.last?.last, word.place.box.left - last.place.box.right < 0.6 * word.place.box.height {
                phrases[phrases.count - 1].append(word)
            } else {
                phrases.append([word])
            }
        }
        return phrases
    }

    private func source(_ phrase: [PlacedText.Piece], of text: SourceText) -> SourceText {
        var words = PlacedText()
        let scalars = text.folded.original
        for piece in phrase {
            if words.count > 0 { words.append(" ") }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[piece.range.clamped(to: 0..<scalars.count)])
            words.append(String(view), at: piece.place, confidence: piece.confidence)
        }
        return SourceText(
            words, base: text.base + (phrase.first?.range.lowerBound ?? 0), isInTable: true, inkPages: text.inkPages)
    }

    /// The columns whose middles lie below a phrase, else the one nearest to it.
    private static func columns(of boxes: [PageBox], _ columns: [(left: Double, right: Double)?]) -> Range<Int>? {
        guard var box = boxes.first else { return nil }
        for other in boxes { (box.left, box.right) = (min(box.left, other.left), max(box.right, other.right)) }
        let below = columns.indices.filter { index in
            guard let column = columns[index] else { return false }
            let middle = (column.left + column.right) / 2
            return middle > box.left && middle < box.right
        }
        if let first = below.first, let last = below.last, last > first { return first..<last + 1 }
        return column(box, columns).map { $0..<$0 + 1 }
    }

    /// The column that a word stands above: the one that it shares most with, else the nearest.
    private static func column(_ box: PageBox, _ columns: [(left: Double, right: Double)?]) -> Int? {
        var best: (column: Int, score: Double)?
        for (index, column) in columns.enumerated() {
            guard let column else { continue }
            let common = min(column.right, box.right) - max(column.left, box.left)
            if common > best?.score ?? -.infinity { best = (index, common) }
        }
        guard let best, best.score > -30 else { return nil }
        return best.column
    }
}
