/// What was recognised on a page; boxes in points, where the ink is.
package struct Recognition: Sendable {
    package var words: [PageWord]
    /// Of the page as it was given, in points.
    var size: (width: Double, height: Double) = (1, 1)
    package var rulings: [DocumentPage.Ruling] = []
    package var pictures: [PageBox] = []
    /// As ``DocumentPage/turn``.
    package var turn = 0
    package var remarks: [String] = []

    /// The mean confidence of its characters, 0 to 1.
    package var confidence: Double {
        let count = words.reduce(0) { $0 + $1.text.unicodeScalars.count }
        guard count > 0 else { return 0 }
        return words.reduce(0.0) { $0 + $1.confidence * Double($1.text.unicodeScalars.count) } / Double(count)
    }

    /// Whether so many words are doubtful that they may be in another language.
    var isPoor: Bool {
        let count = words.reduce(0) { $0 + $1.text.count }
        let doubtful = words.reduce(0) { $0 + ($1.confidence < 0.5 ? $1.text.count : 0) }
        return 10 * doubtful >= count
    }
}
