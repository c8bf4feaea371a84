/// A table of one page while it is put together.
struct TableGrid: Sendable {
    struct Cell: Sendable {
        var row: Int
        var column: Int
        var rowSpan = 1
        var columnSpan = 1
        /// Line by line.
        var lines: [LayoutLine]

        /// Nothing but figures, signs and dashes.
        var isFigure: Bool { lines.allSatisfy { $0.words.allSatisfy(\.shape.isFigure) } }
        var isPeriod: Bool { lines.allSatisfy { $0.words.allSatisfy { $0.shape.kind == .period } } }
        var hasNumber: Bool { lines.contains { $0.words.contains { $0.shape.kind == .number } } }
        var characterCount: Int { lines.reduce(0) { $0 + $1.characterCount } }
        var box: PageBox { lines.dropFirst().reduce(lines[0].box) { $0.union($1.box) } }
    }

    var rowCount: Int
    var columnCount: Int
    var headerRowCount = 0
    var headerColumnCount = 0
    var cells: [Cell]
    var isRuled: Bool
    /// With its drawn lines.
    var box: PageBox
    /// Where its columns begin and end, in points.
    var columnRanges: [ClosedRange<Double>]
    var caption: [LayoutLine] = []

    /// Rows of cells, for looking at them one by one.
    var cellsByRow: [[Cell]] {
        var rows = [[Cell]](repeating: [], count: rowCount)
        for cell in cells { rows[cell.row].append(cell) }
        return rows
    }

    /// Takes out rows and columns in which nothing stands.
    ///
    /// - Parameter drawn: columns that stay.
    mutating func dropEmpty(except drawn: Set<Int> = []) {
        func kept(_ count: Int, _ used: [Range<Int>], except drawn: Set<Int> = []) -> [Int] {
            var isUsed = (0..<count).map { drawn.contains($0) }
            for range in used { isUsed[range.lowerBound] = true }
            return isUsed.indices.filter { isUsed[$0] }
        }
        let rows = kept(rowCount, cells.map { $0.row..<$0.row + $0.rowSpan })
        let columns = kept(columnCount, cells.map { $0.column..<$0.column + $0.columnSpan }, except: drawn)
        func count(_ kept: [Int], below limit: Int) -> Int {
            var low = 0
            var high = kept.count
            while low < high {
                let middle = (low + high) / 2
                if kept[middle] < limit { low = middle + 1 } else { high = middle }
            }
            return low
        }
        for index in cells.indices {
            let cell = cells[index]
            cells[index].row = count(rows, below: cell.row)
            cells[index].rowSpan = max(1, count(rows, below: cell.row + cell.rowSpan) - cells[index].row)
            cells[index].column = count(columns, below: cell.column)
            cells[index].columnSpan = max(1, count(columns, below: cell.column + cell.columnSpan) - cells[index].column)
        }
        if columnRanges.count == columnCount { columnRanges = columns.map { columnRanges[$0] } }
        headerRowCount = count(rows, below: headerRowCount)
        rowCount = rows.count
        columnCount = columns.count
    }
}

extension TableGrid {
    /// Finds out which rows at the top name the columns and which columns at the left name the rows.
    ///
    /// - Parameter ruledAfter: rows below which a line is drawn over most of the table.
    mutating func findHeaders(ruledAfter: Set<Int>) {
        let rows = cellsByRow
        let firstData = rows.firstIndex { row in row.contains { $0.column > 0 && $0.isFigure && $0.hasNumber } }
        // Names and values of all kinds: a first value that is no figure is no name of a column.
        let hasTexts = firstData.map { first in
            rows[first...].contains { row in row.contains { $0.column == 1 && !$0.isFigure && !$0.isPeriod } }
        }
        if columnCount == 2, hasTexts ?? false {
            headerRowCount = 0
        } else if let firstData {
            let names = rows[..<firstData].lastIndex { row in row.contains { $0.column > 0 || $0.columnSpan > 1 } }
            headerRowCount = names.map { $0 + 1 } ?? 0
            // A label row right above the figures whose row is ruled off from them is a header, too.
            if let ruled = ruledAfter.filter({ $0 < firstData }).max(), ruled + 1 > headerRowCount,
                ruledAfter.count < rowCount / 2
            {
                headerRowCount = ruled + 1
            }
        } else {
            let isFull = rows.first.map { $0.reduce(0) { $0 + $1.columnSpan } == columnCount } ?? false
            let isSetOff = ruledAfter.contains(0) && ruledAfter.filter { $0 < rowCount - 1 }.count == 1
            headerRowCount = rowCount >= 2 && columnCount >= 2 && (isSetOff || isFull && (columnCount > 2 || isRuled)) ? 1 : 0
        }
        let body = rows.dropFirst(headerRowCount)
        var names = 0
        while names < columnCount - 1 {
            let cells = body.compactMap { row in row.first { $0.column == names } }
            let figures = cells.count { $0.isFigure || $0.isPeriod && names > 0 }
            guard !cells.isEmpty, 3 * figures < cells.count, names == 0 else { break }
            names += 1
        }
        headerColumnCount = names
    }
}
