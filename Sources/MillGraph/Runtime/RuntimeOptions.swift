import Logging
import MillValue

/// How a pipeline runs.
public struct RuntimeOptions: Sendable {
    public enum Execution: Sendable, Hashable {
        /// Workers in real time; nil takes one per core, at most 8.
        case realTime(workers: Int? = nil)
        /// One worker and, with a ``ManualClock``, time that jumps to whatever is next: a run repeats bit for bit as
        /// long as its sources and asynchronous nodes wait for nothing but the clock.
        case deterministic
    }

    public var execution: Execution
    public var clock: any MillClock
    public var logger: Logger
    /// Told of everything that happens, on the thread on which it happens; must return quickly.
    public var observer: (@Sendable (RuntimeEvent) -> Void)?
    /// Nodes that other ones stand in for, by name: a source replaced by files, an action by a recorder.
    public var replacements: [String: @Sendable (NodeContext) throws -> any NodeBehavior]
    /// Resources that are there already and need not be made, by section and name.
    public var resources: [ResourceSection: [String: any Sendable]]
    /// In a batch run, whether an earlier run has finished the item of this ``Packet/identity``; it is then left out. Asked
    /// before a source's packet is sent.
    public var isDone: @Sendable (_ identity: String) -> Bool = { _ in false }
    /// Whether this is a test: connections that lead out of the process have something stand in for them.
    package var isTest = false
    /// Seeds the jitter of restarts.
    public var seed: UInt64

    public init(
        execution: Execution = .realTime(), clock: any MillClock = SystemClock(),
        logger: Logger = Logger(label: "millrace.graph"), observer: (@Sendable (RuntimeEvent) -> Void)? = nil,
        replacements: [String: @Sendable (NodeContext) throws -> any NodeBehavior] = [:],
        resources: [ResourceSection: [String: any Sendable]] = [:], seed: UInt64 = 0
    ) {
        self.execution = execution
        self.clock = clock
        self.logger = logger
        self.observer = observer
        self.replacements = replacements
        self.resources = resources
        self.seed = seed
    }
}

/// Something that happened during a run.
public enum RuntimeEvent: Sendable {
    /// A packet left an output, whether or not something reads it.
    case emitted(node: String, port: String, packet: Packet)
    /// A node ran.
    case ran(node: String, start: Duration, duration: Duration, trigger: Packet?)
    case dropped(edge: String, packet: Packet, reason: DropReason)
    case failed(node: String, reason: String, packet: Packet?)
    case restarted(node: String, delay: Duration, reason: String)
    case ended(node: String)
    /// A source says how many packets it will send in all.
    case announced(node: String, count: Int)
    /// In a batch run, all that goes back to one packet of a source has been processed.
    case finished(ItemReport)

    public enum DropReason: String, Sendable, Hashable {
        case queueFull = "queue full"
        case receiverEnded = "receiver ended"
        case rounds = "max_rounds reached"
        case aborted
        case condition = "when is false"
        case undecided = "when has no answer"
        case unmatched = "no match in the join"
        case expired = "deadline passed"
    }
}
