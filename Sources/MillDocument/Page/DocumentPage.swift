/// One page with its words, lines and pictures, as the layout analysis takes it.
public struct DocumentPage: Sendable {
    /// Where the words come from.
    public enum Source: String, Sendable, Hashable {
        /// The text layer of the file.
        case text
        /// Character recognition.
        case recognition
        /// There are none.
        case none
    }

    /// A straight line that is drawn on the page: a rule, an edge of a cell.
    public struct Ruling: Sendable, Hashable {
        /// Thin: as high (or wide) as the line is thick.
        public let box: PageBox
        public var isHorizontal: Bool { box.width >= box.height }

        public init(box: PageBox) { self.box = box }
    }

    /// Counted from 1.
    public let number: Int
    /// In points, as displayed.
    public let width: Double
    public let height: Double
    public let source: Source
    /// In the order of the source.
    public let words: [PageWord]
    public let rulings: [Ruling]
    /// Where pictures are embedded.
    public let pictures: [PageBox]
    /// By how many degrees clockwise the text on the page is turned: 0, 90, 180 or 270. Boxes are where the ink is; the layout
    /// turns them upright before it reads.
    public let turn: Int
    /// What went wrong without losing the page: a garbage text layer that was replaced, a poor scan.
    public let remarks: [String]
    /// Whether it could not be read, though the document could; the remarks say why. A blank page is not lost.
    public let isLost: Bool
    /// Whether the file is damaged here, or shows so little of its words, that something may be missing; the remarks say what.
    public let isDamaged: Bool

    public init(
        number: Int, width: Double, height: Double, source: Source, words: [PageWord], rulings: [Ruling] = [],
        pictures: [PageBox] = [], turn: Int = 0, remarks: [String] = [], isLost: Bool = false,
        isDamaged: Bool = false
    ) {
        self.number = number
        self.width = width
        self.height = height
        self.source = source
        self.words = words
        self.rulings = rulings
        self.pictures = pictures
        self.turn = turn
        self.remarks = remarks
        self.isLost = isLost
        self.isDamaged = isDamaged
    }
}
