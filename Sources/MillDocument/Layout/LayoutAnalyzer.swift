/// Finds out how pages are to be read: columns, paragraphs, headings, lists, tables, running headers and footers.
///
/// It looks at geometry and at how words are written. Its steps sort and sweep, so that the time grows with the number of words
/// (n log n), whatever the boxes say.
public struct LayoutAnalyzer: Sendable {
    public struct Options: Sendable, Hashable {
        /// How far from the top and the bottom edge running headers and footers may stand, as a share of the page's height.
        public var margin = 0.12
        /// Words beyond this number of a page are left out, with a remark.
        public var maximumWords = 200_000

        public init() {}
    }

    public let options: Options

    public init(options: Options = Options()) { self.options = options }

    public func document(_ pages: [DocumentPage]) -> StructuredDocument { document(pages.map { layout($0) }) }

    /// The step that looks at one page alone; it may run for several pages at the same time.
    public func layout(_ page: DocumentPage) -> PageLayout {
        let upright = UprightPage(page, maximumWords: options.maximumWords)
        var words = upright.words
        let size = Self.usualSize(words)
        let (top, bottom) = takeMargins(&words, upright)
        let tables = RuledTables.take(from: &words, rulings: upright.rulings, isRecognised: upright.isRecognised)
        let pictures = upright.pictures.filter {
            $0.area > 0.004 * upright.width * upright.height && $0.area < 0.7 * upright.width * upright.height
                && $0.width > 2 * size && $0.height > 2 * size
        }
        let figures = (tables.map(\.box) + pictures).enumerated().map { ColumnCutter.Figure(index: $0.offset, box: $0.element) }
        let cutter = ColumnCutter(page: upright, words: words, figures: figures, size: size)
        let rulings = upright.rulings.filter(\.isHorizontal).map(\.box)
        var blocks: [LayoutBlock] = []
        for part in cutter.parts(ColumnCutter.Part(words: words, figures: figures)) {
            let column = ColumnReader(words: part.words, rulings: rulings, isRecognised: upright.isRecognised)
            blocks += column.blocks(
                figures: part.figures.map { figure in
                    figure.index < tables.count
                        ? LayoutBlock.figure(.table(tables[figure.index]), figure.box) : LayoutBlock.figure(.picture, figure.box)
                })
        }
        for line in upright.sideways {
            let line = LayoutLine(line)
            blocks.append(
                LayoutBlock(
                    content: .text([line]), box: line.box, size: size, column: line.box.left...max(line.box.left, line.box.right),
                    gapAbove: .infinity))
        }
        var remarks = page.remarks
        if page.words.count > options.maximumWords {
            remarks.append("the page has \(page.words.count) words; those after the first \(options.maximumWords) were left out")
        }
        return PageLayout(
            page: StructuredDocument.Page(
                number: page.number, width: page.width, height: page.height, source: page.source, turn: page.turn,
                remarks: remarks),
            blocks: blocks, top: top, bottom: bottom, height: upright.height)
    }

    /// The step that needs all pages: running headers and footers, levels of headings, what goes on over pages.
    public func document(_ layouts: [PageLayout]) -> StructuredDocument {
        var assembler = DocumentAssembler(layouts)
        return StructuredDocument(pages: layouts.map(\.page), items: assembler.items())
    }

    /// The size that half of the characters do not exceed, in points.
    private static func usualSize(_ words: [LayoutWord]) -> Double {
        guard !words.isEmpty else { return 10 }
        return min(max(LayoutLine(words).size, 2), 200)
    }

    /// Takes lines out that stand apart at the top and the bottom of the page.
    private func takeMargins(_ words: inout [LayoutWord], _ page: UprightPage) -> (top: [LayoutLine], bottom: [LayoutLine]) {
        let margin = min(max(options.margin, 0), 0.4) * page.height
        // One line more than the margin holds, to see the gap after it.
        let high = LayoutLine.lines(of: words.filter { $0.box.middleY < margin + 40 })
        let low = LayoutLine.lines(of: words.filter { $0.box.middleY > page.height - margin - 40 })
        func isRuled(_ a: PageBox, _ b: PageBox) -> Bool {
            page.rulings.contains {
                $0.isHorizontal && $0.box.width > 0.4 * page.width && $0.box.middleY > a.middleY && $0.box.middleY < b.middleY
            }
        }
        var top = 0
        for index in high.indices.prefix(3) where high[index].box.bottom < margin {
            let next = index + 1 < high.count ? high[index + 1] : nil
            let gap = next.map { $0.box.top - high[index].box.bottom } ?? .infinity
            if gap > 0.7 * high[index].size || next.map({ isRuled(high[index].box, $0.box) }) ?? false { top = index + 1 }
        }
        var bottom = 0
        for index in low.indices.suffix(3).reversed() where low[index].box.top > page.height - margin {
            let next = index > 0 ? low[index - 1] : nil
            let gap = next.map { low[index].box.top - $0.box.bottom } ?? .infinity
            if gap > 0.7 * low[index].size || next.map({ isRuled($0.box, low[index].box) }) ?? false {
                bottom = low.count - index
            }
        }
        let above = Array(high.prefix(top))
        let below = Array(low.suffix(bottom))
        // Between the last line that is taken and the first that is not.
        let start = above.last.map { last in high.count > top ? (last.box.middleY + high[top].box.middleY) / 2 : last.box.bottom }
        let end = below.first.map { first in
            low.count > bottom ? (first.box.middleY + low[low.count - bottom - 1].box.middleY) / 2 : first.box.top
        }
        let rest = words.filter { $0.box.middleY > start ?? -.infinity && $0.box.middleY < end ?? .infinity }
        let taken = (above + below).reduce(0) { $0 + $1.words.count }
        guard rest.count + taken == words.count else { return ([], []) }
        words = rest
        return (above, below)
    }
}
