/// Where running headers end and running footers begin on each page of a document.
///
/// Found from what stands near the edges of all pages: what repeats (apart from digits), what stands at the same height on most
/// pages, and page numbers.
public struct RunningText: Sendable {
    /// By page number, in points of the upright page.
    private var headerEnds: [Int: Double] = [:]
    private var footerStarts: [Int: Double] = [:]

    /// - Parameter margin: how far from the edges to look, as a share of the page's height.
    init(_ pages: [UprightPage], margin: Double) {
        let edges = pages.map { Edges($0, margin: min(max(margin, 0), 0.4) * $0.height) }
        for (page, count) in zip(edges, Self.counts(edges.map(\.top))) where count > 0 {
            headerEnds[page.number] = page.top[count - 1].end
        }
        for (page, count) in zip(edges, Self.counts(edges.map(\.bottom))) where count > 0 {
            footerStarts[page.number] = page.bottom[count - 1].end
        }
    }

    /// Whether a box of an upright page is in its running header or footer.
    func part(_ box: PageBox, page: Int) -> DocumentItem.Kind? {
        if let end = headerEnds[page], box.middleY < end { return .pageHeader }
        if let start = footerStarts[page], box.middleY > start { return .pageFooter }
        return nil
    }

    private struct Line {
        /// Of the parts that wide gaps divide.
        let keys: [String]
        let isRecognised: Bool
        let isNumber: Bool
        /// From the edge, in points.
        let distance: Double
        /// Whether a wide gap or a line follows.
        let isApart: Bool
        /// Whether a wide gap parts it from the line before it, towards the edge.
        let isSetOff: Bool
        /// Whether it is in much larger type than the page, or set off in larger type than the line before it, as a title is: the
        /// first page's often says what later pages repeat.
        let isTitle: Bool
        /// Whether it is small and far from the text, as running text of a single page is.
        let isAside: Bool
        /// Whether it and the next line are close and in the columns of a table.
        let isTabular: Bool
        /// Halfway to the next line, in points.
        let end: Double
        var step: Int { Int((distance / 6).rounded()) }
    }

    /// The lines near the edges of a page, from the edges inwards.
    private struct Edges {
        let number: Int
        let top: [Line]
        let bottom: [Line]

        init(_ page: UprightPage, margin: Double) {
            number = page.number
            // Some lines more than the margin holds, to see what follows.
            let high = LayoutLine.lines(of: page.words.filter { $0.box.middleY < margin + Self.beyond })
            let low = LayoutLine.lines(of: page.words.filter { $0.box.middleY > page.height - margin - Self.beyond }).reversed()
            top = Self.lines(high, page, margin: margin) { $0.box.bottom }
            bottom = Self.lines(Array(low), page, margin: margin) { page.height - $0.box.top }
        }

