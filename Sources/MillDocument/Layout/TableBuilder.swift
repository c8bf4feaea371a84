/// Makes a grid of the lines of a table.
struct TableBuilder {
    /// A part of a line that is one cell's, or a line of a cell of several lines.
    struct Part {
        var words: [LayoutWord]
        var columns: ClosedRange<Int>

        var isFigure: Bool { words.allSatisfy(\.shape.isFigure) }
        var isPeriod: Bool { words.allSatisfy { $0.shape.kind == .period } }
        var hasNumber: Bool { words.contains { $0.shape.kind == .number } }
        var box: PageBox { words.dropFirst().reduce(words[0].box) { $0.union($1.box) } }
    }

    /// A line with its parts, from the left.
    struct Row {
        var parts: [Part]
        let box: PageBox
        let size: Double

        func part(_ column: Int) -> Part? { parts.first { $0.columns.contains(column) } }
        var hasFigures: Bool { parts.contains { $0.columns.lowerBound > 0 && $0.isFigure && $0.hasNumber } }
        var isLabelOnly: Bool { parts.count == 1 && parts[0].columns.lowerBound == 0 && !parts[0].isFigure }
    }

    let isRecognised: Bool
    /// Heights at which lines are drawn over most of the table.
    let rowEdges: [Double]
    /// Where lines are drawn between columns.
    let columnEdges: [Double]
    private(set) var columns: TableColumns
    private(set) var rows: [Row] = []
    let size: Double

    /// - Parameter lines: of the table alone, from the top; at least one.
    init(_ lines: [LayoutLine], rowEdges: [Double] = [], columnEdges: [Double] = [], isRecognised: Bool) {
        let sizes = lines.map(\.size).sorted()
        size = sizes[sizes.count / 2]
        self.isRecognised = isRecognised
        self.rowEdges = rowEdges.sorted().reduce(into: []) { edges, edge in
            if edges.last.map({ edge - $0 > 3 }) ?? true { edges.append(edge) }
        }
        self.columnEdges = columnEdges
        let parts = lines.map { line in Self.parts(line, columnEdges, isRecognised) }
        let divided = zip(lines, parts).map { line, parts in
            TableColumns.Line(
                parts: parts.map(\.box),
                hasFigures: parts.dropFirst().contains { part in
                    line.words[part.range].allSatisfy(\.shape.isFigure)
                        && line.words[part.range].contains { $0.shape.kind == .number }
                })
        }
        columns = TableColumns(divided, edges: columnEdges, size: size)
        guard (1...60).contains(columns.ranges.count) else { return }
        rows = zip(lines, parts).map { line, parts in
            Row(
                parts: parts.map { Part(words: Array(line.words[$0.range]), columns: columns.columns(of: $0.box, size: size)) },
                box: line.box, size: line.size)
        }
        for index in rows.indices { rows[index].parts = self.divided(rows[index].parts) }
        mergeSigns()
        spreadNames()
    }

    /// The parts of a line without leading dots; drawn lines between columns cut, too.
    private static func parts(_ line: LayoutLine, _ edges: [Double], _ isRecognised: Bool) -> [LayoutLine.Segment] {
        var result: [LayoutLine.Segment] = []
        for segment in line.segments(isRecognised: isRecognised) {
            var start = segment.range.lowerBound
            func close(_ end: Int) {
                var range = start..<end
                while let first = range.first, line.words[first].shape.kind == .leader { range = range.dropFirst() }
                while let last = range.last, line.words[last].shape.kind == .leader { range = range.dropLast() }
                guard !range.isEmpty else { return }
                let box = line.words[range].dropFirst().reduce(line.words[range.lowerBound].box) { $0.union($1.box) }
                result.append(LayoutLine.Segment(range: range, box: box))
            }
            for index in segment.range.dropLast() {
                let (left, right) = (line.words[index].box.right, line.words[index + 1].box.left)
                if edges.contains(where: { $0 > left - 1 && $0 < right + 1 }) || line.words[index + 1].shape.kind == .leader {
                    close(index + 1)
                    start = index + 1
                }
            }
            close(segment.range.upperBound)
        }
        return result
    }

    /// Names over the middle of several columns that have names of their own below are those of all.
    private mutating func spreadNames() {
        guard columns.ranges.count > 1 else { return }
        let firstData = rows.firstIndex(where: \.hasFigures) ?? 0
        for index in rows.indices.prefix(firstData).dropLast() {
            for part in rows[index].parts.indices {
                let own = rows[index].parts[part]
                guard own.columns.lowerBound > 0 || own.box.middleX > columns.ranges[0].upperBound else { continue }
                func isFree(_ other: Int) -> Bool {
                    columns.ranges.indices.contains(other) && other > 0
                        && !rows[index].parts.contains { $0.columns.contains(other) }
                        && rows[index + 1].parts.contains { $0.columns.contains(other) }
                }
                var low = max(own.columns.lowerBound, 1)
                var high = max(own.columns.upperBound, low)
                var best: (columns: ClosedRange<Int>, off: Double) = (low...high, off(own, low...high))
                while true {
                    // Towards the side on which the name's middle lies.
                    let isRight = own.box.middleX > middle(low...high)
                    if isRight, isFree(high + 1) {
                        high += 1
                    } else if !isRight, isFree(low - 1) {
                        low -= 1
                    } else if isFree(high + 1), isFree(low - 1) {
                        (low, high) = (low - 1, high + 1)
                    } else {
                        break
                    }
                    let off = off(own, low...high)
                    if off < 0.8 * size || off < best.off - 0.5 * size { best = (low...high, off) }
                }
                rows[index].parts[part].columns = best.columns
            }
        }
    }

