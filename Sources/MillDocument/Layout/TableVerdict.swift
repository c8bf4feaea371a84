/// Whether what looks like a table is one.
enum TableVerdict {
    static func isTable(_ grid: TableGrid, lines: [LayoutLine]) -> Bool {
        guard grid.rowCount >= 2, grid.columnCount >= 2 else { return false }
        let rows = grid.cellsByRow
        if isContents(lines, rows) || isList(grid, rows) { return false }
        let others = grid.cells.filter { $0.column > 0 }
        guard others.count >= 2 else { return false }
        let figures = others.count { $0.isFigure || $0.isPeriod }
        let long = grid.cells.count { $0.characterCount > 60 }
        let average = Double(grid.cells.reduce(0) { $0 + $1.characterCount }) / Double(grid.cells.count)
        let complete = rows.count { $0.count >= 2 }
        if 10 * figures >= 3 * others.count, 3 * long <= grid.cells.count, complete >= 2 { return true }
        if grid.isRuled, complete >= 2, average < 120 { return true }
        if 2 * complete < grid.rowCount { return false }
        if grid.columnCount == 2 { return isKeyValue(grid, rows) }
        return grid.rowCount >= 3 && average < 25 && complete >= 3 && isAligned(grid)
    }

    /// Whether the texts of each column begin or end at one place, and do not go on from one another as those of justified lines.
    private static func isAligned(_ grid: TableGrid) -> Bool {
        let lower = grid.cells.count { $0.lines[0].words[0].text.unicodeScalars.first?.properties.isLowercase ?? false }
        guard 2 * lower < grid.cells.count else { return false }
        return (1..<grid.columnCount).allSatisfy { column in
            let boxes = grid.cells.filter { $0.column == column && $0.columnSpan == 1 }.map(\.box)
            guard boxes.count >= 2, let size = grid.cells.first?.lines[0].size else { return true }
            return [boxes.map(\.left), boxes.map(\.right), boxes.map(\.middleX)].contains { positions in
                let middle = positions.sorted()[positions.count / 2]
                return 10 * positions.count { abs($0 - middle) < 0.6 * size } >= 8 * positions.count
            }
        }
    }

    /// Lines of a table of contents: dots, then a page number.
    private static func isContents(_ lines: [LayoutLine], _ rows: [[TableGrid.Cell]]) -> Bool {
        let dotted = lines.count { line in
            guard line.words.count >= 2, let last = line.words.last, last.shape.digits > 0, last.shape.count <= 4 else {
                return false
            }
            let leader = line.words.contains { $0.shape.kind == .leader || $0.text.hasSuffix("....") || $0.text.hasSuffix(". .") }
            return leader && line.words.count { $0.shape.kind == .number || $0.shape.kind == .period } <= 2
        }
        return 2 * dotted >= lines.count || isNumbered(rows)
    }

    /// Numbered names, and page numbers that grow.
    private static func isNumbered(_ rows: [[TableGrid.Cell]]) -> Bool {
        let numbers = rows.compactMap { row in row.count >= 2 ? row.last.flatMap { Int($0.lines[0].plainText) } : nil }
        let numbered = rows.count { row in row.first.map { ListMarker.split($0.lines[0].plainText) != nil } ?? false }
        let figures = rows.reduce(0) { $0 + $1.count { $0.isFigure } }
        return numbers.count >= 3 && 2 * numbered >= rows.count && zip(numbers, numbers.dropFirst()).allSatisfy { $0 <= $1 }
            && figures <= rows.count + numbered
    }

    /// Markers and texts.
    private static func isList(_ grid: TableGrid, _ rows: [[TableGrid.Cell]]) -> Bool {
        let first = rows.compactMap(\.first).filter { $0.column == 0 }
        let markers = first.count { ListMarker.isMarker($0.lines[0].plainText) }
        return grid.columnCount == 2 && 10 * markers >= 7 * first.count && markers > 0
    }

    /// Short names at the left, short values at the right, row after row.
    private static func isKeyValue(_ grid: TableGrid, _ rows: [[TableGrid.Cell]]) -> Bool {
        let pairs = rows.filter { $0.count == 2 }
        guard pairs.count >= 3 else { return false }
        let short = pairs.count { $0[0].characterCount <= 40 && $0[1].characterCount <= 40 }
        let keys = grid.cells.filter { $0.column == 0 }.map(\.box)
        let values = grid.cells.filter { $0.column == 1 }.map(\.box)
        func spread(_ positions: [Double]) -> Double { (positions.max() ?? 0) - (positions.min() ?? 0) }
        let size = pairs[0][0].lines[0].size
        let isAligned = min(spread(values.map(\.left)), spread(values.map(\.right))) < size
        return 10 * short >= 8 * pairs.count && isAligned && spread(keys.map(\.left)) < 3 * size
    }
}
