/// What stands on one side of a gutter.
private struct GutterSide {
    /// Of the words next to the gutter in each line.
    var neighbours: [PageBox] = []
    var prose = 0
    var figures = 0
    /// Lines with figures anywhere.
    var linesWithFigures = 0
    /// How many neighbours begin at the same place, or end there.
    var box = PageBox(left: .infinity, top: .infinity, right: -.infinity, bottom: -.infinity)

    /// Whether the last line ends one.
    private(set) var endsSentence = false

    /// Lines of prose that are about as wide as the widest.
    var fullProse: Int { proseWidths.count { $0 > 0.75 * (box.right - box.left) } }
    private var proseWidths: [Double] = []

    var proseShare: Double { Double(prose) / Double(max(neighbours.count, 1)) }
    var figureShare: Double { Double(figures) / Double(max(neighbours.count, 1)) }

    init(_ words: [LayoutWord], isLeft: Bool, isRecognised: Bool) {
        for line in LayoutLine.lines(of: words) {
            let segments = line.segments(isRecognised: isRecognised)
            guard let next = isLeft ? segments.last : segments.first else { continue }
            neighbours.append(next.box)
            box = box.union(next.box)
            let words = line.words[next.range]
            let letters = words.reduce(0) { $0 + $1.shape.letters }
            let fullWidth = words.reduce(0) { $0 + $1.shape.fullWidth }
            let isFigure = words.allSatisfy { $0.shape.isFigure || $0.shape.kind == .period }
            if isFigure { figures += 1 }
            endsSentence = words.last?.text.last.map { ".。!?！？;；".contains($0) } ?? false
            if line.words.contains(where: { $0.shape.kind == .number }) { linesWithFigures += 1 }
            if (words.count >= 4 && letters >= 18) || fullWidth >= 12 {
                prose += 1
                proseWidths.append(next.box.width)
            }
        }
    }

    /// Whether this side is no more than the end of a sentence that begins in prose above it.
    func endsProse(of above: GutterSide, size: Double) -> Bool {
        neighbours.count == 1 && endsSentence && above.prose > 0 && 2 * above.prose >= above.neighbours.count
            && neighbours[0].left < above.box.left + 0.5 * size
    }

    /// The share of this side's lines that stand on the same base as one of the other's.
    func share(level other: GutterSide, size: Double) -> Double {
        let others = other.neighbours.map(\.middleY).sorted()
        guard !neighbours.isEmpty, !others.isEmpty else { return 0 }
        var level = 0
        var index = 0
        for y in neighbours.map(\.middleY).sorted() {
            while index + 1 < others.count, others[index + 1] <= y { index += 1 }
            let nearest = min(abs(others[index] - y), abs(others[min(index + 1, others.count - 1)] - y))
            if nearest < 0.2 * size { level += 1 }
        }
        return Double(level) / Double(neighbours.count)
    }

    /// The share of lines that reach the edge that is away from where lines begin, as those of paragraphs do.
    func fill(size: Double) -> Double {
        let long = neighbours.count { $0.width > 0.75 * (box.right - box.left) }
        return Double(long) / Double(max(neighbours.count, 1))
    }
}

extension ColumnCutter {
    /// A part of a strip between blanks that cross the whole region.
    private struct Section {
        enum Verdict { case columns, row, open }

        let rows: Range<Int>
        let verdict: Verdict
        /// Of the side that has fewer, and of the one that has more.
        let lineCount: Int
        let mostLines: Int
        let hasProse: Bool
        /// A single line that neither fills its column nor ends a sentence.
        let isShort: Bool
        /// The blank below it, in points.
        let blank: Double
    }

    /// The longest part of a strip that divides columns of text, and not the columns of a table.
    func columnGutter(_ strip: Gutter, in part: Part, _ whole: PageBox) -> Gutter? {
        let x = Double(strip.columns.lowerBound + strip.columns.upperBound) / 2 * map.cell
        guard min(x - whole.left, whole.right - x) > 5 * size else { return nil }
        let sections = sections(strip, part, x, whole)
        var best: Range<Int>?
        var start = 0
        func close(_ end: Int) {
            // What names a table below the columns, and the names of its columns, are not the end of one of them.
            var end = end
            if end == sections.count, end - 2 >= start, sections[end - 1].verdict == .row,
                strip.rows.upperBound < map.row(whole.bottom) - 2
            {
                end -= 1
            }
            while end - 2 >= start, end < sections.count || strip.rows.upperBound < map.row(whole.bottom) - 2,
                sections[end - 1].lineCount == 0,
                sections[end - 1].mostLines <= 2, !sections[end - 1].hasProse || sections[end - 1].isShort,
                sections[end - 2].blank > 0.45 * size
            {
                end -= 1
            }
            guard start < end else { return }
            let rows = sections[start].rows.lowerBound..<sections[end - 1].rows.upperBound
            if rows.count > best?.count ?? 0, isColumnGutter(Gutter(columns: strip.columns, rows: rows), x, part) { best = rows }
        }
        var index = 0
        while index < sections.count {
            // Rows of a table: several that are level, with nothing else between.
            var end = index
            var lines = 0
            while end < sections.count, sections[end].verdict == .row {
                lines += sections[end].lineCount
                end += 1
            }
            if lines >= 2 {
                close(index)
                start = end
            }
            index = max(end, index + 1)
        }
        close(sections.count)
        return best.map { Gutter(columns: strip.columns, rows: $0) }
    }

