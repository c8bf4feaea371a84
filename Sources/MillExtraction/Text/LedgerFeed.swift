/// The text that the ledger model reads, and where its code points stand in the document.
struct LedgerFeed: Sendable {
    struct Place: Sendable {
        let source: SourceText
        let range: Range<Int>
        let page: Int
        let isHeading: Bool
        let isFurniture: Bool
        /// The heading above.
        let section: SourceText?
    }

    private struct Segment: Sendable {
        let start: Int
        let count: Int
        let source: SourceText
        let page: Int
        let isHeading: Bool
        let isFurniture: Bool
        let section: SourceText?
    }

    private(set) var text = ""
    private(set) var count = 0
    private var segments: [Segment] = []
    private var section: SourceText?

    /// Adds an item on lines of its own.
    ///
    /// - Parameter isFurniture: whether it is running text above or below the pages.
    mutating func addLine(_ source: SourceText, page: Int, isHeading: Bool, isFurniture: Bool = false) {
        guard !source.folded.trimmed.isEmpty else { return }
        if isHeading { section = source }
        add(source, page, isHeading, isFurniture)
        add("\n")
    }

    /// Adds a row of cells with `|` between.
    mutating func addRow(_ cells: [SourceText], page: Int) {
        guard !cells.isEmpty else { return }
        for (index, cell) in cells.enumerated() {
            if index > 0 { add(" | ") }
            add(cell, page, false, false)
        }
        add("\n")
    }

    private mutating func add(_ characters: String) {
        text += characters
        count += characters.unicodeScalars.count
    }

    private mutating func add(_ source: SourceText, _ page: Int, _ isHeading: Bool, _ isFurniture: Bool) {
        segments.append(
            Segment(
                start: count, count: source.folded.count, source: source, page: page, isHeading: isHeading,
                isFurniture: isFurniture, section: section))
        // One line of a cell or heading stays one, and no bar makes it a row; the model reads simplified Chinese: one code point for one.
        for scalar in source.text.unicodeScalars {
            text.unicodeScalars.append(scalar == "\n" || scalar == "\r" ? " " : scalar == "|" ? "·" : scalar.simplified)
        }
        count += source.folded.count
    }

    /// Where a range of the text stands: within the item in which it ends.
    func place(of range: Range<Int>) -> Place? {
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].start <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        // What reaches over line ends belongs to the line that it ends in.
        while low < segments.count, segments[low].start < range.upperBound { low += 1 }
        let segment = segments[low - 1]
        let start = max(0, range.lowerBound - segment.start)
        let end = min(range.upperBound - segment.start, segment.count)
        guard start < end else { return nil }
        return Place(
            source: segment.source, range: start..<end, page: segment.page, isHeading: segment.isHeading,
            isFurniture: segment.isFurniture, section: segment.section)
    }
}
