import MillDocument

/// A table as a grid in which merged cells stand in all of their places.
struct TableGrid: Sendable {
    struct Cell: Sendable {
        let source: SourceText
        let row: Int
        let column: Int
        let columnSpan: Int
        let content: NumberContent

        var text: String { source.text }
        var folded: FoldedText { source.folded }
        var isEmpty: Bool { source.folded.trimmed.isEmpty }

        /// A number that is no year.
        var number: NumberReading? {
            guard case .number(let reading) = content, !isYear else { return nil }
            return reading
        }

        /// A number that may be a year: bare, or with a unit after a blank (`2025 £m`).
        var isYear: Bool {
            guard case .number(let reading) = content, reading.decimals == 0, !reading.isSigned, reading.digits.count == 4,
                (1990...2059).contains(reading.mantissa), reading.range.lowerBound == reading.digits.lowerBound
            else { return false }
            return reading.scale == nil && reading.measure == nil && reading.currency == nil
                || folded[reading.digits.upperBound] == " "
        }

        /// A number, a dash or a range where a value may stand.
        var isValue: Bool {
            switch content {
            case .number: !isYear
            case .range: true
            case .absent, .other: false
            }
        }
    }

    let rowCount: Int
    let columnCount: Int
    let headerRowCount: Int
    let headerColumnCount: Int
    let cells: [Cell]
    /// Indices into ``cells``.
    private let places: [Int?]

    /// Larger grids are no tables of figures.
    private static let limit = 400_000

    /// nil for grids without cells or beyond all measure.
    init?(_ table: DocumentTable, _ sources: [SourceText]) {
        guard table.rowCount > 0, table.columnCount > 0, table.rowCount <= Self.limit, table.columnCount <= 2000,
            table.rowCount * table.columnCount <= Self.limit, !table.cells.isEmpty
        else { return nil }
        rowCount = table.rowCount
        columnCount = table.columnCount
        headerRowCount = max(0, min(table.headerRowCount, table.rowCount))
        headerColumnCount = max(0, min(table.headerColumnCount, table.columnCount))
        let reader = NumberReader()
        var cells: [Cell] = []
        var places = [Int?](repeating: nil, count: table.rowCount * table.columnCount)
        for (cell, source) in zip(table.cells, sources) {
            guard cell.row >= 0, cell.column >= 0, cell.row < rowCount, cell.column < columnCount else { continue }
            let rows = cell.row..<min(rowCount, cell.row + max(1, min(cell.rowSpan, rowCount)))
            let columns = cell.column..<min(columnCount, cell.column + max(1, min(cell.columnSpan, columnCount)))
            for row in rows { for column in columns { places[row * table.columnCount + column] = cells.count } }
            cells.append(
                Cell(
                    source: source, row: cell.row, column: cell.column, columnSpan: columns.count,
                    content: reader.content(of: source.text)))
        }
        self.cells = cells
        self.places = places
    }

    subscript(row: Int, column: Int) -> Cell? {
        guard row >= 0, row < rowCount, column >= 0, column < columnCount else { return nil }
        return places[row * columnCount + column].map { cells[$0] }
    }

    /// The filled cells of a row, each once.
    func row(_ row: Int) -> [Cell] {
        var seen: Set<Int> = []
        return (0..<columnCount).compactMap { column in
            guard let index = places[row * columnCount + column], seen.insert(index).inserted, !cells[index].isEmpty else {
                return nil
            }
            return cells[index]
        }
    }

    /// Whether one of its first rows names periods above its columns.
    var hasPeriods: Bool {
        let reader = PeriodReader()
        return (0..<min(4, rowCount)).contains { row in
            let named = self.row(row).filter { $0.column > 0 }
            return !named.contains(where: \.isValue)
                && named.contains { reader.parts($0.folded).contains { $0.year != nil || $0.span != nil } }
        }
    }
}
