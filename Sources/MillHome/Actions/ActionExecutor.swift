import Logging
import MillStore
import MillValue
import Synchronization

/// Carries out actions and says what became of them.
///
/// An action is written to the outbox, sent, and followed until the device itself reports the state that was asked for.
/// Actions of one device happen one after another; those of different devices side by side.
///
/// ```swift
/// let executor = ActionExecutor(registry: registry, connection: VirtualHome(clock: clock), outbox: outbox, clock: clock)
/// try await executor.start()
/// let outcome = await executor.execute(request)   // outcome.result == .confirmed
/// await executor.stop()
/// ```
public final class ActionExecutor: Sendable {
    public struct Settings: Sendable, Hashable {
        /// How long a device may take to report the state that was asked for.
        public var timeout: Duration = .seconds(5)
        /// How long after the decision an action still makes sense, where it does not say itself.
        public var expires: Duration = .seconds(30)
        /// How long to wait for the first connection.
        public var startupTimeout: Duration = .seconds(10)
        /// How long to wait before a command that nobody listened to is sent again.
        public var retryDelay: Duration = .milliseconds(200)
        /// How long ended actions stay in the outbox.
        public var keep: Duration = .seconds(30 * 24 * 3600)
        /// How often ended actions are looked through for those that are older.
        public var pruneInterval: Duration = .seconds(3600)

        public init() {}
    }

    struct State {
        /// The last action of each device; the next one waits for it.
        var tails: [String: Task<ActionOutcome, Never>] = [:]
        var running: [String: Task<ActionOutcome, Never>] = [:]
        var superseded: [String: String] = [:]
        var waiters: [String: Waiter] = [:]
        var isConnected = false
        /// Resolved by the next connection.
        var connection = OneShot<Bool>()
        var recovery: [Task<ActionOutcome, Never>] = []
        var run: Int?
        /// When the outbox last forgot old actions, in wall time.
        var prunedAt: Double?
        var isStopping = false
        var listeners: [AsyncStream<Value>.Continuation] = []
    }

    /// Somebody who waits for a device's report.
    struct Waiter {
        let device: String
        let command: DeviceCommand
        let before: ValueMap?
        /// What the device reported since the command was sent.
        var seen = ValueMap()
        let reply: OneShot<Reply>
    }

    enum Reply: Sendable {
        case confirmed(ValueMap)
        case refused(String)
        case disconnected(String)
        case timeout
    }

    public let registry: DeviceRegistry
    public let settings: Settings
    let connection: any HomeConnection
    let outbox: Outbox
    let clock: any MillClock
    let log: Logger
    let state = Mutex(State())

    public init(
        registry: DeviceRegistry, connection: any HomeConnection, outbox: Outbox, clock: any MillClock,
        settings: Settings = Settings(), log: Logger = Logger(label: "millrace.home")
    ) {
        self.registry = registry
        self.connection = connection
        self.outbox = outbox
        self.clock = clock
        self.settings = settings
        self.log = log
    }

    /// The home as it reports itself, now and after every change; only the newest state waits for a slow reader.
    public func states() -> AsyncStream<Value> {
        let (stream, continuation) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield(registry.value)
        state.withLock { state in
            if state.isStopping { continuation.finish() } else { state.listeners.append(continuation) }
        }
        return stream
    }

    /// Tells everybody who listens to the home's broker; see ``HomePublication``.
    public func publish(_ publication: HomePublication) { connection.publish(publication) }

    /// Carries out an action and returns how it ended, which takes at most its `expires` plus the timeout.
    ///
    /// An action whose key is known is not carried out again: its first outcome is returned, marked as repeated.
    /// Actions of one device happen in the order of the calls. Cancelling the caller does not undo the action.
    public func execute(_ request: ActionRequest) async -> ActionOutcome {
        let begun = clock.now
        let (task, isNew) = state.withLock { state -> (Task<ActionOutcome, Never>, Bool) in
            for key in request.supersedes where state.running[key] != nil { state.superseded[key] = request.key }
            if let running = state.running[request.key] { return (running, false) }
            let previous = state.tails[request.device]
            let task = Task {
                _ = await previous?.value
                let outcome = await self.perform(request, begun: begun)
                self.registry.end(request.key)
                self.state.withLock { state in
                    state.running[request.key] = nil
                    state.superseded[request.key] = nil
                }
                return outcome
            }
            state.running[request.key] = task
            state.tails[request.device] = task
            return (task, true)
        }
        var outcome = await task.value
        if !isNew { outcome.isRepeated = true }
        log(outcome)
        return outcome
    }

    /// Whether the action of this key was taken up and has no outcome yet.
    package func isRunning(_ key: String) -> Bool { state.withLock { $0.running[key] != nil } }

    private func log(_ outcome: ActionOutcome) {
        let details = "\(outcome.command) \(outcome.device): \(outcome.result.rawValue)\(outcome.reason.map { ", \($0)" } ?? "")"
        switch outcome.result {
        case .confirmed, .pending, .sent: log.debug("\(details)")
        case .timeout, .refused, .failed, .expired, .unknown: log.warning("\(details)")
        }
    }
}
