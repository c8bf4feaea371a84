/// A document as a reader sees it: headings, paragraphs, lists and tables in reading order.
public struct StructuredDocument: Sendable {
    public struct Page: Sendable, Hashable {
        /// Counted from 1.
        public let number: Int
        /// In points, as displayed.
        public let width: Double
        public let height: Double
        public let source: DocumentPage.Source
        /// See ``DocumentPage/turn``.
        public let turn: Int
        public let remarks: [String]
        /// See ``DocumentPage/isLost``.
        public let isLost: Bool
        /// See ``DocumentPage/isDamaged``.
        public let isDamaged: Bool

        public init(
            number: Int, width: Double, height: Double, source: DocumentPage.Source, turn: Int, remarks: [String],
            isLost: Bool = false, isDamaged: Bool = false
        ) {
            self.number = number
            self.width = width
            self.height = height
            self.source = source
            self.turn = turn
            self.remarks = remarks
            self.isLost = isLost
            self.isDamaged = isDamaged
        }
    }

    public let pages: [Page]
    /// In reading order. Running headers and footers come where their page begins.
    public let items: [DocumentItem]

    public init(pages: [Page], items: [DocumentItem]) {
        self.pages = pages
        self.items = items
    }
}

/// A block of a document.
public struct DocumentItem: Sendable {
    public enum Kind: Sendable, Hashable {
        case title
        /// Level 1 is the highest.
        case heading(level: Int)
        case paragraph
        /// The marker is its bullet or number as printed, which the text does not repeat.
        case listItem(marker: String)
        case caption
        case footnote
        /// Running text above or below the pages, such as page numbers.
        case pageHeader, pageFooter
        case table
        case picture
    }

    public let kind: Kind
    /// Lines are joined with blanks (Chinese ones without), hyphens at their ends are resolved. Empty for pictures; of a table
    /// its rows, cells separated by tabs.
    public let text: PlacedText
    /// One for each column or page that the block stands in.
    public let places: [PagePlace]
    /// For tables.
    public let table: DocumentTable?

    public init(kind: Kind, text: PlacedText, places: [PagePlace], table: DocumentTable? = nil) {
        self.kind = kind
        self.text = text
        self.places = places
        self.table = table
    }
}

/// A table as a grid of cells; a table that goes on over pages is one table, without its repeated header.
public struct DocumentTable: Sendable {
    public struct Cell: Sendable, Hashable {
        public let row: Int
        public let column: Int
        public let rowSpan: Int
        public let columnSpan: Int
        public let text: PlacedText

        public init(row: Int, column: Int, rowSpan: Int = 1, columnSpan: Int = 1, text: PlacedText) {
            self.row = row
            self.column = column
            self.rowSpan = rowSpan
            self.columnSpan = columnSpan
            self.text = text
        }
    }

    public let rowCount: Int
    public let columnCount: Int
    /// How many rows at the top name the columns, and how many columns at the left name the rows.
    public let headerRowCount: Int
    public let headerColumnCount: Int
    /// Row by row, from the left; empty cells are left out.
    public let cells: [Cell]
    /// What stands above or below it as its name or unit (`RMB million`), if anything.
    public let caption: PlacedText?
    /// Whether lines are drawn between its cells.
    public let isRuled: Bool

    public init(
        rowCount: Int, columnCount: Int, headerRowCount: Int, headerColumnCount: Int, cells: [Cell], caption: PlacedText? = nil,
        isRuled: Bool
    ) {
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.headerRowCount = headerRowCount
        self.headerColumnCount = headerColumnCount
        self.cells = cells
        self.caption = caption
        self.isRuled = isRuled
    }
}
