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
        where other.table == nil && other.text.count > 0 && other.text.count <= 200 {
            switch other.kind {
            case .pageHeader, .pageFooter, .picture, .table: continue
            default: break
            }
            guard let box = other.places.last, box.page == place.page else { continue }
            let gap = place.box.top - box.box.bottom
            let common = min(place.box.right, box.box.right) - max(place.box.left, box.box.left)
            guard gap > -4, gap < Self.reach, common > 0.3 * min(place.box.width, box.box.width) else { continue }
            // What lies on the other side of a table or picture belongs to that.
            if isBlocked(from: box.box.bottom, to: place.box.top, place) { continue }
            found.append((gap, index))
        }
        return found.sorted { $0.gap < $1.gap }.prefix(4).map { ($0.item, source.source(ofItem: $0.item)) }
    }

    private func isBlocked(from top: Double, to bottom: Double, _ place: PagePlace) -> Bool {
        source.document.items.enumerated().contains { index, other in
            guard index != item, other.table != nil, let box = other.places.last, box.page == place.page else { return false }
            let common = min(place.box.right, box.box.right) - max(place.box.left, box.box.left)
            return common > 0 && box.box.middleY > top && box.box.middleY < bottom
        }
    }

    // MARK: Headers that were taken for lines of text

    /// The table with the lines above it as header rows, where it has none of its own and they name its columns.
    ///
    /// - Parameter sources: of the table's cells.
    func withHeader(_ table: DocumentTable, _ sources: [SourceText]) -> (table: DocumentTable, sources: [SourceText])? {
        let columns = columns(of: table)
        guard columns.compactMap({ $0 }).count >= 2 else { return nil }
        var rows: [[Int: SourceText]] = []
        for (_, text) in above().prefix(3) {
            guard text.folded.count <= 160 else { break }
            let lines = lines(of: text, columns)
            guard lines.contains(where: { line in line.contains { $0.key > 0 } }) else { break }
            rows.insert(contentsOf: lines, at: 0)
        }
        let periods = PeriodReader()
        let isTelling = rows.contains { row in
            row.contains { $0.key > 0 && periods.parts($0.value.folded).contains { $0.year != nil || $0.span != nil } }
        }
        guard isTelling else { return nil }
        var cells: [DocumentTable.Cell] = []
        var all: [SourceText] = []
        for (index, row) in rows.enumerated() {
            for (column, text) in row.sorted(by: { $0.key < $1.key }) {
                cells.append(DocumentTable.Cell(row: index, column: column, text: text.placed))
                all.append(text)
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

    /// The words of a text by their lines and the columns that they stand above.
    private func lines(of text: SourceText, _ columns: [(left: Double, right: Double)?]) -> [[Int: SourceText]] {
        var lines: [(middle: Double, words: [Int: (text: PlacedText, base: Int)])] = []
        let scalars = text.folded.original
        for piece in text.placed.pieces {
            let box = piece.place.box
            guard let column = Self.column(box, columns) else { continue }
            let index: Int
            if let known = lines.firstIndex(where: { abs($0.middle - box.middleY) < 0.6 * box.height }) {
                index = known
            } else {
                index = lines.count
                lines.append((box.middleY, [:]))
            }
            var word = lines[index].words[column] ?? (PlacedText(), text.base + piece.range.lowerBound)
            if word.text.count > 0 { word.text.append(" ") }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars[piece.range.clamped(to: 0..<scalars.count)])
            word.text.append(String(view), at: piece.place, confidence: piece.confidence)
            lines[index].words[column] = word
        }
        return lines.sorted { $0.middle < $1.middle }.map { line in
            line.words.mapValues { SourceText($0.text, base: $0.base, isInTable: true, inkPages: text.inkPages) }
        }
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
