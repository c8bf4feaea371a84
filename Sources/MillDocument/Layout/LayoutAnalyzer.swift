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

    public func document(_ pages: [DocumentPage]) -> StructuredDocument {
        let running = running(pages)
        return document(pages.map { layout($0, running: running) })
    }

    /// The first step: what repeats at the edges of the pages. It is cheap.
    public func running(_ pages: [DocumentPage]) -> RunningText {
        RunningText(pages.map { UprightPage($0, maximumWords: options.maximumWords) }, margin: options.margin)
    }

    /// The second step looks at one page alone; it may run for several pages at the same time.
    public func layout(_ page: DocumentPage, running: RunningText) -> PageLayout {
        let upright = UprightPage(page, maximumWords: options.maximumWords)
        var headers: [LayoutWord] = []
        var footers: [LayoutWord] = []
        var words: [LayoutWord] = []
        for word in upright.words {
            switch running.part(word.box, page: page.number) {
            case .pageHeader: headers.append(word)
            case .pageFooter: footers.append(word)
            default: words.append(word)
            }
        }
        let size = upright.usualSize
        let tables = RuledTables.take(from: &words, rulings: upright.rulings, isRecognised: upright.isRecognised)
        let pictures = upright.pictures.filter {
            $0.area > 0.004 * upright.width * upright.height && $0.area < 0.7 * upright.width * upright.height
                && $0.width > 2 * size && $0.height > 2 * size
        }
        let figures = (tables.map(\.box) + pictures).enumerated().map { ColumnCutter.Figure(index: $0.offset, box: $0.element) }
        let cutter = ColumnCutter(page: upright, words: words, figures: figures, size: size)
        let rulings = RulingGrid.joined(upright.rulings.filter(\.isHorizontal).map(\.box), isHorizontal: true)
        var blocks: [LayoutBlock] = []
        let textRight = words.map(\.box.right).max() ?? 0
        for part in cutter.parts(ColumnCutter.Part(words: words, figures: figures)) {
            let column = ColumnReader(
                words: part.words, rulings: rulings, isRecognised: upright.isRecognised, textRight: textRight)
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
                remarks: remarks, isLost: page.isLost, isDamaged: page.isDamaged),
            blocks: LayoutBlock.attachCaptions(blocks), headers: LayoutLine.lines(of: headers),
            footers: LayoutLine.lines(of: footers), height: upright.height)
    }

    /// The last step needs all pages: levels of headings, what goes on over pages.
    public func document(_ layouts: [PageLayout]) -> StructuredDocument {
        var assembler = DocumentAssembler(layouts)
        return StructuredDocument(pages: layouts.map(\.page), items: assembler.items())
    }
}
