/// What the engine knows of a node. Guarded by the engine's lock, but for `behavior` and `sink`, which belong to
/// whoever runs the node.
final class NodeState: @unchecked Sendable {
    enum Phase {
        case open
        /// `finish` is running, or what it emitted has not found room yet.
        case finishing
        case ended
    }

    /// Inputs of a failed run that is to be repeated.
    struct Retry {
        let inputs: Inputs
        let attempt: Int
        let time: Duration
    }

    let index: Int
    let checked: CheckedNode
    var behavior: any NodeBehavior
    let inputNames: [String]
    let outputNames: [String]
    /// Edges per input port.
    let incoming: [[Int]]
    /// Edges per output port, the implied one for failed packets last.
    let outgoing: [[Int]]
    /// The nodes of the same loop: those that lead to this one and that it leads to; empty outside loops.
    var loop: [Int] = []
    let hasBackEdge: Bool
    let sink: StepSink

    var phase = Phase.open
    var isBusy = false
    var isQueued = false
    /// Outgoing edges with overflow.
    var blockedEdges = 0
    /// Continuations of asynchronous emissions that wait for room.
    var waiters: [CheckedContinuation<Void, any Error>] = []
    var gates: [Bool]
    var wakeTime: Duration?
    var retry: Retry?
    var joinDeadline: Duration?

    // Sources and background work.
    var task: Task<Void, Never>?
    var processTask: Task<Void, Never>?
    var startupTask: Task<Void, Never>?
    var isBackgroundActive = false
    /// Counts restarts, so that a run that was given up is not mistaken for the current one.
    var generation = 0
    var hasStarted = false
    var failuresInARow = 0
    var nextSequence = 0

    var count = 0
    var skipped = 0
    var undecided = 0
    var failed = 0
    var retried = 0
    var restarts = 0
    var latency = LatencyHistogram()

    init(
        index: Int, checked: CheckedNode, behavior: any NodeBehavior, incoming: [[Int]], outgoing: [[Int]],
        hasBackEdge: Bool, sink: StepSink
    ) {
        self.index = index
        self.checked = checked
        self.behavior = behavior
        self.incoming = incoming
        self.outgoing = outgoing
        self.hasBackEdge = hasBackEdge
        self.sink = sink
        inputNames = checked.type.inputs.map(\.name)
        outputNames = sink.ports
        gates = Array(repeating: true, count: incoming.count)
    }

    var isSource: Bool { behavior is any SourceNode }
    /// Whether nothing reads what it emits.
    var isSink: Bool { outgoing.allSatisfy(\.isEmpty) }

    /// The earliest time at which something is due.
    var nextTime: Duration? { [wakeTime, retry?.time, joinDeadline].compactMap(\.self).min() }

    func report(duration: Duration) -> NodeReport {
        NodeReport(
            name: checked.name, type: checked.type.name, count: count, skipped: skipped, undecided: undecided, failed: failed,
            retried: retried, restarts: restarts, latency: latency.summary,
            perSecond: duration > .zero ? Double(count) / (duration / .seconds(1)) : 0)
    }
}
