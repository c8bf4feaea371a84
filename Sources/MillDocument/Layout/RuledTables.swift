/// Tables whose cells are drawn.
enum RuledTables {
    /// Takes the words of drawn tables out of a page.
    static func take(from words: inout [LayoutWord], rulings: [DocumentPage.Ruling], isRecognised: Bool) -> [TableGrid] {
        var tables: [TableGrid] = []
        for grid in RulingGrid.grids(rulings) where grid.columnEdges.count > 2 || grid.rowEdges.count > 2 {
            guard tables.count < 200, grid.columnEdges.count > 2 else { continue }
            let inside = words.filter { grid.holds($0.box) }
            guard inside.count >= 3, let table = table(grid, inside, isRecognised) else { continue }
            tables.append(table)
            words.removeAll { grid.holds($0.box) }
        }
        return tables
    }

    private static func table(_ grid: RulingGrid, _ words: [LayoutWord], _ isRecognised: Bool) -> TableGrid? {
        let drawn = grid.cells()
        let rowCount = grid.rowEdges.count - 1
        let columnCount = grid.columnEdges.count - 1
        guard drawn.count >= 2 else { return nil }
        var owner = [Int](repeating: 0, count: rowCount * columnCount)
        for (index, cell) in drawn.enumerated() {
            for row in cell.rows {
                for column in cell.columns { owner[row * columnCount + column] = index }
            }
        }
        var contents = [[LayoutWord]](repeating: [], count: drawn.count)
        for word in words {
            let row = grid.slot(word.box.middleY, grid.rowEdges)
            let column = grid.slot(word.box.middleX, grid.columnEdges)
            contents[owner[row * columnCount + column]].append(word)
        }
        let filled = contents.indices.filter { !contents[$0].isEmpty }
        guard filled.count >= 2, 4 * filled.count >= drawn.count || filled.count >= 6 else { return nil }
        // Words run over the lines of squared paper: those bound no cells.
        let crossed = contents.indices.reduce(0) { sum, index in
            let columns = drawn[index].columns
            let sides = grid.columnEdges[columns.lowerBound]...grid.columnEdges[columns.upperBound]
            return sum + contents[index].count { $0.crosses(sides) }
        }
        if 4 * crossed >= words.count, crossed >= 3 { return squared(grid, words, isRecognised) }
        var cells: [TableGrid.Cell] = []
        for index in filled {
            let lines = LayoutLine.lines(of: contents[index])
            cells.append(
                TableGrid.Cell(
                    row: drawn[index].rows.lowerBound, column: drawn[index].columns.lowerBound,
                    rowSpan: drawn[index].rows.count, columnSpan: drawn[index].columns.count, lines: lines))
        }
        cells.sort { ($0.row, $0.column) < ($1.row, $1.column) }
        // Two frames of text beside one another are no table.
        if drawn.count <= 3, filled.contains(where: { contents[$0].count > 40 }), !areColumns(cells) { return nil }
        if isOpen(cells, isRecognised) {
            let lines = LayoutLine.lines(of: words)
            let builder = TableBuilder(
                lines, rowEdges: grid.rowEdges, columnEdges: Array(grid.columnEdges.dropFirst().dropLast()),
                isRecognised: isRecognised)
            return builder.grid(isRuled: true, box: grid.box)
        }
        var table = TableGrid(
            rowCount: rowCount, columnCount: columnCount, cells: cells, isRuled: true, box: grid.box,
            columnRanges: zip(grid.columnEdges, grid.columnEdges.dropFirst()).map { $0...$1 })
        // A wide column between others is there even if nothing was recognised in it.
        table.dropEmpty(except: Set((1..<max(1, columnCount - 1)).filter { table.columnRanges[$0].width > 20 }))
        table.findHeaders(ruledAfter: [])
        guard table.rowCount * table.columnCount >= 2 else { return nil }
        return table
    }

