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

/// What one page gives: its blocks in reading order, and the lines at its edges that may be running headers or footers.
public struct PageLayout: Sendable {
    let page: StructuredDocument.Page
    let blocks: [LayoutBlock]
    /// From the top.
    let top: [LayoutLine]
    let bottom: [LayoutLine]
    /// Upright.
    let height: Double
}
