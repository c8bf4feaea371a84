import Logging
import MillTensor
import MillValue

/// Moves packets between nodes: queues, firing rules, workers, time and the end.
///
/// One lock guards everything that is not inside a node. It is held while packets are taken and delivered, never
/// while a node runs. What follows in other files and says "locked" in its comment expects the lock to be held.
final class Engine: @unchecked Sendable {
    let pipeline: CheckedPipeline
    let options: RuntimeOptions
    let clock: any MillClock
    let monitor = Monitor()
    let deterministic: DeterministicExecutor?
    let nodes: [NodeState]
    let edges: [EdgeState]
    let makeNode: @Sendable (Int) throws(GraphError) -> any NodeBehavior
    let counters: RuntimeCounters

    /// Nodes that may have something to do.
    var ready: [Int] = []
    var readyHead = 0
    var arrivals = 0
    var idleWorkers = 0
    var runningWorkers = 0
    /// Nodes inside a call.
    var busyCount = 0
    var liveNodes: Int
    /// The time for which an alarm is set.
    var alarm: Duration?
    var alarmTask: Task<Void, Never>?
    /// Restarts that wait for their time.
    var timers = 0
    var isStopping = false
    var isOver = false
    var outcome: RunReport.Outcome?
    var failures: [PacketFailure] = []
    var failedPackets = 0
    /// Of a batch: what failed first and belongs to no item, such as a source or what a sink does at the end.
    var outsideFailure: GraphError?
    /// Of a batch run.
    var items: ItemTracker?
    let keepers: [any ItemKeeper]
    var paths: [[Int]: LatencyHistogram] = [:]
    var events: [RuntimeEvent] = []
    /// Whether some thread is telling the observer.
    var isTelling = false
    var completion: CheckedContinuation<Void, Never>?
    var startTime: Duration = .zero
    var endTime: Duration?
    var copiedAtStart = 0
    var helpers: [Task<Void, Never>] = []

    static let maximumFailures = 100
    /// How many milliseconds of real time a test leaves an asynchronous node to hear from elsewhere (a database, a simulated
    /// device) before the clock jumps to what it would wait for in vain.
    static let patience = 250
    /// What is left of it.
    var patience = Engine.patience

    init(
        _ pipeline: CheckedPipeline, options: RuntimeOptions, nodes: [NodeState], edges: [EdgeState],
        makeNode: @escaping @Sendable (Int) throws(GraphError) -> any NodeBehavior
    ) {
        self.pipeline = pipeline
        self.options = options
        self.nodes = nodes
        self.edges = edges
        self.makeNode = makeNode
        clock = options.clock
        liveNodes = nodes.count
        items = pipeline.settings.mode == .batch ? ItemTracker() : nil
        keepers = nodes.compactMap { $0.behavior as? any ItemKeeper }
        deterministic = options.execution == .deterministic ? DeterministicExecutor(monitor: monitor) : nil
        counters = RuntimeCounters(pipeline)
    }

    /// Starts everything and returns when the run is over.
    ///
    /// - Parameter started: called when stopping and aborting have an effect.
    func run(started: @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            monitor.withLock {
                completion = continuation
                startTime = clock.now
                copiedAtStart = CopyAccounting.shared.byteCount
                runningWorkers = workerCount
                startNodes()
                if let deadline = pipeline.settings.deadline { startDeadline(deadline) }
            }
            started()
            for _ in 0..<workerCount { Monitor.startThread { self.work() } }
        }
    }

    private var workerCount: Int {
        switch options.execution {
        case .deterministic: 1
        case .realTime(let count): max(1, min(count ?? min(Machine.coreCount, 8), 64))
        }
    }

    private func startDeadline(_ deadline: Duration) {
        let end = startTime + deadline
        helpers.append(
            Task(executorPreference: deterministic) {
                guard (try? await self.clock.sleep(until: end)) != nil else { return }
                self.monitor.withLock { self.fail(.deadlineExceeded(deadline)) }
            })
    }

    /// Puts a node on the list of those to look at. Locked.
    func schedule(_ index: Int) {
        let node = nodes[index]
        guard !node.isQueued, node.isFree, node.phase != .ended else { return }
        node.isQueued = true
        ready.append(index)
    }

    /// Wakes a worker if there is work for one more. A worker that schedules nodes takes the next one itself, so only
    /// what it leaves is worth waking another. Locked.
    func wakeWorker() {
        if idleWorkers > 0, readyHead < ready.count { monitor.signal() }
    }

    /// Locked.
    func nextReady() -> NodeState? {
        guard readyHead < ready.count else { return nil }
        let node = nodes[ready[readyHead]]
        readyHead += 1
        if readyHead == ready.count {
            ready.removeAll(keepingCapacity: true)
            readyHead = 0
        }
        node.isQueued = false
        return node
    }

    /// Notes something for the observer, which is told when the lock is free. Locked.
    func note(_ event: @autoclosure () -> RuntimeEvent) {
        if options.observer != nil { events.append(event()) }
    }

    /// Tells the observer what was noted, in the order in which it happened: one thread tells at a time, and others
    /// leave their events to it. Not locked.
    func tellObserver() {
        guard let observer = options.observer else { return }
        var noted = monitor.withLock { isTelling ? [] : takeEvents() }
        while !noted.isEmpty {
            for event in noted { observer(event) }
            noted = monitor.withLock { takeEvents() }
        }
    }

    private func takeEvents() -> [RuntimeEvent] {
        let noted = events
        events.removeAll()
        if isTelling, noted.isEmpty, isOver { monitor.broadcast() }
        isTelling = !noted.isEmpty
        return noted
    }

    /// Logs without the pipeline's secrets.
    func log(_ level: Logger.Level, _ message: @autoclosure () -> String) {
        guard options.logger.logLevel <= level else { return }
        options.logger.log(level: level, "\(pipeline.redactor.redact(message()))")
    }
}