    /// A table on squared paper, by where its words stand; nil if they are none.
    private static func squared(_ grid: RulingGrid, _ words: [LayoutWord], _ isRecognised: Bool) -> TableGrid? {
        let lines = LayoutLine.lines(of: words)
        guard let table = TableBuilder(lines, isRecognised: isRecognised).grid(isRuled: false, box: grid.box),
            TableVerdict.isTable(table, lines: lines)
        else { return nil }
        return table
    }

    /// Whether frames beside one another are columns: names at the left, and as many figures or periods at the right of them.
    private static func areColumns(_ cells: [TableGrid.Cell]) -> Bool {
        guard let names = cells.first, cells.count >= 2 else { return false }
        return cells.dropFirst().allSatisfy { cell in
            let figures = cell.lines.count { $0.words.allSatisfy { $0.shape.isFigure || $0.shape.kind == .period } }
            return cell.row == names.row && 10 * figures >= 8 * cell.lines.count && 2 * cell.lines.count >= names.lines.count
        }
    }

    /// Whether cells hold columns or rows of figures that no line divides.
    private static func isOpen(_ cells: [TableGrid.Cell], _ isRecognised: Bool) -> Bool {
        var divided = 0
        for cell in cells {
            let lines = cell.lines
            let figureLines = lines.count {
                $0.words.allSatisfy { $0.shape.isFigure || $0.shape.kind == .period }
                    && $0.words.contains { $0.shape.kind == .number }
            }
            if figureLines >= 2 { divided += 1 }
            let several = lines.count { line in
                let parts = line.segments(isRecognised: isRecognised)
                return parts.count >= 2
                    && parts.dropFirst().allSatisfy {
                        line.words[$0.range].allSatisfy { $0.shape.isFigure || $0.shape.kind == .period }
                    }
            }
            if several >= 1 { divided += 1 }
        }
        divided = max(divided, dividedAlike(cells, isRecognised))
        return 4 * divided >= cells.count && divided >= 2
    }

    /// How many cells are divided in the same places as those below or above them, as columns without lines between them are.
    private static func dividedAlike(_ cells: [TableGrid.Cell], _ isRecognised: Bool) -> Int {
        let columns = Dictionary(grouping: cells.filter { $0.columnSpan == 1 && $0.rowSpan == 1 }, by: \.column)
        return columns.values.reduce(0) { sum, own in
            guard own.count >= 2, own.allSatisfy({ $0.lines.count == 1 }) else { return sum }
            var common: [ClosedRange<Double>]?
            for line in own.map({ $0.lines[0] }) {
                let parts = line.segments(isRecognised: isRecognised)
                let gaps = zip(parts, parts.dropFirst()).map { $0.box.right...max($0.box.right, $1.box.left) }
                    .filter { $0.upperBound - $0.lowerBound > 1.5 * line.size }
                guard !gaps.isEmpty, common.map({ $0.count == gaps.count }) ?? true else { return sum }
                let shared = zip(common ?? gaps, gaps).map { known, gap in
                    (max(known.lowerBound, gap.lowerBound), min(known.upperBound, gap.upperBound))
                }
                guard shared.allSatisfy({ $0.1 - $0.0 > line.size }) else { return sum }
                common = shared.map { $0.0...$0.1 }
            }
            return sum + own.count
        }
    }
}

extension RulingGrid {
    func holds(_ box: PageBox) -> Bool {
        box.middleX > self.box.left - 1 && box.middleX < self.box.right + 1 && box.middleY > self.box.top - 1
            && box.middleY < self.box.bottom + 1
    }

    /// The index of the cell between two edges that a position is in.
    func slot(_ position: Double, _ edges: [Double]) -> Int {
        var low = 0
        var high = edges.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if edges[middle] <= position { low = middle } else { high = middle }
        }
        return low
    }
}

extension ClosedRange<Double> {
    fileprivate var width: Double { upperBound - lowerBound }
}

extension LayoutWord {
    /// Whether a good part of it stands outside of a cell that its middle is in.
    fileprivate func crosses(_ sides: ClosedRange<Double>) -> Bool {
        let over = max(sides.lowerBound - box.left, box.right - sides.upperBound)
        return over > max(0.3 * size, 0.15 * box.width)
    }
}
