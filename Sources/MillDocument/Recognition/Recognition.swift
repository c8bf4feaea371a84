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

    package init(words: [PageWord]) { self.words = words }

    init(
        words: [PageWord], size: (width: Double, height: Double), rulings: [DocumentPage.Ruling] = [], pictures: [PageBox] = [],
        turn: Int = 0
    ) {
        self.init(words: words)
        (self.size, self.rulings, self.pictures, self.turn) = (size, rulings, pictures, turn)
    }

    /// What is lost where most of the page's numbers, or most of its characters, are no more than guesses; nil where it is not so.
    package var loss: String? {
        let numbers = words.filter { $0.text.unicodeScalars.contains { ("0"..."9").contains($0) } }
        let guessed = numbers.count { $0.confidence < Self.leastSure }
        if numbers.count >= Self.fewestNumbers, 2 * guessed > numbers.count {
            return "\(guessed) of its \(numbers.count) numbers are hardly readable"
        }
        let count = words.reduce(0) { $0 + $1.text.count }
        let doubtful = words.reduce(0) { $0 + ($1.confidence < Self.leastSure ? $1.text.count : 0) }
        return 2 * doubtful > count && count > 0 ? "most of its text is hardly readable" : nil
    }

    private static let leastSure = 0.5
    private static let fewestNumbers = 6

    /// The mean confidence of its characters, 0 to 1.
    package var confidence: Double {
        let count = words.reduce(0) { $0 + $1.text.unicodeScalars.count }
        guard count > 0 else { return 0 }
        return words.reduce(0.0) { $0 + $1.confidence * Double($1.text.unicodeScalars.count) } / Double(count)
    }

    /// Whether nothing else needs to be tried.
    var isSure: Bool { isGood && !isPoor }
    /// Whether it is certain on average.
    var isGood: Bool { confidence >= 0.8 }

    /// Whether so many words are doubtful that they may be in another language.
    var isPoor: Bool {
        let count = words.reduce(0) { $0 + $1.text.count }
        let doubtful = words.reduce(0) { $0 + ($1.confidence < 0.5 ? $1.text.count : 0) }
        return 10 * doubtful >= count
    }
}