        private static func lines(
            _ lines: [LayoutLine], _ page: UprightPage, margin: Double, _ distance: (LayoutLine) -> Double
        ) -> [Line] {
            var result: [Line] = []
            let size = page.usualSize
            for (index, line) in lines.prefix(4).enumerated() where distance(line) < margin {
                let next = index + 1 < lines.count ? lines[index + 1] : nil
                let gap = next.map { max($0.box.top - line.box.bottom, line.box.top - $0.box.bottom) } ?? .infinity
                let middle =
                    next.map { ($0.box.middleY + line.box.middleY) / 2 } ?? line.box.middleY + (line.box.top > margin ? -1 : 1)
                let isRuled = next.map { next in
                    page.rulings.contains {
                        $0.isHorizontal && $0.box.width > 0.4 * page.width
                            && ($0.box.middleY - line.box.middleY) * ($0.box.middleY - next.box.middleY) < 0
                    }
                }
                let text = line.plainText
                let shares = next.map { line.sharesColumns(with: $0, isRecognised: page.isRecognised) } ?? false
                // Rows of a table may be far apart, if all are as far.
                let isEven = index + 2 < lines.count && shares && Self.isEven(lines[index...], isRecognised: page.isRecognised)
                let before = index > 0 ? lines[index - 1].box : nil
                let gapBefore = before.map { max($0.top - line.box.bottom, line.box.top - $0.bottom) } ?? 0
                result.append(
                    Line(
                        keys: CaptionPattern.isContinued(text) || line.size > 1.3 * size
                            ? []
                            : line.segments(isRecognised: page.isRecognised).map { segment in
                                CaptionPattern.runningKey(line.words[segment.range].map(\.text).joined(separator: " "))
                            }.filter { $0 != "#" && !$0.isEmpty },
                        isRecognised: page.isRecognised, isNumber: CaptionPattern.isPageNumber(text), distance: distance(line),
                        isApart: gap > 0.7 * line.size || isRuled ?? false,
                        isSetOff: gapBefore > 0.9 * line.size,
                        isTitle: line.size > (page.isRecognised ? 1.6 : 1.4) * size
                            || gapBefore > 0.9 * line.size
                                && line.size > (page.isRecognised ? 1.3 : 1.15) * lines[max(index, 1) - 1].size,
                        isAside: gap > 2 * line.size && line.size < 0.93 * size && !CaptionPattern.isSource(text),
                        isTabular: shares && gap < 1.5 * line.size || isEven, end: middle))
            }
            return result
        }

        /// How far beyond the margin is looked, in points.
        private static let beyond = 100.0

        /// Whether the second of three lines is as far from the third as from the first, and in the same columns.
        private static func isEven(_ lines: ArraySlice<LayoutLine>, isRecognised: Bool) -> Bool {
            let (first, second, third) = (lines[lines.startIndex], lines[lines.startIndex + 1], lines[lines.startIndex + 2])
            let pitches = [(first, second), (second, third)].map { abs($0.box.middleY - $1.box.middleY) }
            return abs(pitches[0] - pitches[1]) < 0.5 * first.size
                && second.sharesColumns(with: third, isRecognised: isRecognised)
        }
    }

    /// How many lines of each page, from the edge, are running text: none after the first that is not.
    ///
    /// Titles and the names of columns of a table that goes on over pages repeat, too; what is set off from the first running
    /// line must repeat on most pages, and what stands in columns with rows that do not repeat is part of their table.
    private static func counts(_ pages: [[Line]]) -> [Int] {
        var keys: [String: Int] = [:]
        var steps: [Int: Int] = [:]
        for page in pages {
            for key in Set(page.flatMap(\.keys)) { keys[key, default: 0] += 1 }
            for step in Set(page.filter(\.isApart).flatMap { [$0.step, $0.step + 1] }) { steps[step, default: 0] += 1 }
        }
        let repeated = max(2, pages.count / 4)
        let often = max(3, (pages.count + 1) / 2)
        return pages.map { page in
            let repetitions = page.enumerated().map { index, line in
                // Recognition reads hardly any line twice in the same way: a part of the outermost one must do.
                let isPart = line.isRecognised && index == 0
                let counts = line.keys.filter { !isPart || $0.count >= 4 }.map { keys[$0] ?? 0 }
                return (isPart ? counts.max() : counts.min()) ?? 0
            }
            var isInTable = page.map(\.isTabular)
            for index in page.indices.dropLast().reversed() where repetitions[index + 1] >= repeated && !isInTable[index + 1] {
                isInTable[index] = false
            }
            var count = 0
            for (index, line) in page.enumerated() {
                if line.isTitle || isInTable[index] { break }
                let repeats = repetitions[index]
                let stands = max(steps[line.step] ?? 0, steps[line.step + 1] ?? 0)
                guard
                    line.isNumber && (line.isApart || index == 0)
                        || repeats >= (line.isSetOff ? max(often, repeated) : repeated)
                        || index == 0 && line.isApart && stands >= often
                        || line.isAside
                else { break }
                count = index + 1
            }
            return count
        }
    }
}
