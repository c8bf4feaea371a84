/// A word as it stands on a page: characters between blanks. Chinese text has no blanks; there a word is what the text
/// layer or the recognition gave as one run.
public struct PageWord: Sendable, Hashable {
    public let text: String
    public let box: PageBox
    /// How sure the recognition was, 0 to 1; 1 for words of a text layer.
    public let confidence: Double
    /// The line that the source put the word in, counted through the page; words of one line have the same number.
    public let line: Int

    public init(text: String, box: PageBox, confidence: Double = 1, line: Int) {
        self.text = text
        self.box = box
        self.confidence = confidence
        self.line = line
    }
}
