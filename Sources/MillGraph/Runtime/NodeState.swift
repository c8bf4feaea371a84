/// What the engine knows of a node. Guarded by the engine's lock, but for `behavior` and `sink`, which belong to
/// whoever runs the node.
final class NodeState: @unchecked Sendable {
    enum Phase {
        case open
        /// `finish` is running, or what it emitted has not found room yet.
        case finishing
        case ended
    }

    /// A run of the node.
    struct Step {
        /// The sets of inputs: several only for a ``BatchNode``.
        let sets: [Inputs]
        var attempt = 1
        /// Its place in the order of the runs, in which what they lead to leaves.
        let ticket: Int
        /// Of the items that it works on.
        var traces: [UInt64] { sets.compactMap { $0.trigger?.trace } }
    }

    /// A failed run that is to be repeated.
    struct Retry {
        let step: Step
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
    /// Runs in progress, a finish among them.
    var running = 0
    var isBusy: Bool { running > 0 }
    /// Whether fewer runs work than may at once; those that wait for their turn to emit have done their work.
    var isFree: Bool { running - turnWaiters.count < checked.parallel }
    /// Whether another run may begin: while not too many wait with what they will emit.
    var mayBegin: Bool { isFree && turnWaiters.count < checked.parallel }
    /// What the next run has got so far, of a node that takes lists, and when its time is up.
    var gathered: [Inputs] = []
    var gatheringEnds: Duration?
    /// Ends of items that the node is to be told.
    var endedItems: [ItemReport] = []
    var nextTicket = 0
    /// The run whose turn it is to emit, those after it that are done, and emissions that wait for their turn.
    var turn = 0
    var doneTickets: Set<Int> = []
    var turnWaiters: [Int: [CheckedContinuation<Void, any Error>]] = [:]
    var isQueued = false
    /// Outgoing edges with overflow.
    var blockedEdges = 0
    /// Continuations of asynchronous emissions that wait for room.
    var waiters: [CheckedContinuation<Void, any Error>] = []
    var gates: [Bool]
    var wakeTime: Duration?
    var retries: [Retry] = []
    var joinDeadline: Duration?

    // Sources and background work.
    var task: Task<Void, Never>?
    /// By ticket; that of the finish is -1.
    var processTasks: [Int: Task<Void, Never>] = [:]
    /// By ticket: what cancels a run when its items' time is up, and the runs that were cancelled so.
    var timeouts: [Int: Task<Void, Never>] = [:]
    var overdue: Set<Int> = []
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
    var nextTime: Duration? {
        ([wakeTime, joinDeadline, gatheringEnds] + retries.map(\.time)).compactMap(\.self).min()
    }

    /// How many runs wait for room or for their turn.
    var waitingRuns: Int {
        waiters.isEmpty ? 0 : min(running, waiters.count + turnWaiters.values.reduce(0) { $0 + min($1.count, 1) })
    }

    func report(duration: Duration) -> NodeReport {
        NodeReport(
            name: checked.name, type: checked.type.name, count: count, skipped: skipped, undecided: undecided, failed: failed,
            retried: retried, restarts: restarts, latency: latency.summary,
            perSecond: duration > .zero ? Double(count) / (duration / .seconds(1)) : 0)
    }
}
