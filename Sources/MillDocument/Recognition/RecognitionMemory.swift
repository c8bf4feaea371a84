import Synchronization

/// How the pages of a document that were recognised stood, so that the next page need not be tried in every way.
final class RecognitionMemory: Sendable {
    private let last = Mutex<Probe.Stand?>(nil)

    var stand: Probe.Stand? { last.withLock { $0 } }
    func remember(_ stand: Probe.Stand) { last.withLock { $0 = stand } }
}
