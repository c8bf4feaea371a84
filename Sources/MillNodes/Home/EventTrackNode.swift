import MillGraph
import MillHome
import MillValue

/// `event.track`: scenes over time → events, debounced.
final class EventTrackNode: Node {
    static let type = NodeType(
        "event.track", "Turns scenes over time into new, update and end events; flicker makes one event, not many.",
        inputs: [.input("scene", .record, "what a frame shows")],
        outputs: [
            .output("event", .event, "one per event, with the settled scene"),
            .output("frame", .record, "one per frame: its events"),
        ],
        configuration: [
            ConfigField("enter", .string, "how long an object must show: `3 frames` or `2s`", default: "3 frames"),
            ConfigField("leave", .string, "how long it must be missing: `3 frames` or `5s`", default: "5s"),
            ConfigField("settle", .string, "how long a changed state must hold: `2 frames` or `1s`", default: "2 frames"),
            ConfigField("threshold", .number(minimum: 0, maximum: 1), "lowest median score of a new object", default: 0),
            ConfigField("move", .number(minimum: 0), "how far the centre must move to count", default: 0.15),
            ConfigField("labels", .list(of: .string), "only these labels; all without it"),
            ConfigField("camera", .string, "what the frames come from; by default the name of this node"),
        ],
        check: { node in
            do {
                _ = try EventTracker(configuration: settings(node.config))
                return []
            } catch { return HomeService.problems(error) }
        },
        make: { context in
            EventTrackNode(
                tracker: try EventTracker(configuration: settings(context.config)),
                camera: context.config["camera"]?.string ?? context.name)
        })

    private var tracker: EventTracker
    private let camera: String
    /// From the runtime's clock to wall time; taken once, so that a clock that is set right moves no frame.
    private var epoch: Double?

    init(tracker: EventTracker, camera: String) {
        self.tracker = tracker
        self.camera = camera
    }

    private static func settings(_ config: Configuration) -> Value {
        .map(ValueMap(config.values.filter { $0.key != "camera" && !$0.value.isNull }.map { ($0.key, $0.value) }))
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let packet = try inputs.packet("scene")
        guard let scene = packet.payload.value else { throw NodeError.wrongPayload(port: "scene", expected: "a record") }
        let epoch = epoch ?? (emit.clock.wallTime - emit.clock.now.inSeconds)
        self.epoch = epoch
        let events = try tracker.observe(
            scene, camera: camera, frame: packet.identity, at: epoch + packet.timestamp.inSeconds)
        for event in events { try emit(.value(event), on: "event") }
        try emit(.value(["events": .list(events)]), on: "frame")
    }
}
