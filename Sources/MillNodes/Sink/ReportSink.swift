import MillEvaluation
import MillGraph
import MillTensor
import MillValue

/// `sink.report`: joins everything that a frame led to, and says when the frame is done with.
///
/// A frame is complete when its scene is there, every event of it has been decided on, and every action that was
/// decided has its outcome; or when a node failed on it. Inputs that the pipeline does not connect are not waited for, and
/// a frame that a later one has overtaken gets no scene any more.
final class ReportSink: Node {
    static func type(journal: RunJournal) -> NodeType {
        NodeType(
            "sink.report", "Collects what each frame led to: one line per frame, and a page that opens without a network.",
            inputs: [
                .input("scene", .record, "what the model saw", sync: .any),
                .input("picture", .bytes, "the encoded picture", required: false, sync: .any),
                .input("events", .record, "how many events the frame has (event.track/frame)", required: false, sync: .any),
                .input(
                    "decision", .record, "how many actions an event led to (policy.rules/decision)", required: false, sync: .any),
                .input("outcome", .outcome, "what came of each action", required: false, sync: .any),
                .input(
                    "failed", .record, "dead letters: why a frame gets no answer", required: false, sync: .any, variadic: true),
                .input("state", .record, "the devices' reported states", required: false, sync: .latest),
            ],
            outputs: [.output("finished", .tick, "one per complete frame, for flow.limit")],
            configuration: [
                ConfigField("page", .path, "the report, an HTML file"),
                ConfigField("truth", .path, "what the pictures show, to score the answers (JSON)"),
                ConfigField("keep", .integer(minimum: 1, maximum: 100_000), "how many frames the page holds", default: 500),
            ],
            make: { context in try ReportSink(context, journal: journal) })
    }

    /// A frame that is not complete yet.
    private struct Pending {
        var record: FrameRecord
        var packet: Packet
        var hasScene = false
        /// Nothing more is expected of it.
        var isDead = false
        var expectedDecisions: Int?
        var decisions = 0
        var expectedOutcomes = 0
    }

    private let journal: RunJournal
    private let inputs: Set<String>
    private let clock: any MillClock
    private var pending: [UInt64: Pending] = [:]
    private var order: [UInt64] = []
    /// Frames that never complete (their processing failed) are given up when so many newer ones wait.
    private static let pendingLimit = 64

    init(_ context: NodeContext, journal: RunJournal) throws {
        self.journal = journal
        inputs = context.connectedInputs
        clock = context.clock
        var settings = RunJournal.Settings(keep: try context.config.int("keep"))
        settings.pagePath = context.config["page"]?.string
        if let path = context.config["truth"]?.string { settings.truth = try GroundTruth(path: path) }
        journal.configure(settings)
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        guard let packet = inputs.trigger else { return }
        if pending[packet.trace] == nil {
            order.append(packet.trace)
            let record = FrameRecord(sequence: packet.sequence, key: packet.key, time: packet.timestamp.inSeconds)
            pending[packet.trace] = Pending(record: record, packet: packet.with(.tick))
        }
        let state = inputs["state"]?.payload.value
        add(packet, from: inputs.triggerPort, state: state)
        try flush(emit, all: false)
        if order.count > Self.pendingLimit { try release(order[0], emit) }
    }

    func finish(_ emit: Emitter) throws { try flush(emit, all: true) }

    private func add(_ packet: Packet, from port: String, state: Value?) {
        guard var frame = pending[packet.trace] else { return }
        let value = packet.payload.value ?? .null
        frame.record.home = state ?? .null
        switch port {
        case "scene":
            frame.record.scene = value
            frame.hasScene = true
            for earlier in order.prefix(while: { $0 != packet.trace }) where pending[earlier]?.hasScene == false {
                pending[earlier]?.isDead = true
            }
        case "picture": frame.record.picture = packet.payload.tensor
        case "events":
            frame.record.events = value["events"]?.list ?? []
            frame.expectedDecisions = frame.record.events.count
        case "decision":
            let actions = value["actions"]?.list ?? []
            frame.record.actions += actions
            frame.decisions += 1
            frame.expectedOutcomes += actions.count
        case "outcome": frame.record.outcomes.append(value)
        case "failed":
            frame.record.failure = value["error"]?.string ?? value.json()
            frame.isDead = true
        default: break
        }
        pending[packet.trace] = frame
    }

    private func isComplete(_ frame: Pending) -> Bool {
        if frame.isDead { return true }
        guard frame.hasScene else { return false }
        if inputs.contains("picture"), frame.record.picture == nil { return false }
        guard inputs.contains("events") else { return true }
        guard let expected = frame.expectedDecisions else { return false }
        guard inputs.contains("decision") else { return true }
        guard frame.decisions == expected else { return false }
        return !inputs.contains("outcome") || frame.record.outcomes.count >= frame.expectedOutcomes
    }

    /// Releases complete frames in their order; a frame waits for those before it.
    private func flush(_ emit: Emitter, all: Bool) throws {
        while let first = order.first, let frame = pending[first], all || isComplete(frame) {
            try release(first, emit)
        }
    }

    private func release(_ trace: UInt64, _ emit: Emitter) throws {
        order.removeAll { $0 == trace }
        guard var frame = pending.removeValue(forKey: trace) else { return }
        frame.record.latency = (clock.now - frame.packet.timestamp).inMilliseconds
        journal.add(frame.record)
        try emit(frame.packet)
    }
}
