/// A word as the analysis sees it: on a page that was turned upright and whose skew is taken away.
struct LayoutWord: Sendable {
    let text: String
    /// Upright.
    var box: PageBox
    /// Where the ink is.
    let place: PagePlace
    let confidence: Double
    /// About the size of its type, in points.
    var size: Double
    let shape: WordShape
    /// See ``PageWord/line``.
    let line: Int
}
