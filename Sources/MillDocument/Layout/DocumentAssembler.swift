/// Makes a document of the layouts of its pages.
struct DocumentAssembler {
    /// A block with what it was found to be.
    struct Draft {
        var kind: DocumentItem.Kind
        /// The first of the pages it stands on, as an index.
        let page: Int
        var blocks: [LayoutBlock]
        var marker: ListMarker?
        /// What joins the parts of a table over pages.
        var tables: [TableGrid] = []
    }

    private let pages: [PageLayout]
    private let bodySize: Double
    private var joiner = TextJoiner()

    init(_ pages: [PageLayout]) {
        self.pages = pages
        bodySize = Self.bodySize(pages)
        for page in pages {
            for block in page.blocks {
                joiner.learn(block.lines)
                if case .table(let grid) = block.content { for cell in grid.cells { joiner.learn(cell.lines) } }
            }
        }
    }

    /// The size that most characters of paragraphs have, in points.
    private static func bodySize(_ pages: [PageLayout]) -> Double {
        var counts: [Int: Int] = [:]
        for page in pages {
            for block in page.blocks where block.lines.count >= 2 {
                for line in block.lines { counts[Int((line.size * 2).rounded()), default: 0] += line.characterCount }
            }
        }
        if counts.isEmpty {
            for page in pages {
                for line in page.blocks.flatMap(\.lines) {
                    counts[Int((line.size * 2).rounded()), default: 0] += line.characterCount
                }
            }
        }
        let most = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return most.map { Double($0.key) / 2 } ?? 10
    }

    mutating func items() -> [DocumentItem] {
        var drafts: [Draft] = []
        for (index, page) in pages.enumerated() {
            drafts += page.headers.map { Draft(kind: .pageHeader, page: index, blocks: [.line($0)]) }
            drafts += page.footers.map { Draft(kind: .pageFooter, page: index, blocks: [.line($0)]) }
            drafts += page.blocks.map { draft($0, index) }
        }
        HeadingLevels(bodySize: bodySize).mark(&drafts)
        joinParagraphs(&drafts)
        joinTables(&drafts)
        return drafts.map { item($0) }
    }

    private func draft(_ block: LayoutBlock, _ page: Int) -> Draft {
        switch block.content {
        case .picture: return Draft(kind: .picture, page: page, blocks: [block])
        case .table(let grid): return Draft(kind: .table, page: page, blocks: [block], tables: [grid])
        case .text(let lines):
            let text = lines[0].plainText
            if CaptionPattern.isCaption(text), lines.count <= 3 { return Draft(kind: .caption, page: page, blocks: [block]) }
            let height = pages[page].height
            if block.size < 0.9 * bodySize, block.box.top > 0.7 * height, Self.isNote(lines[0]) {
                return Draft(kind: .footnote, page: page, blocks: [block])
            }
            let marker = ListMarker.split(text)?.marker
            return Draft(kind: .paragraph, page: page, blocks: [block], marker: marker)
        }
    }

    /// `1 See note 3`, `* Adjusted`.
    private static func isNote(_ line: LayoutLine) -> Bool {
        guard let first = line.words.first else { return false }
        if first.shape.digits == first.shape.count, first.shape.count <= 2 { return line.words.count > 1 }
        return first.text.first.map { "*†‡§¹²³⁴⁵⁶⁷⁸⁹①②③".contains($0) || $0.isNumber && first.shape.digits == 1 } ?? false
    }

    /// Paragraphs that go on in the next column or on the next page.
    private func joinParagraphs(_ drafts: inout [Draft]) {
        var result: [Draft] = []
        var last: Int?
        for draft in drafts {
            switch draft.kind {
            case .pageHeader, .pageFooter, .footnote, .picture, .caption: result.append(draft)
            case .paragraph, .listItem:
                if let last, draft.kind == .paragraph, goesOn(result[last], draft) {
                    result[last].blocks += draft.blocks
                } else {
                    result.append(draft)
                    last = result.count - 1
                }
            default:
                result.append(draft)
                last = nil
            }
        }
        drafts = result
    }