    private func sections(_ strip: Gutter, _ part: Part, _ x: Double, _ whole: PageBox) -> [Section] {
        let columns = map.column(whole.left)..<max(map.column(whole.left), map.column(whole.right))
        var bounds: [Range<Int>] = []
        var blanks: [Int] = []
        var start = strip.rows.lowerBound
        var blankStart: Int?
        for row in strip.rows {
            if map.covered(columns, row..<row + 1) == 0 {
                if blankStart == nil { blankStart = row }
            } else if let blank = blankStart {
                if blank > start {
                    bounds.append(start..<row)
                    blanks.append(row - blank)
                }
                start = row
                blankStart = nil
            }
        }
        bounds.append(start..<strip.rows.upperBound)
        blanks.append(0)
        var words = [(left: [LayoutWord], right: [LayoutWord])](repeating: ([], []), count: bounds.count)
        for word in part.words {
            let row = map.row(word.box.middleY)
            guard strip.rows.contains(row) else { continue }
            var low = 0
            var high = bounds.count
            while high - low > 1 {
                let middle = (low + high) / 2
                if bounds[middle].lowerBound <= row { low = middle } else { high = middle }
            }
            if word.box.middleX < x { words[low].left.append(word) } else { words[low].right.append(word) }
        }
        var above: (left: GutterSide, right: GutterSide, blank: Double)?
        return zip(zip(bounds, blanks), words).map { bound, words in
            let left = GutterSide(words.left, isLeft: true, isRecognised: isRecognised)
            let right = GutterSide(words.right, isLeft: false, isRecognised: isRecognised)
            let (few, many) = left.neighbours.count <= right.neighbours.count ? (left, right) : (right, left)
            let isLevel = few.share(level: many, size: size) >= 0.9 && many.neighbours.count <= 2 * few.neighbours.count
            // Where a table of one column meets a table of the other, no more than the strip is between them.
            let gap = Double(strip.columns.count) * map.cell + size
            let endsTable =
                left.figureShare > 0.6 && right.figureShare < 0.4 && 2 * right.linesWithFigures >= right.neighbours.count
            let isWide = right.box.left - left.box.right > 1.6 * gap && !endsTable
            // The last line of a paragraph beside a short line of the other column.
            let endsProse =
                above.map {
                    $0.blank < size && (left.endsProse(of: $0.left, size: size) || right.endsProse(of: $0.right, size: size))
                } ?? false
            let verdict: Section.Verdict =
                few.neighbours.isEmpty || left.prose > 0 || right.prose > 0 || endsProse || isLevel && !isWide
                ? .open : isLevel ? .row : .columns
            above = (left, right, Double(bound.1) * map.cell)
            return Section(
                rows: bound.0, verdict: verdict, lineCount: few.neighbours.count, mostLines: many.neighbours.count,
                hasProse: left.prose + right.prose > 0,
                isShort: many.neighbours.count == 1 && !many.endsSentence
                    && many.box.width < 0.75 * (many.box.left < x ? x - whole.left : whole.right - x),
                blank: Double(bound.1) * map.cell)
        }
    }

    private func isColumnGutter(_ gutter: Gutter, _ x: Double, _ part: Part) -> Bool {
        let top = Double(gutter.rows.lowerBound) * map.cell
        let bottom = Double(gutter.rows.upperBound) * map.cell
        guard bottom - top > 4 * size else { return false }
        let band = part.words.filter { $0.box.middleY >= top && $0.box.middleY <= bottom }
        let left = GutterSide(band.filter { $0.box.middleX < x }, isLeft: true, isRecognised: isRecognised)
        let right = GutterSide(band.filter { $0.box.middleX >= x }, isLeft: false, isRecognised: isRecognised)
        let hasFigure = part.figures.contains { $0.box.middleY >= top && $0.box.middleY <= bottom }
        let least = hasFigure ? 1 : 3
        guard left.neighbours.count >= least || hasFigure, right.neighbours.count >= least || hasFigure else { return false }
        guard left.neighbours.count + right.neighbours.count >= 6 || hasFigure else { return false }
        let sparse = left.neighbours.count <= right.neighbours.count ? left : right
        let dense = left.neighbours.count <= right.neighbours.count ? right : left
        let level = sparse.share(level: dense, size: size)
        let (leftProse, rightProse) = (left.proseShare >= 0.5, right.proseShare >= 0.5)
        if left.fullProse >= 4, right.fullProse >= 4, 2 * left.fullProse > left.prose, 2 * right.fullProse > right.prose {
            return true
        }
        // Figures to the right of names are a table's.
        if right.figureShare >= 0.5 { return false }
        if leftProse, rightProse {
            // Rows of a table of texts are level, and few of its cells fill their column.
            return level < 0.8 || left.fill(size: size) > 0.5 && left.neighbours.count >= 4
        }
        if leftProse || rightProse {
            let prose = leftProse ? left : right
            if prose.fill(size: size) > 0.6, level < 0.9, prose.neighbours.count >= 4 { return true }
            return level < 0.6
        }
        // Two tables beside one another: after figures new labels begin, which have figures of their own.
        let wide = Double(gutter.columns.count) * map.cell > 1.2 * size
        if wide, left.figureShare > 0.6, right.figureShare < 0.35, right.neighbours.count >= 3,
            2 * right.linesWithFigures >= right.neighbours.count
        {
            return true
        }
        return wide && level < 0.5
    }
}