    private func middle(_ columns: ClosedRange<Int>) -> Double {
        (self.columns.ranges[columns.lowerBound].lowerBound + self.columns.ranges[columns.upperBound].upperBound) / 2
    }

    private func off(_ part: Part, _ columns: ClosedRange<Int>) -> Double { abs(part.box.middleX - middle(columns)) }

    /// Cuts parts that stand in several columns where each column's words are figures of their own, or begin where it begins.
    private func divided(_ parts: [Part]) -> [Part] {
        var result: [Part] = []
        for part in parts {
            guard part.columns.count > 1, part.words.count > 1 else {
                result.append(part)
                continue
            }
            var pieces: [Part] = []
            for (index, word) in part.words.enumerated() {
                let own = columns.columns(of: word.box, size: size)
                guard let last = pieces.last else {
                    pieces.append(Part(words: [word], columns: own))
                    continue
                }
                let isFigure = word.shape.isFigure || word.shape.kind == .period
                if let column = column(ofFigureAt: index, in: part), last.columns.lowerBound == 0, column > 0 {
                    // `Margin (%) 17.0`: the figure right beside the row's name.
                    pieces[pieces.count - 1].columns = 0...min(last.columns.upperBound, column - 1)
                    pieces.append(Part(words: [word], columns: column...column))
                } else if ["%", "％"].contains(word.text) {
                    // Of what stands before it, even if it comes near the next column.
                    pieces[pieces.count - 1].words.append(word)
                } else if !last.columns.overlaps(own), isFigure || begins(word, own.lowerBound) && begins(last) {
                    pieces.append(Part(words: [word], columns: own))
                } else {
                    pieces[pieces.count - 1].words.append(word)
                    pieces[pieces.count - 1].columns = last.columns.lowerBound...max(last.columns.upperBound, own.upperBound)
                }
            }
            result += pieces
        }
        return joined(result)
    }

    /// The column that the first of the figures stands in with which a part ends.
    private func column(ofFigureAt index: Int, in part: Part) -> Int? {
        guard part.words[index].shape.kind == .number, part.words[index...].allSatisfy(\.shape.isFigure) else { return nil }
        return columns.ranges.firstIndex { $0.contains(part.words[index].box.middleX) }
    }

    /// Whether a word begins where its column does, as names over columns of their own do.
    private func begins(_ word: LayoutWord, _ column: Int) -> Bool {
        abs(word.box.left - columns.ranges[column].lowerBound) < 0.1 * size
    }

    private func begins(_ part: Part) -> Bool {
        part.columns.lowerBound == 0 || part.words.first.map { begins($0, part.columns.lowerBound) } ?? false
    }

    /// Parts of one line in one column belong to one cell.
    private func joined(_ parts: [Part]) -> [Part] {
        var result: [Part] = []
        for part in parts {
            if let last = result.last, last.columns.upperBound >= part.columns.lowerBound {
                result[result.count - 1].words += part.words
                result[result.count - 1].columns =
                    last.columns.lowerBound...max(last.columns.upperBound, part.columns.upperBound)
            } else {
                result.append(part)
            }
        }
        return result
    }

    /// Columns of nothing but `$`, `%` or `)` go into that of their figures.
    private mutating func mergeSigns() {
        var column = 0
        while column < columns.ranges.count, columns.ranges.count > 1 {
            let own = rows.compactMap { row in row.parts.first { $0.columns == column...column } }
            let signs = own.count { $0.words.allSatisfy { $0.shape.kind == .sign } }
            guard !own.isEmpty, signs == own.count, !rows.contains(where: { $0.hasHeader(column) }) else {
                column += 1
                continue
            }
            let isUnit = own.allSatisfy { part in part.words.allSatisfy { ["%", "％", ")", ")%", "x"].contains($0.text) } }
            let other = isUnit ? column - 1 : column + 1
            guard columns.ranges.indices.contains(other) else {
                column += 1
                continue
            }
            columns.merge(column, into: other)
            let low = min(column, other)
            func moved(_ index: Int) -> Int { index > low ? index - 1 : index }
            for index in rows.indices {
                for part in rows[index].parts.indices {
                    let range = rows[index].parts[part].columns
                    rows[index].parts[part].columns = moved(range.lowerBound)...moved(range.upperBound)
                }
                rows[index].parts = joined(rows[index].parts)
            }
        }
    }
}

extension TableBuilder.Row {
    /// Whether something other than a sign has this column for its own.
    fileprivate func hasHeader(_ column: Int) -> Bool {
        parts.contains { $0.columns == column...column && !$0.words.allSatisfy { $0.shape.kind == .sign } }
    }
}
