import MillDocument

/// A stretch of a document's text that knows its place in the whole and on the pages.
struct SourceText: Sendable {
    let placed: PlacedText
    let folded: FoldedText
    /// Where it begins in the document's text, in code points.
    let base: Int
    let isInTable: Bool
    /// The pages whose words were recognised, so that their boxes are those of the ink.
    let inkPages: Set<Int>

    init(_ placed: PlacedText, base: Int, isInTable: Bool, inkPages: Set<Int>) {
        self.placed = placed
        folded = FoldedText(placed.text)
        self.base = base
        self.isInTable = isInTable
        self.inkPages = inkPages
    }

    var text: String { placed.text }

    /// A range of its code points as a place that a value was read from; nil where it stands nowhere on a page.
    func provenance(_ range: Range<Int>) -> Provenance? {
        var range = range.clamped(to: 0..<folded.count)
        while let first = range.first, folded[first] == " " || folded[first] == "\n" { range = first + 1..<range.upperBound }
        while let last = range.last, folded[last] == " " || folded[last] == "\n" { range = range.lowerBound..<last }
        guard !range.isEmpty else { return nil }
        let places = placed.places(of: range, scalars: folded.original).map { inkPages.contains($0.page) ? $0.grownToLine : $0 }
        guard !places.isEmpty else { return nil }
        return Provenance(
            places: places, raw: folded.original(range), range: base + range.lowerBound..<base + range.upperBound,
            isInTable: isInTable,
            confidence: placed.confidence(of: range))
    }

    /// Whether its words stand in several lines.
    var hasLines: Bool {
        guard let first = placed.pieces.first?.place.box, let last = placed.pieces.last?.place.box else { return false }
        return last.middleY - first.middleY > 0.6 * first.height
    }

    /// Whether it is running text and no caption or line above a table.
    var isSentence: Bool {
        let all = folded.trimmed
        guard all.count > 30, let last = folded[all.upperBound - 1] else { return false }
        return all.count > 140 || [".", "。", "!", "?", ";"].contains(last) || folded.folded(all).contains(". ")
    }

    /// All of it.
    var provenance: Provenance? { provenance(folded.trimmed) }
}

/// The document's text: the items' texts joined by line ends.
struct DocumentSource: Sendable {
    let document: StructuredDocument
    /// Where each item begins, in code points.
    let starts: [Int]
    let count: Int
    let inkPages: Set<Int>

    init(_ document: StructuredDocument) {
        self.document = document
        inkPages = Set(document.pages.filter { $0.source == .recognition }.map(\.number))
        var starts: [Int] = []
        var count = 0
        for item in document.items {
            starts.append(count)
            count += item.text.count + 1
        }
        self.starts = starts
        self.count = max(0, count - 1)
    }

    /// An item that is no table.
    func source(ofItem index: Int) -> SourceText {
        SourceText(document.items[index].text, base: starts[index], isInTable: false, inkPages: inkPages)
    }

    /// The cells of a table, in its order; each is looked for in the item's text behind the one before.
    func cells(ofItem index: Int, _ table: DocumentTable) -> [SourceText] {
        let scalars = Array(document.items[index].text.text.unicodeScalars)
        var cursor = 0
        return table.cells.map { cell in
            let wanted = Array(cell.text.text.unicodeScalars)
            let found = Self.find(wanted, in: scalars, from: cursor)
            if let found { cursor = found + wanted.count }
            return SourceText(
                cell.text, base: starts[index] + (found ?? min(cursor, scalars.count)), isInTable: true, inkPages: inkPages)
        }
    }

    private static func find(_ word: [Unicode.Scalar], in text: [Unicode.Scalar], from start: Int) -> Int? {
        guard let first = word.first, text.count >= word.count, start <= text.count - word.count else { return nil }
        // Cells follow one another; one that is missing must not cost the search of the whole table.
        for place in start...min(text.count - word.count, start + 2000)
        where text[place] == first && text[place..<place + word.count].elementsEqual(word) {
            return place
        }
        return nil
    }
}

extension PagePlace {
    /// Ink grown to the height of a line, which the boxes of a text layer have: digits fill about two thirds of it.
    fileprivate var grownToLine: PagePlace {
        var box = box
        if box.width >= box.height {
            let rim = 0.25 * box.height
            (box.top, box.bottom) = (max(0, box.top - rim), box.bottom + rim)
        } else {
            let rim = 0.25 * box.width
            (box.left, box.right) = (max(0, box.left - rim), box.right + rim)
        }
        return PagePlace(page: page, box: box)
    }
}
