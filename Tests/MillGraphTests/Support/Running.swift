import Logging
import MillGraph
import MillValue
import Synchronization
import Testing

/// What arrived at the sinks of a run.
final class Recorder: Sendable {
    private let state = Mutex<[String: [Packet]]>([:])
    private let noted = Mutex<[String]>([])

    /// The payloads that `node` got, as JSON.
    func values(_ node: String = "end") -> [String] { packets(node).map { $0.payload.expressionValue.json() } }

    func packets(_ node: String) -> [Packet] { state.withLock { $0[node] ?? [] } }

    /// Everything that happened, in words.
    var events: [String] { noted.withLock(\.self) }

    func observe(_ event: RuntimeEvent) {
        noted.withLock { $0.append(Self.text(event)) }
        if case .ran(let node, _, _, let trigger?) = event { state.withLock { $0[node, default: []].append(trigger) } }
    }

    private static func text(_ event: RuntimeEvent) -> String {
        switch event {
        case .emitted(let node, let port, let packet):
            "\(node)/\(port) \(packet.sequence) \(packet.payload.expressionValue.json())"
        case .ran(let node, let start, _, let trigger): "\(node) ran at \(start.inMilliseconds) for \(trigger?.sequence ?? -1)"
        case .dropped(let edge, let packet, let reason): "\(edge) dropped \(packet.sequence): \(reason.rawValue)"
        case .failed(let node, let reason, _): "\(node) failed: \(reason)"
        case .restarted(let node, let delay, _): "\(node) restarts after \(delay.inMilliseconds)"
        case .ended(let node): "\(node) ended"
        case .announced(let node, let count): "\(node) announces \(count)"
        case .finished(let item): "item \(item.sequence) \(item.hasSucceeded ? "succeeded" : "failed \(item.failureCount)")"
        }
    }
}

/// Runs a pipeline deterministically, on a clock that jumps.
@discardableResult
func run(
    _ text: String, _ recorder: Recorder = Recorder(),
    replacements: [String: @Sendable (NodeContext) throws -> any NodeBehavior] = [:],
    seed: UInt64 = 0
) async throws -> RunReport {
    let options = RuntimeOptions(
        execution: .deterministic, clock: ManualClock(), logger: .quiet, observer: recorder.observe,
        replacements: replacements, seed: seed)
    return try await Runtime(try load(text), options: options).run()
}

/// Runs a pipeline on real workers.
@discardableResult
func runLive(_ text: String, _ recorder: Recorder = Recorder(), workers: Int = 4) async throws -> RunReport {
    let options = RuntimeOptions(execution: .realTime(workers: workers), logger: .quiet, observer: recorder.observe)
    return try await Runtime(try load(text), options: options).run()
}

/// What a run logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock(\.self) }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.message)") } }
    }
}

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}

extension RunReport {
    func node(_ name: String) throws -> NodeReport { try #require(nodes.first { $0.name == name }) }
    func edge(_ label: String) throws -> EdgeReport { try #require(edges.first { "\($0.from) → \($0.to)" == label }) }
}

/// Stops a run from its own observer after so many packets have reached the node `end` (or, for aborts, `gate`).
final class Stopper: Sendable {
    private struct State {
        var runtime: Runtime?
        var count = 0
    }
    private let state = Mutex(State())
    private let limit: Int
    private let aborts: Bool

    init(after limit: Int, aborts: Bool = false) {
        self.limit = limit
        self.aborts = aborts
    }

    var runtime: Runtime? {
        get { state.withLock(\.runtime) }
        set { state.withLock { $0.runtime = newValue } }
    }

    func observe(_ event: RuntimeEvent) {
        guard case .ran(let node, _, _, _) = event, node == (aborts ? "gate" : "end") else { return }
        let runtime = state.withLock { state in
            state.count += 1
            return state.count == limit ? state.runtime : nil
        }
        if aborts { runtime?.abort() } else { runtime?.stop() }
    }
}