    private func goesOn(_ draft: Draft, _ next: Draft) -> Bool {
        switch draft.kind {
        case .paragraph, .listItem: break
        default: return false
        }
        guard let block = draft.blocks.last, let nextBlock = next.blocks.first, let line = block.lines.last,
            let first = nextBlock.lines.first, abs(block.size - nextBlock.size) < 0.1 * block.size,
            let end = line.words.last?.text.last, let start = first.words.first?.text.unicodeScalars.first
        else { return false }
        let isSamePlace =
            draft.page == next.page && nextBlock.box.top > block.box.bottom - 1
            && nextBlock.column.lowerBound < block.column.upperBound && nextBlock.column.upperBound > block.column.lowerBound
        if isSamePlace || ".。!?！？:：;；".contains(end) { return false }
        let isFull = line.box.right > block.column.upperBound - 0.15 * (block.column.upperBound - block.column.lowerBound)
        guard isFull, line.characterCount >= 12 else { return false }
        return start.properties.isLowercase
            || start.isFullWidth && next.marker == nil && end.unicodeScalars.first?.isFullWidth ?? false
    }

    /// Tables that go on on the next page.
    private func joinTables(_ drafts: inout [Draft]) {
        var result: [Draft] = []
        var last: Int?
        var isContinued = false
        for var draft in drafts {
            switch draft.kind {
            case .pageHeader, .pageFooter, .footnote: result.append(draft)
            case .table:
                if let last, let table = result[last].tables.last, result[last].page + result[last].tables.count == draft.page,
                    let next = draft.tables.first,
                    table.goesOn(
                        in: next, isSaid: isContinued,
                        isAcross: table.box.bottom > 0.7 * pages[draft.page - 1].height
                            && next.box.top < 0.3 * pages[draft.page].height)
                {
                    result[last].tables.append(next)
                    result[last].blocks += draft.blocks
                } else {
                    result.append(draft)
                    last = result.count - 1
                }
                isContinued = false
            default:
                // `Income statement (continued)` above the rest.
                let text = draft.blocks[0].lines.map(\.plainText).joined(separator: " ")
                isContinued = last != nil && text.count <= 120 && CaptionPattern.isContinued(text)
                if isContinued { draft.kind = .caption } else { last = nil }
                result.append(draft)
            }
        }
        drafts = result
    }

    private func item(_ draft: Draft) -> DocumentItem {
        let places = draft.blocks.flatMap { self.places($0, page: pages[draft.page].page) }
        if case .table = draft.kind {
            let table = TableGrid.joined(draft.tables, joiner)
            return DocumentItem(kind: .table, text: table.text, places: places, table: table)
        }
        var text = joiner.text(draft.blocks.flatMap(\.lines))
        if case .listItem(let marker) = draft.kind { text = text.dropping(marker) }
        return DocumentItem(kind: draft.kind, text: text, places: places)
    }

    /// Where the ink of a block is: around its words, or where the drawing lies.
    private func places(_ block: LayoutBlock, page: StructuredDocument.Page) -> [PagePlace] {
        var places: [PagePlace] = []
        func add(_ place: PagePlace) {
            if let last = places.last, last.page == place.page {
                places[places.count - 1] = PagePlace(page: last.page, box: last.box.union(place.box))
            } else {
                places.append(place)
            }
        }
        switch block.content {
        case .text(let lines): for line in lines { for word in line.words { add(word.place) } }
        case .table(let grid):
            for cell in grid.cells { for line in cell.lines { for word in line.words { add(word.place) } } }
        case .picture: break
        }
        if places.isEmpty { places = [PagePlace(page: page.number, box: UprightFrame(page).displayed(block.box))] }
        return places
    }
}

extension LayoutBlock {
    static func line(_ line: LayoutLine) -> LayoutBlock {
        LayoutBlock(
            content: .text([line]), box: line.box, size: line.size, column: line.box.left...max(line.box.left, line.box.right),
            gapAbove: .infinity)
    }
}

extension PlacedText {
    /// Without a marker at its beginning and the blanks after it.
    func dropping(_ marker: String) -> PlacedText {
        guard text.hasPrefix(marker) else { return self }
        let rest = text.dropFirst(marker.count).drop { $0 == " " || $0 == "\u{3000}" }
        let start = text.unicodeScalars.distance(from: text.startIndex, to: rest.startIndex)
        var result = PlacedText()
        let scalars = Array(text.unicodeScalars)
        var position = start
        for piece in pieces where piece.range.upperBound > start {
            let range = max(start, piece.range.lowerBound)..<piece.range.upperBound
            result.append(String(String.UnicodeScalarView(scalars[position..<max(position, range.lowerBound)])))
            result.append(
                String(String.UnicodeScalarView(scalars[range])),
                at: PagePlace(page: piece.place.page, box: places(of: range).first?.box ?? piece.place.box),
                confidence: piece.confidence)
            position = range.upperBound
        }
        return result
    }
}
