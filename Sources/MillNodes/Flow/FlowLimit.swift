import MillGraph
import MillValue

/// `flow.limit`: lets only so many packets be under way at once, and decides what happens to the others.
///
/// It forgets work before any is spent on it: with `drop_oldest` the newest waiting frame goes next.
final class FlowLimit: Node {
    static let type = NodeType(
        "flow.limit", "Lets a bounded number of packets be under way; the others wait or are dropped before work is spent.",
        inputs: [
            .input("in", .any, "what to limit", sync: .any),
            .input("finished", .any, "one packet for each that is done with", sync: .any),
        ],
        outputs: [.output("out", sameAs: "in", "the packets that may go"), .output("dropped", .tick, "one per dropped packet")],
        configuration: [
            ConfigField("max_in_flight", .integer(minimum: 1, maximum: 1024), "packets under way at once", default: 1),
            ConfigField("max_queued", .integer(minimum: 0, maximum: 65536), "packets that may wait here", default: 1),
            ConfigField(
                "when_full", .choice(["wait", "drop_oldest", "drop_newest"]),
                "hold the sender back, or drop the oldest or the newest waiting packet", default: "drop_oldest"),
            ConfigField(
                "timeout", .duration, "a packet not reported as finished after this time no longer counts as under way",
                default: "30s"),
        ],
        boundsLoop: true,
        make: { context in
            FlowLimit(
                maximumInFlight: try context.config.int("max_in_flight"), maximumQueued: try context.config.int("max_queued"),
                whenFull: Overflow(rawValue: try context.config.string("when_full")) ?? .dropOldest,
                timeout: try context.config.duration("timeout"))
        })

    enum Overflow: String {
        case wait
        case dropOldest = "drop_oldest"
        case dropNewest = "drop_newest"
    }

    private let maximumInFlight: Int
    private let maximumQueued: Int
    private let whenFull: Overflow
    private let timeout: Duration
    /// When the packets under way stop counting, by trace.
    private var inFlight: [UInt64: Duration] = [:]
    private var queue: [Packet] = []

    init(maximumInFlight: Int, maximumQueued: Int, whenFull: Overflow, timeout: Duration) {
        self.maximumInFlight = maximumInFlight
        self.maximumQueued = maximumQueued
        self.whenFull = whenFull
        self.timeout = timeout
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        guard let packet = inputs.trigger else { return }
        if inputs.triggerPort == "finished" {
            inFlight[packet.trace] = nil
        } else {
            queue.append(packet)
            emit.keep(packet)
        }
        try advance(emit)
    }

    func wake(_ emit: Emitter) throws { try advance(emit) }

    /// What still waits when the stream ends goes out; there is nothing newer that it would hold up.
    func finish(_ emit: Emitter) throws {
        for packet in queue {
            try emit(packet)
            emit.letGo(packet)
        }
        queue = []
    }

    private func advance(_ emit: Emitter) throws {
        let now = emit.clock.now
        inFlight = inFlight.filter { $0.value > now }
        while inFlight.count < maximumInFlight, !queue.isEmpty {
            let packet = queue.removeFirst()
            inFlight[packet.trace] = now + timeout
            try emit(packet)
            emit.letGo(packet)
        }
        while queue.count > maximumQueued, whenFull != .wait {
            let dropped = whenFull == .dropOldest ? queue.removeFirst() : queue.removeLast()
            try emit(dropped.with(.tick), on: "dropped")
            emit.letGo(dropped)
        }
        emit.setReady(!(whenFull == .wait && queue.count > maximumQueued), input: "in")
        if let next = inFlight.values.min() { emit.wake(at: next) }
    }
}
