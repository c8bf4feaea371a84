import MillEvaluation
import Synchronization

/// What the `sink.report` nodes of a run collected, for whoever shows the run's result.
public final class RunJournal: Sendable {
    private struct State {
        var frames: [FrameRecord] = []
        var forgotten = 0
        var settings: Settings?
    }

    struct Settings: Sendable {
        /// Where the page goes; nil writes none.
        var pagePath: String?
        var truth: GroundTruth?
        var keep: Int
    }

    private let state = Mutex(State())
    private let onLine: @Sendable (String) -> Void

    /// - Parameter onLine: told one line per finished frame, and what nodes have to say at their end.
    public init(onLine: @escaping @Sendable (String) -> Void = { _ in }) { self.onLine = onLine }

    /// Tells something to whoever looks at the run.
    func say(_ line: String) { onLine(line) }

    func configure(_ settings: Settings) { state.withLock { $0.settings = settings } }

    func add(_ frame: FrameRecord) {
        state.withLock { state in
            state.frames.append(frame)
            let excess = state.frames.count - (state.settings?.keep ?? state.frames.count)
            if excess > 0 {
                state.frames.removeFirst(excess)
                state.forgotten += excess
            }
        }
        onLine(frame.line)
    }

    /// The newest frames, oldest first.
    package var frames: [FrameRecord] { state.withLock { $0.frames } }

    /// Whether a `sink.report` ran.
    public var isConfigured: Bool { state.withLock { $0.settings != nil } }

    /// Where the page of the run belongs; nil when none is wanted.
    public var pagePath: String? { state.withLock { $0.settings?.pagePath } }

    /// How well the answers agree with the ground truth; nil without one.
    package var evaluation: Evaluation? {
        let (frames, truth) = state.withLock { ($0.frames, $0.settings?.truth) }
        return truth.map { Evaluation(of: frames, against: $0) }
    }
}
