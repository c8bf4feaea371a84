import Synchronization

/// How the pages of a document that were recognised stood, so that the next page is tried so first. What is read on a page must not
/// depend on which pages happened to be read before it: nothing else of them is kept.
final class RecognitionMemory: Sendable {
    private let lastTurn = Mutex<Int?>(nil)

    var turn: Int? { lastTurn.withLock { $0 } }
    func remember(turn: Int) { lastTurn.withLock { $0 = turn } }

    private let decorations = Mutex<Set<Decoration>>([])

    /// Whether the same picture at the same place of another page held no text: letterheads and grounds repeat.
    func isDecoration(_ decoration: Decoration) -> Bool { decorations.withLock { $0.contains(decoration) } }
    func remember(_ found: [Decoration]) { decorations.withLock { $0.formUnion(found) } }

    /// A part of a page as it looks: where it stands in the page's picture, and a hash of its pixels.
    struct Decoration: Hashable {
        private let columns: Range<Int>
        private let rows: Range<Int>
        private let pixels: Int

        /// - Parameter box: in points.
        init(_ box: PageBox, of picture: GrayPicture) {
            let width = picture.width
            let (columns, rows) = picture.range(of: box.scaled(by: 1 / picture.scale))
            pixels = picture.withPixels { pixels in
                var hasher = Hasher()
                for y in rows {
                    let row = y * width + columns.lowerBound..<y * width + columns.upperBound
                    hasher.combine(bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: pixels[row])))
                }
                return hasher.finalize()
            }
            (self.columns, self.rows) = (columns, rows)
        }
    }
}
