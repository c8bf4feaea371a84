import Synchronization

/// How the pages of a document that were recognised stood, so that the next page need not be tried in every way.
final class RecognitionMemory: Sendable {
    private let last = Mutex<Probe.Stand?>(nil)

    var stand: Probe.Stand? { last.withLock { $0 } }
    func remember(_ stand: Probe.Stand) { last.withLock { $0 = stand } }

    private let decorations = Mutex<Set<[Int]>>([])

    /// Whether a picture at the same place of another page held no text: letterheads and grounds repeat.
    func isDecoration(_ box: PageBox) -> Bool { decorations.withLock { $0.contains(Self.key(box)) } }
    func rememberDecorations(_ boxes: [PageBox]) { decorations.withLock { $0.formUnion(boxes.map(Self.key)) } }

    /// In steps of two points, of boxes within the sides of pages.
    private static func key(_ box: PageBox) -> [Int] {
        [box.left, box.top, box.right, box.bottom].map { Int(min(max($0, -1e6), 1e6) / 2) }
    }
}
