/// Finds tables among the lines of one column of a page.
struct TableFinder {
    struct Found {
        /// Of the lines.
        let range: Range<Int>
        let grid: TableGrid
    }

    let lines: [LayoutLine]
    let rulings: [PageBox]
    let isRecognised: Bool
    /// Of the column.
    let box: PageBox
    private let segments: [[LayoutLine.Segment]]
    private let isProse: [Bool]

    /// - Parameters:
    ///   - lines: from the top.
    ///   - rulings: horizontal ones.
    init(lines: [LayoutLine], rulings: [PageBox], isRecognised: Bool) {
        self.lines = lines
        self.isRecognised = isRecognised
        let box = lines.dropFirst().reduce(lines.first?.box ?? PageBox(left: 0, top: 0, right: 0, bottom: 0)) { $0.union($1.box) }
        self.box = box
        self.rulings = rulings.filter { $0.right > box.left && $0.left < box.right }.sorted { $0.middleY < $1.middleY }
        segments = lines.map { $0.segments(isRecognised: isRecognised) }
        isProse = zip(lines, segments).map { line, segments in
            guard segments.count == 1 || segments.count == 2 && ListMarker.isMarker(line.words[0].text) else { return false }
            let letters = line.words.reduce(0) { $0 + $1.shape.letters }
            let fullWidth = line.words.reduce(0) { $0 + $1.shape.fullWidth }
            guard line.words.count >= 6 && letters >= 28 || fullWidth >= 16, let last = line.words.last?.text.last else {
                return false
            }
            // Names of rows may be long, but end no sentence.
            let least = ".。”\"".contains(last) ? 0.4 : letters >= 55 ? 0.68 : 0.8
            return line.box.width > least * box.width
        }
    }

    func tables() -> [Found] {
        var found: [Found] = []
        var index = 0
        while index < lines.count {
            guard isMulti(index), var run = run(from: index) else {
                index += 1
                continue
            }
            let floor = found.last?.range.upperBound ?? 0
            run = extended(run, floor: floor)
            if let table = table(run) {
                found.append(table)
                index = table.range.upperBound
            } else {
                index = max(index + 1, run.lowerBound + 1)
            }
        }
        return found
    }

    /// Whether the line has parts as a row of a table has; a marker and its item are none.
    private func isMulti(_ index: Int) -> Bool {
        let count = segments[index].count
        if count == 2, ListMarker.isMarker(lines[index].words[0].text), segments[index][0].range.count == 1 { return false }
        guard count >= 2 else { return false }
        // Parts of justified lines go on in lower case.
        let line = lines[index]
        let others = segments[index].dropFirst()
        let lower = others.count { line.words[$0.range.lowerBound].text.unicodeScalars.first?.properties.isLowercase ?? false }
        return line.words.count < 4 || 2 * lower <= others.count || hasFigures(index) && 3 * lower <= 2 * others.count
    }

    private func gaps(_ index: Int) -> [ClosedRange<Double>] {
        zip(segments[index], segments[index].dropFirst()).map { $0.box.right...max($0.box.right, $1.box.left) }
    }

    /// Whether at least half of the gaps of the line that has fewer continue in the other.
    private func continues(_ index: Int, _ other: Int) -> Bool {
        let (few, many) = segments[index].count <= segments[other].count ? (index, other) : (other, index)
        let own = gaps(few)
        let others = gaps(many)
        var common = 0
        var next = 0
        for gap in own {
            while next < others.count, others[next].upperBound < gap.lowerBound { next += 1 }
            if next < others.count,
                min(others[next].upperBound, gap.upperBound) - max(others[next].lowerBound, gap.lowerBound) > 1
            {
                common += 1
            }
        }
        return common > 0 && 2 * common >= own.count
    }

    /// Lines from this one on that are divided in the same places.
    private func run(from start: Int) -> Range<Int>? {
        var rows = [start]
        var index = start + 1
        var misses = 0
        while index < lines.count {
            let size = lines[index].size
            let gap = lines[index].box.top - lines[index - 1].box.bottom
            if gap > 2.4 * max(size, lines[index - 1].size), !isEven(index, after: rows) { break }
            if isProse[index] || CaptionPattern.isSource(lines[index].plainText) { break }
            if startsAnew(index, after: rows) || isHeading(index, after: rows) { break }
            if isMulti(index) {
                guard rows.suffix(3).contains(where: { continues(index, $0) }) || isHeader(index, after: rows, gap) else { break }
                rows.append(index)
                misses = 0
            } else {
                misses += 1
                if misses > 3 { break }
            }
            index += 1
        }
        guard rows.count >= 2, let last = rows.last else { return nil }
        return start..<last + 1
    }

    /// Whether a line far below the last row is a row of figures, as far from its neighbours as rows of this table are.
    private func isEven(_ index: Int, after rows: [Int]) -> Bool {
        guard rows.last == index - 1, isMulti(index), hasFigures(index), sharesColumns(index - 1, index) else { return false }
        func pitch(_ index: Int) -> Double { lines[index].box.middleY - lines[index - 1].box.middleY }
        func isSame(_ other: Double) -> Bool { abs(other - pitch(index)) < max(0.5 * lines[index].size, 0.06 * pitch(index)) }
        let before = rows.count >= 2 && rows[rows.count - 2] == index - 2 && isSame(pitch(index - 1))
        return before
            || index + 1 < lines.count && hasFigures(index + 1) && sharesColumns(index, index + 1) && isSame(pitch(index + 1))
    }

    private func sharesColumns(_ index: Int, _ other: Int) -> Bool {
        lines[index].sharesColumns(with: lines[other], isRecognised: isRecognised)
    }

