/// Words beside one another, from the left.
struct LayoutLine: Sendable {
    /// A part of a line that no wide gap divides.
    struct Segment: Sendable {
        /// Of the line's words.
        let range: Range<Int>
        let box: PageBox
    }

    let words: [LayoutWord]
    let box: PageBox
    /// Of its type, in points.
    let size: Double

    /// From words in any order; there must be at least one.
    init(_ unsorted: [LayoutWord]) {
        words = unsorted.sorted { $0.box.left < $1.box.left }
        box = words.dropFirst().reduce(words[0].box) { $0.union($1.box) }
        size = Self.size(words)
    }

    /// The size that most of its characters have, roughly: the middle one, weighted by characters.
    private static func size(_ words: [LayoutWord]) -> Double {
        let sorted = words.sorted { $0.size < $1.size }
        let half = sorted.reduce(0) { $0 + $1.shape.count } / 2
        var seen = 0
        for word in sorted {
            seen += word.shape.count
            if seen > half { return word.size }
        }
        return sorted[sorted.count - 1].size
    }

    var characterCount: Int { words.reduce(0) { $0 + $1.shape.count } }

    /// Whether full-width characters are in it.
    var isFullWidth: Bool { words.contains { $0.shape.fullWidth > 0 } }

    /// The blank between a word and the next, in points.
    func gap(after index: Int) -> Double { words[index + 1].box.left - words[index].box.right }
}

extension LayoutLine {
    /// Sorts words into lines from top to bottom by how their boxes lie; n log n.
    static func lines(of words: [LayoutWord]) -> [LayoutLine] {
        LayoutRow.rows(of: words, tightness: 1).flatMap { row in
            let line = LayoutLine(row)
            // Lines so close that they were taken for one.
            return line.overlapsItself ? LayoutRow.rows(of: row, tightness: 0.45).map { LayoutLine($0) } : [line]
        }
    }

    /// Whether words of it stand above one another.
    private var overlapsItself: Bool {
        zip(words, words.dropFirst()).contains { word, next in
            word.box.right - next.box.left > 0.5 * min(word.box.width, next.box.width)
                && abs(word.box.middleY - next.box.middleY) > 0.3 * min(word.box.height, next.box.height)
        }
    }

    /// Cuts the line where the gaps are wide, or where figures stand beside one another.
    func segments(isRecognised: Bool) -> [Segment] {
        let limit = (isRecognised ? 0.75 : 0.5) * size
        let isProse = hasEvenGaps(limit)
        var segments: [Segment] = []
        var start = 0
        for index in words.indices {
            let isLast = index + 1 == words.count
            guard isLast || isCut(after: index, limit: isProse ? 1.3 * size : limit, isProse: isProse) else { continue }
            let range = start..<index + 1
            segments.append(Segment(range: range, box: words[range].dropFirst().reduce(words[start].box) { $0.union($1.box) }))
            start = index + 1
        }
        return segments
    }

    private func isCut(after index: Int, limit: Double, isProse: Bool) -> Bool {
        let gap = gap(after: index)
        if gap > limit { return true }
        let (word, next) = (words[index].shape, words[index + 1].shape)
        func isFigure(_ shape: WordShape) -> Bool { shape.kind == .number && shape.digits >= 2 || shape.kind == .period }
        guard gap > 0.2 * size, isFigure(word), isFigure(next), !isProse || words.count - index <= 12 else { return false }
        // `Q3 2025` is one name.
        if word.kind == .period, word.digits < 3, next.kind == .period, next.digits == 4, next.count == 4, gap < 0.4 * size {
            return false
        }
        if isProse, !words[(index + 1)...].allSatisfy({ $0.shape.isFigure || $0.shape.kind == .period }) { return false }
        // Without a point or a sign they may be one number, such as that of a telephone: 1 234 567.
        let isPlain = word.digits == word.count && next.digits == next.count && word.kind == .number && next.kind == .number
        return !isPlain || gap > 0.4 * size
    }

    /// Whether the wide gaps come from justified text: many words, no gap much wider than the others.
    private func hasEvenGaps(_ limit: Double) -> Bool {
        guard words.count >= 5 else { return false }
        let figures = words.reduce(0) { $0 + ($1.shape.isFigure || $1.shape.kind == .period ? 1 : 0) }
        guard 2 * figures < words.count else { return false }
        let gaps = words.indices.dropLast().map { gap(after: $0) }.sorted()
        guard let widest = gaps.last, widest > limit else { return true }
        return widest < 1.3 * size && gaps[gaps.count / 4] > 0.5 * widest
    }
}

extension LayoutLine {
    /// Whether figures or periods of one line stand above those of another: two, or the only one beside a name.
    func sharesColumns(with other: LayoutLine, isRecognised: Bool) -> Bool {
        let (own, others) = (segments(isRecognised: isRecognised), other.segments(isRecognised: isRecognised))
        let cells = others.filter { other.isCell($0) }
        let shared = own.count { segment in
            isCell(segment)
                && cells.contains {
                    abs($0.box.right - segment.box.right) < 0.5 * size || abs($0.box.middleX - segment.box.middleX) < 0.5 * size
                }
        }
        return shared >= (own.count == 2 && others.count == 2 ? 1 : 2)
    }

    private func isCell(_ segment: Segment) -> Bool {
        let shapes = words[segment.range].map(\.shape)
        return shapes.count <= 3 && shapes.contains { $0.isFigure || $0.kind == .period }
    }
}
