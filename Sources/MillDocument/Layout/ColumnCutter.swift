/// Cuts a page into parts that are read one after the other, each of one column.
struct ColumnCutter {
    /// A part with its words, and the boxes of tables and pictures that were taken out before.
    struct Part {
        var words: [LayoutWord]
        var figures: [Figure]
    }

    /// A table or picture that is read as a whole.
    struct Figure {
        let index: Int
        let box: PageBox
    }

    /// A strip without words between two columns, in cells of the map.
    struct Gutter {
        let columns: Range<Int>
        let rows: Range<Int>

        func isLike(_ other: Gutter) -> Bool {
            let width = columns.clamped(to: other.columns).count
            let height = rows.clamped(to: other.rows).count
            return 10 * width > 6 * min(columns.count, other.columns.count) && 10 * height > 8 * max(rows.count, other.rows.count)
        }
    }

    let map: WhitespaceMap
    /// Of the page's type, in points.
    let size: Double
    let isRecognised: Bool

    init(page: UprightPage, words: [LayoutWord], figures: [Figure], size: Double) {
        // What was hardly recognised is often dirt.
        var boxes = words.filter { $0.confidence >= 0.3 }.map { word in
            // As much wider as closes the blanks between words.
            let blank = 0.14 * min(word.size, 40)
            var box = word.box
            box.left -= blank
            box.right += blank
            return box
        }
        boxes += figures.map(\.box)
        boxes += page.rulings.filter { $0.isHorizontal && $0.box.width > 2 * size }.map(\.box)
        map = WhitespaceMap(width: page.width, height: page.height, boxes: boxes)
        self.size = size
        isRecognised = page.isRecognised
    }

    /// The parts in reading order.
    func parts(_ whole: Part) -> [Part] {
        var result: [Part] = []
        var waiting: [(part: Part, depth: Int)] = [(whole, 0)]
        var cuts = 0
        while let (part, depth) = waiting.popLast() {
            if part.words.isEmpty, part.figures.isEmpty { continue }
            guard depth < 8, cuts < 24, part.words.count >= 8, let gutter = gutter(part) else {
                result.append(part)
                continue
            }
            cuts += 1
            for piece in cut(part, at: gutter).reversed() { waiting.append((piece, depth + 1)) }
        }
        return result
    }

    /// Above, left, right, below. A narrow column at the right comes before the text beside it if that goes on below, so that
    /// the box does not tear the text apart.
    private func cut(_ part: Part, at gutter: Gutter) -> [Part] {
        let x = Double(gutter.columns.lowerBound + gutter.columns.upperBound) / 2 * map.cell
        let top = Double(gutter.rows.lowerBound) * map.cell
        let bottom = Double(gutter.rows.upperBound) * map.cell
        var pieces = [Part](repeating: Part(words: [], figures: []), count: 4)
        func place(_ box: PageBox) -> Int {
            box.middleY < top ? 0 : box.middleY > bottom ? 3 : box.middleX < x ? 1 : 2
        }
        for word in part.words { pieces[place(word.box)].words.append(word) }
        for figure in part.figures { pieces[place(figure.box)].figures.append(figure) }
        func width(_ part: Part) -> Double {
            let boxes = part.words.map(\.box) + part.figures.map(\.box)
            return (boxes.map(\.right).max() ?? 0) - (boxes.map(\.left).min() ?? 0)
        }
        if width(pieces[2]) < 0.6 * width(pieces[1]), !pieces[3].words.isEmpty { pieces.swapAt(1, 2) }
        return pieces
    }

    private func gutter(_ part: Part) -> Gutter? {
        var box = part.words.first?.box ?? part.figures[0].box
        for word in part.words { box = box.union(word.box) }
        for figure in part.figures { box = box.union(figure.box) }
        let columns = map.column(box.left)..<max(map.column(box.left), map.column(box.right))
        let rows = map.row(box.top)..<max(map.row(box.top), map.row(box.bottom))
        for strip in candidates(columns, rows) {
            if let gutter = columnGutter(strip, in: part, box) { return gutter }
        }
        return nil
    }

    /// Tall empty strips with words on both sides, the tallest and widest first.
    private func candidates(_ columns: Range<Int>, _ rows: Range<Int>) -> [Gutter] {
        let leastHeight = max(Int(5 * size / map.cell), 12)
        let leastWidth = max(Int((0.55 * size / map.cell).rounded(.up)), 4)
        guard rows.count > leastHeight, columns.count > 8 * leastWidth else { return [] }
        var found: [Gutter] = []
        for column in columns.dropFirst(leastWidth).dropLast(leastWidth) {
            var start = rows.lowerBound
            func close(_ end: Int) {
                guard end - start >= leastHeight else { return }
                let run = start..<end
                guard map.covered(columns.lowerBound..<column, run) > 0, map.covered(column + 1..<columns.upperBound, run) > 0
                else { return }
                // The same strip was found from the column to the left.
                let isKnown = found.suffix(12).contains {
                    $0.columns.contains(column) && abs($0.rows.lowerBound - start) < 4 && abs($0.rows.upperBound - end) < 4
                }
                if isKnown { return }
                let strip = widen(column, run, columns)
                if strip.columns.count >= leastWidth { found.append(strip) }
            }
            for row in rows where map.covered(column..<column + 1, row..<row + 1) > 0 {
                close(row)
                start = row + 1
            }
            close(rows.upperBound)
        }
        func worth(_ gutter: Gutter) -> Double {
            Double(gutter.rows.count) * Double(min(gutter.columns.count, Int(3 * size / map.cell))).squareRoot()
        }
        var best: [Gutter] = []
        for strip in found.sorted(by: { worth($0) > worth($1) }).prefix(400) where best.count < 16 {
            if !best.contains(where: { $0.isLike(strip) }) { best.append(strip) }
        }
        return best
    }

    private func widen(_ column: Int, _ run: Range<Int>, _ columns: Range<Int>) -> Gutter {
        let slack = min(Int(0.6 * size / map.cell), run.count / 6)
        let inner = run.lowerBound + slack..<run.upperBound - slack
        var left = column
        while left > columns.lowerBound, map.covered(left - 1..<left, inner) == 0 { left -= 1 }
        var right = column + 1
        while right < columns.upperBound, map.covered(right..<right + 1, inner) == 0 { right += 1 }
        return Gutter(columns: left..<right, rows: run)
    }
}