    /// A line of its own in larger type than the rows above it.
    private func isHeading(_ index: Int, after rows: [Int]) -> Bool {
        !isMulti(index) && rows.allSatisfy { lines[index].size > (isRecognised ? 1.25 : 1.15) * lines[$0].size }
    }

    /// The caption of the next table, or a line of its own before the names of new columns.
    private func startsAnew(_ index: Int, after rows: [Int]) -> Bool {
        if isMulti(index) { return namesColumnsAnew(index, after: rows) }
        if CaptionPattern.isCaption(lines[index].plainText) { return true }
        guard index + 1 < lines.count, isMulti(index + 1), rows.contains(where: hasFigures) else { return false }
        return !hasFigures(index + 1) && segments[index + 1].count >= 2
            && segments[index + 1].dropFirst().allSatisfy { segment in
                lines[index + 1].words[segment.range].allSatisfy {
                    $0.shape.kind == .period || $0.shape.kind == .text || $0.shape.kind == .sign
                }
            } && lines[index + 1].box.right > 0.8 * (rows.map { lines[$0].box.right }.max() ?? 0)
    }

    /// Names of columns under rows of another table: further off than those are from one another, and ruled off from what follows.
    private func namesColumnsAnew(_ index: Int, after rows: [Int]) -> Bool {
        let line = lines[index]
        guard rows.count >= 2, let last = rows.last, segments[index].count >= 3, rows.contains(where: hasFigures),
            !line.words.contains(where: { $0.shape.kind == .number })
        else { return false }
        let pitches = zip(rows, rows.dropFirst()).map { lines[$1].box.middleY - lines[$0].box.middleY }.sorted()
        guard line.box.middleY - lines[last].box.middleY > pitches[pitches.count / 2] + 0.3 * line.size else { return false }
        return isRuled(below: line.box.bottom, within: 0.8 * line.size, line.box.left, line.box.right)
    }

    private func hasFigures(_ index: Int) -> Bool { lines[index].words.contains { $0.shape.kind == .number } }

    /// Names of columns under names of groups of columns need not be divided in the same places.
    private func isHeader(_ index: Int, after rows: [Int], _ gap: Double) -> Bool {
        guard rows.count < 4, rows.last == index - 1, gap < 1.6 * lines[index].size else { return false }
        return (rows + [index]).allSatisfy { row in
            !lines[row].words.contains { $0.shape.kind == .number && $0.shape.count > 2 }
                && lines[row].characterCount < 80
        }
    }

    /// With the lines above that head it and those below that belong to its last row.
    private func extended(_ run: Range<Int>, floor: Int) -> Range<Int> {
        var start = run.lowerBound
        var end = run.upperBound
        let first = segments[start][0].box
        let left = run.map { lines[$0].box.left }.min() ?? box.left
        let right = run.map { lines[$0].box.right }.max() ?? box.right
        var steps = 0
        while start > floor, steps < 3, !isProse[start - 1], !isMulti(start - 1) {
            let above = lines[start - 1]
            let gap = lines[start].box.top - above.box.bottom
            let hasName = first.left < left + 0.2 * (right - left)
            let isOverFigures =
                above.box.left > left + 0.25 * (right - left) && above.box.right > first.left
                && (!hasName || above.box.left > first.right - 0.2 * first.width)
            let isRuledOver = isRuled(above: above.box.top, within: 1.2 * above.size, left, right) && start - 1 > floor
            guard gap < 1.2 * above.size, isOverFigures || isRuledOver, above.box.right < right + 2 * above.size,
                !CaptionPattern.isCaption(above.plainText), !CaptionPattern.isUnit(above.plainText)
            else { break }
            start -= 1
            steps += 1
        }
        steps = 0
        while end < lines.count, steps < 2, !isProse[end], !isMulti(end), !CaptionPattern.isSource(lines[end].plainText) {
            let below = lines[end]
            let gap = below.box.top - lines[end - 1].box.bottom
            let isInside = isRuled(below: below.box.bottom, within: 1.0 * below.size, left, right)
            let goesOn = below.words[0].text.unicodeScalars.first?.properties.isLowercase ?? false
            guard gap < 0.8 * below.size, isInside || goesOn && below.box.width < 0.5 * (right - left),
                abs(below.size - lines[end - 1].size) < 0.15 * below.size
            else { break }
            end += 1
            steps += 1
        }
        return start..<end
    }

    private func isRuled(above y: Double, within distance: Double, _ left: Double, _ right: Double) -> Bool {
        rulings.contains { $0.middleY < y + 2 && $0.middleY > y - distance && covers($0, left, right) }
    }

    private func isRuled(below y: Double, within distance: Double, _ left: Double, _ right: Double) -> Bool {
        rulings.contains { $0.middleY > y - 2 && $0.middleY < y + distance && covers($0, left, right) }
    }

    private func covers(_ ruling: PageBox, _ left: Double, _ right: Double) -> Bool {
        min(ruling.right, right) - max(ruling.left, left) > 0.7 * (right - left)
    }

    private func table(_ range: Range<Int>) -> Found? {
        let own = Array(lines[range])
        let box = own.dropFirst().reduce(own[0].box) { $0.union($1.box) }
        let size = own[0].size
        let near = rulings.filter { $0.middleY > box.top - 1.5 * size && $0.middleY < box.bottom + 1.5 * size }
        let edges = near.filter { min($0.right, box.right) - max($0.left, box.left) > 0.3 * box.width }.map(\.middleY)
        let builder = TableBuilder(own, rowEdges: edges, isRecognised: isRecognised)
        let whole = near.reduce(box) { covers($1, box.left, box.right) ? $0.union($1) : $0 }
        guard let grid = builder.grid(isRuled: edges.count >= 2, box: whole), TableVerdict.isTable(grid, lines: own) else {
            return nil
        }
        return Found(range: range, grid: grid)
    }
}
