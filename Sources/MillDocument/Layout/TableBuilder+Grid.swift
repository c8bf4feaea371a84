extension TableBuilder {
    /// The grid; nil if there are no two columns.
    func grid(isRuled: Bool, box: PageBox) -> TableGrid? {
        guard columns.ranges.count >= 2, !rows.isEmpty else { return nil }
        let groups = rowGroups()
        var cells: [TableGrid.Cell] = []
        var ruledAfter: Set<Int> = []
        for (index, group) in groups.enumerated() {
            var byColumn: [Int: Int] = [:]
            for row in rows[group] {
                for part in row.parts {
                    let column = part.columns.lowerBound
                    if let known = byColumn[column] {
                        cells[known].lines.append(LayoutLine(part.words))
                        cells[known].columnSpan = max(cells[known].columnSpan, part.columns.count)
                    } else {
                        byColumn[column] = cells.count
                        cells.append(
                            TableGrid.Cell(
                                row: index, column: column, columnSpan: part.columns.count, lines: [LayoutLine(part.words)]))
                    }
                }
            }
            if group.upperBound < rows.count, hasEdge(between: group.upperBound - 1, group.upperBound) {
                ruledAfter.insert(index)
            }
        }
        cells.sort { ($0.row, $0.column) < ($1.row, $1.column) }
        for index in cells.indices.dropLast() where cells[index].row == cells[index + 1].row {
            cells[index].columnSpan = max(1, min(cells[index].columnSpan, cells[index + 1].column - cells[index].column))
        }
        var grid = TableGrid(
            rowCount: groups.count, columnCount: columns.ranges.count, cells: cells, isRuled: isRuled, box: box,
            columnRanges: columns.ranges)
        grid.findHeaders(ruledAfter: ruledAfter)
        grid.dropEmpty()
        return grid
    }

    private func hasEdge(between row: Int, _ next: Int) -> Bool {
        let (low, high) = (rows[row].box.middleY, rows[next].box.middleY)
        return rowEdges.contains { $0 > low && $0 < high }
    }

    /// Which lines make one row of the table.
    private func rowGroups() -> [Range<Int>] {
        let firstData = rows.firstIndex(where: \.hasFigures) ?? 1
        let close = closePitch(firstData: firstData)
        // Lines below each row, not only below the names of the columns.
        let names = rows[min(firstData, rows.count - 1)].box.middleY
        let bodyEdges = rowEdges.count { $0 > names && $0 < rows[rows.count - 1].box.middleY }
        let isGridded = bodyEdges >= 2 && 3 * bodyEdges >= rows.count - firstData - 1
        let ruledPitch = isGridded ? ruledPitch(from: firstData) : .infinity
        var groups: [Range<Int>] = []
        var start = 0
        for index in rows.indices.dropLast() {
            let isOne =
                !hasEdge(between: index, index + 1) && pitch(index) < 0.93 * ruledPitch
                && belongTogether(index, firstData: firstData, close: close, isGridded: isGridded, group: start..<index + 1)
            if !isOne {
                groups.append(start..<index + 1)
                start = index + 1
            }
        }
        groups.append(start..<rows.count)
        return groups
    }

    /// How close rows stand between which a line is drawn, in points: those of one cell are closer, even where a line was missed.
    private func ruledPitch(from firstData: Int) -> Double {
        let pitches = rows.indices.dropLast().filter { $0 >= firstData && hasEdge(between: $0, $0 + 1) }.map { pitch($0) }
            .sorted()
        return pitches.count >= 2 ? pitches[pitches.count / 4] : .infinity
    }

    /// Whether a part begins in lower case below a text of the same column.
    private func goesOn(_ part: Part, in row: Row) -> Bool {
        guard let above = row.part(part.columns.lowerBound), !above.isFigure, let last = above.words.last, !last.endsLabel else {
            return false
        }
        let first = part.words[0].text
        return first.unicodeScalars.first?.properties.isLowercase ?? false && !Self.subRowStarts.contains(first.lowercased())
    }

    private func pitch(_ index: Int) -> Double { rows[index + 1].box.middleY - rows[index].box.middleY }

    private func haveFiguresInOneColumn(_ row: Row, _ next: Row) -> Bool {
        row.parts.contains { part in
            (part.isFigure || part.isPeriod)
                && next.parts.contains { ($0.isFigure || $0.isPeriod) && $0.columns.overlaps(part.columns) }
        }
    }

    /// If lines of one cell follow closer than rows do: the greatest distance of the middles of such lines.
    private func closePitch(firstData: Int) -> Double? {
        guard rows.count >= 3 else { return nil }
        let pitches = rows.indices.dropLast().map { pitch($0) }.sorted()
        var best: (jump: Double, limit: Double)?
        for (small, large) in zip(pitches, pitches.dropFirst()) where small < 1.9 * size {
            let jump = large - small
            if jump > 0.22 * size, jump > 0.17 * small, best.map({ jump > $0.jump }) ?? true { best = (jump, small + jump / 2) }
        }
        guard let best else { return nil }
        for index in rows.indices.dropLast() where pitch(index) < best.limit {
            if haveFiguresInOneColumn(rows[index], rows[index + 1]) { return nil }
            if index >= firstData, rows[index].isComplete(rows[index + 1]) { return nil }
        }
        return best.limit
    }

    private func belongTogether(_ index: Int, firstData: Int, close: Double?, isGridded: Bool, group: Range<Int>) -> Bool {
        let (row, next) = (rows[index], rows[index + 1])
        if rows[group].contains(where: { haveFiguresInOneColumn($0, next) }) { return false }
        if rows[group].contains(where: { $0.names(columnsOf: next) || next.names(columnsOf: $0) }) { return false }
        if !next.hasFigures, pitch(index) < 1.6 * size, next.parts.allSatisfy({ goesOn($0, in: row) }) { return true }
        if pitch(index) > 2.2 * size { return isGridded && pitch(index) < 4 * size }
        if isGridded { return true }
        // The figures stand beside the middle of a label of two lines.
        if pitch(index) < 0.75 * size { return true }
        if let close {
            if pitch(index) >= close { return false }
            if row.isLabelOnly, row.parts[0].words.last?.endsLabel ?? false { return false }
            if index + 1 > min(firstData, 1), row.isComplete(next) { return false }
            return index + 1 < firstData || !row.isLabelOnly || next.part(0) == nil || !hasRoom(row, next)
        }
        if index + 1 < firstData { return false }
        return continuesLabel(row, next) || continuesTexts(row, next)
    }

    /// A row's name that goes on: the next line's first word had no room, and it does not begin like a name.
    private func continuesLabel(_ row: Row, _ next: Row) -> Bool {
        guard let label = row.part(0), let more = next.part(0), !label.isFigure, !more.isFigure, let first = more.words.first,
            let last = label.words.last, !last.endsLabel, !(row.hasFigures && next.hasFigures),
            pitch(rows: row, next) < 1.75 * size
        else { return false }
        if !row.isLabelOnly, !next.isLabelOnly { return false }
        let hasRoom = hasRoom(row, next)
        let start = first.text.unicodeScalars.first
        if first.shape.fullWidth > 0 {
            guard !hasRoom else { return false }
            return row.isLabelOnly && label.box.right > columns.ranges[0].upperBound - 2 * size
                || next.isLabelOnly && pitch(rows: row, next) < 0.93 * middlePitch
        }
        let isLower = start.map { $0.properties.isLowercase || $0 == "(" || $0 == "&" } ?? false
        if isLower, !Self.subRowStarts.contains(first.text.lowercased()) {
            return !hasRoom || last.isOpen || start?.properties.isLowercase ?? false && more.box.left <= label.box.left + 2 * size
        }
        return last.isOpen && !hasRoom
    }

    /// Whether the first word of a line's name had room in the line above.
    private func hasRoom(_ row: Row, _ next: Row) -> Bool {
        guard let label = row.part(0), let first = next.part(0)?.words.first else { return true }
        let needed = first.shape.fullWidth > 0 ? 1.1 * size : first.box.width + 0.2 * size
        return label.box.right + needed < columns.ranges[0].upperBound
    }

    private var middlePitch: Double {
        let pitches = rows.indices.dropLast().map { pitch($0) }.sorted()
        return pitches.isEmpty ? .infinity : pitches[pitches.count / 2]
    }

    private func pitch(rows row: Row, _ next: Row) -> Double { next.box.middleY - row.box.middleY }

    /// Texts in other columns that go on, without a name of their own.
    private func continuesTexts(_ row: Row, _ next: Row) -> Bool {
        guard next.part(0) == nil, !next.hasFigures, pitch(rows: row, next) < 1.75 * size else { return false }
        return next.parts.allSatisfy { part in
            guard let above = row.part(part.columns.lowerBound) else { return false }
            return !above.isFigure && above.columns == part.columns && above.words.count + part.words.count >= 3
        }
    }

    private static let subRowStarts: Set<String> = [
        "of", "including", "excluding", "less:", "add:", "in", "less", "add", "incl.", "excl.",
    ]
}

extension LayoutWord {
    /// Ends a label that has rows under it.
    var endsLabel: Bool { text.last.map { ":：".contains($0) } ?? false }

    /// What nothing ends with: `of`, `and`, a comma, a hyphen.
    var isOpen: Bool {
        if let last = text.last, ",-–、，&/(（".contains(last) { return true }
        return Self.openWords.contains(text.lowercased())
    }

    private static let openWords: Set<String> = [
        "of", "and", "or", "the", "to", "for", "from", "in", "on", "at", "by", "with", "a", "an", "per", "before", "after", "as",
        "than",
    ]
}

extension TableBuilder.Row {
    /// Whether both have a name and something beside it, in the same columns.
    fileprivate func isComplete(_ other: TableBuilder.Row) -> Bool {
        parts.count >= 2 && parts.count == other.parts.count && parts[0].columns.lowerBound == 0
            && zip(parts, other.parts).allSatisfy { $0.columns == $1.columns }
    }

    /// Whether one of its parts stands over several of the other's.
    fileprivate func names(columnsOf other: TableBuilder.Row) -> Bool {
        parts.contains { part in
            part.columns.count > 1 && part.columns.lowerBound > 0 && other.parts.count { part.columns.overlaps($0.columns) } > 1
        }
    }
}
