/// A box on a page.
public struct PagePlace: Sendable, Hashable {
    /// Counted from 1.
    public let page: Int
    public let box: PageBox

    public init(page: Int, box: PageBox) {
        self.page = page
        self.box = box
    }
}

/// Text that knows where each of its characters stands.
public struct PlacedText: Sendable, Hashable {
    /// A run of characters that one word of a page gave.
    public struct Piece: Sendable, Hashable {
        /// Code points of the text.
        public let range: Range<Int>
        public let place: PagePlace
        /// How sure the recognition was, 0 to 1.
        public let confidence: Double

        public init(range: Range<Int>, place: PagePlace, confidence: Double = 1) {
            self.range = range
            self.place = place
            self.confidence = confidence
        }
    }

    public private(set) var text: String
    /// In the order of their ranges, which do not overlap. Characters outside of them (blanks, line ends) stand nowhere.
    public private(set) var pieces: [Piece]
    /// The number of code points.
    public private(set) var count: Int

    public init() {
        text = ""
        pieces = []
        count = 0
    }

    /// Adds characters that stand nowhere on a page.
    public mutating func append(_ characters: String) {
        text += characters
        count += characters.unicodeScalars.count
    }

    public mutating func append(_ characters: String, at place: PagePlace, confidence: Double = 1) {
        let size = characters.unicodeScalars.count
        pieces.append(Piece(range: count..<count + size, place: place, confidence: confidence))
        append(characters)
    }

    public mutating func append(_ other: PlacedText) {
        for piece in other.pieces {
            let range = piece.range.lowerBound + count..<piece.range.upperBound + count
            pieces.append(Piece(range: range, place: piece.place, confidence: piece.confidence))
        }
        append(other.text)
    }

    /// Where a range of code points stands: one box for each line that it touches. Of a word that is only partly in the range
    /// the part is estimated: full-width characters count twice.
    public func places(of range: Range<Int>) -> [PagePlace] { places(of: range, scalars: Array(text.unicodeScalars)) }

    /// The same for callers that have the code points of the text, which are long to count.
    package func places(of range: Range<Int>, scalars: [Unicode.Scalar]) -> [PagePlace] {
        var places: [PagePlace] = []
        for piece in overlapping(range) {
            let place = PagePlace(page: piece.place.page, box: Self.part(range, of: piece, scalars))
            if let last = places.last, last.page == place.page, last.isBeside(place) {
                places[places.count - 1] = PagePlace(page: last.page, box: last.box.union(place.box))
            } else {
                places.append(place)
            }
        }
        return places
    }

    /// The least certain of the words that a range touches; 1 if there are none.
    public func confidence(of range: Range<Int>) -> Double { overlapping(range).map(\.confidence).min() ?? 1 }

    private func overlapping(_ range: Range<Int>) -> ArraySlice<Piece> {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].range.upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < pieces.count, pieces[end].range.lowerBound < range.upperBound { end += 1 }
        return pieces[low..<end]
    }

    /// The share of a word's box that its characters in the range take up.
    private static func part(_ range: Range<Int>, of piece: Piece, _ scalars: [Unicode.Scalar]) -> PageBox {
        guard range.lowerBound > piece.range.lowerBound || range.upperBound < piece.range.upperBound else {
            return piece.place.box
        }
        func weight(_ range: Range<Int>) -> Double { scalars[range].reduce(0) { $0 + ($1.isFullWidth ? 2 : 1) } }
        let all = max(weight(piece.range), 1)
        let start = weight(piece.range.lowerBound..<max(piece.range.lowerBound, range.lowerBound)) / all
        let end = weight(piece.range.lowerBound..<min(piece.range.upperBound, range.upperBound)) / all
        var box = piece.place.box
        // Upright words run to the right; those of turned pages up or down.
        if box.width >= box.height || piece.range.count == 1 {
            (box.left, box.right) = (box.left + start * box.width, box.left + end * box.width)
        } else {
            (box.top, box.bottom) = (box.top + start * box.height, box.top + end * box.height)
        }
        return box
    }
}

extension PagePlace {
    /// Whether another box continues this one's line: to the right, or up or down on turned pages. A single digit is higher than it
    /// is wide on upright pages, too.
    func isBeside(_ other: PagePlace) -> Bool {
        func common(_ low: Double, _ high: Double, _ otherLow: Double, _ otherHigh: Double) -> Double {
            let least = min(high - low, otherHigh - otherLow)
            return least > 0 ? (min(high, otherHigh) - max(low, otherLow)) / least : 0
        }
        if common(box.top, box.bottom, other.box.top, other.box.bottom) > 0.5 { return true }
        let isTurned = box.width < box.height && other.box.width < other.box.height
        return isTurned && common(box.left, box.right, other.box.left, other.box.right) > 0.5
    }
}

extension Unicode.Scalar {
    /// Whether it is about as wide as it is high: Chinese, Japanese, Korean and full-width forms.
    package var isFullWidth: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
