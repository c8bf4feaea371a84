/// A paragraph, table or picture of one page, before the whole document is known.
struct LayoutBlock: Sendable {
    enum Content: Sendable {
        case text([LayoutLine])
        case table(TableGrid)
        case picture
    }

    var content: Content
    /// Upright.
    var box: PageBox
    /// Of its type, in points.
    var size: Double
    /// The left and right edge of the column it stands in, in points.
    var column: ClosedRange<Double>
    /// The blank between it and what is above it in the column, in points; infinite at the top.
    var gapAbove: Double

    var lines: [LayoutLine] { if case .text(let lines) = content { lines } else { [] } }
}

/// What one page gives: its blocks in reading order, and its running headers and footers.
public struct PageLayout: Sendable {
    let page: StructuredDocument.Page
    let blocks: [LayoutBlock]
    let headers: [LayoutLine]
    let footers: [LayoutLine]
    /// Upright, in points.
    let height: Double
}
