import Logging
import MillGraph
import MillHome
import MillValue

/// `policy.rules`: events and the home's state → intended actions.
final class PolicyRulesNode: Node {
    static func type(home: HomeService) -> NodeType {
        NodeType(
            "policy.rules", "Decides by CEL rules what to do about an event; a rule that cannot be evaluated never acts.",
            inputs: [
                .input("event", .event, "what happened", sync: .any),
                .input(
                    "outcome", .outcome, "lets queued actions go as soon as earlier ones have ended", required: false, sync: .any),
            ],
            outputs: [
                .output("action", .action, "one per action"),
                .output("decision", .record, "one per event: its actions, and why others were not taken"),
            ],
            configuration: [
                ConfigField(
                    "rules", .list(of: .any), "name, when, do, cooldown, mode, max, rate, quiet, hold, expires", required: true),
                ConfigField("rate", .string, "most actions per rule: 6/min"),
                ConfigField("quiet", .string, "hours without actions: 22:00-07:00"),
                ConfigField("hold", .duration, "how long a person's own change wins", default: "5m"),
            ],
            check: { node in
                // A registry of its own: checking a file must not leave anything behind for the run. What is wrong with the
                // devices is reported at their place.
                guard
                    let registry = try? DeviceRegistry(
                        configuration: node.devices.isNull ? nil : node.devices, clock: SystemClock())
                else { return [] }
                do {
                    _ = try RuleEngine(configuration: settings(node.config), registry: registry, clock: SystemClock())
                    return []
                } catch { return HomeService.problems(error) }
            },
            make: { context in
                let registry = try home.registry(devices: context.devices, clock: context.clock)
                return PolicyRulesNode(
                    engine: try RuleEngine(configuration: settings(context.config), registry: registry, clock: context.clock),
                    context: context)
            })
    }

    private let engine: RuleEngine
    private let context: NodeContext

    init(engine: RuleEngine, context: NodeContext) {
        self.engine = engine
        self.context = context
    }

    private static func settings(_ config: Configuration) -> Value {
        .map(ValueMap(config.values.filter { !$0.value.isNull }.map { ($0.key, $0.value) }))
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        guard inputs.triggerPort == "event" else {
            for action in engine.release() { try emit(.value(action.value), on: "action") }
            return
        }
        guard let event = try inputs.packet("event").payload.value else {
            throw NodeError.wrongPayload(port: "event", expected: "an event")
        }
        let decision = engine.decide(event: event)
        for note in decision.notes { context.logger.info("\(note)") }
        for action in decision.actions { try emit(.value(action.value), on: "action") }
        try emit(
            .value([
                "actions": .list(decision.actions.map(\.value)), "notes": .list(decision.notes.map { .string($0.description) }),
            ]), on: "decision")
    }
}
