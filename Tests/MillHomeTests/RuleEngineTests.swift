import MillHome
import MillStore
import MillValue
import Testing

@Suite("Rules")
struct RuleEngineTests {
    /// Events by label, at a moving time.
    static func event(_ label: String, _ id: Int = 0, type: String = "new") -> Value {
        [
            "type": .string(type), "after": ["id": .string("e\(id)"), "label": .string(label), "frame_time": .int(id)],
            "scene": ["light": "dark"],
        ]
    }

    struct World {
        let clock: ManualClock
        let registry: DeviceRegistry
        let engine: RuleEngine

        init(_ rules: Value, clock: ManualClock = ManualClock()) throws {
            self.clock = clock
            registry = try DeviceRegistry(configuration: devices, clock: clock)
            engine = try RuleEngine(configuration: rules, registry: registry, clock: clock)
        }
    }

    static let person = #"event.type == "new" && event.after.label == "person""#
    static let lightOn: Value = ["device": "porch_light", "command": "turn_on"]

    @Test("a rule that holds asks for its actions, keyed by event and rule")
    func acts() throws {
        let world = try World([
            "rules": [
                ["name": "porch", "when": .string(Self.person), "do": [Self.lightOn, ["device": "fan", "command": "toggle"]]]
            ]
        ])
        let decision = world.engine.decide(event: Self.event("person", 7))
        #expect(decision.actions.map(\.device) == ["porch_light", "fan"])
        #expect(decision.actions.map(\.key) == ["e7:new/porch/0", "e7:new/porch/1"])
        #expect(decision.actions.map(\.event) == ["e7", "e7"])
        #expect(world.engine.decide(event: Self.event("cat")).actions.isEmpty)
    }

    @Test("conditions see the event, the scene, the home and the time")
    func variables() throws {
        let when =
            #"scene.light == "dark" && home.porch_light.state != "on" && local.hour >= 0 && now > 0 && event.type == "new""#
        let world = try World(["rules": [["when": .string(when), "do": Self.lightOn]]])
        #expect(world.engine.decide(event: Self.event("person")).actions.count == 1)
        world.registry.record(StateReport(device: "porch_light", state: ["state": "on"]))
        #expect(world.engine.decide(event: Self.event("person", 1)).actions.isEmpty)
    }

    @Test("a condition that cannot be evaluated is reported and does not act")
    func evaluationErrors() throws {
        let world = try World([
            "rules": [["when": "event.nothing.here == 1", "do": Self.lightOn], ["when": "event.type", "do": Self.lightOn]]
        ])
        let decision = world.engine.decide(event: Self.event("person"))
        #expect(decision.actions.isEmpty)
        #expect(decision.notes.count == 2)
        #expect(decision.notes[1].description.contains("true or false"))
    }

    @Test("a question never acts", arguments: ["type", "intent"])
    func question(key: String) throws {
        let world = try World(["rules": [["when": "true", "do": Self.lightOn]]])
        let decision = world.engine.decide(event: [key == "type" ? "type" : "intent": "question", "text": "is the light on?"])
        #expect(decision.actions.isEmpty)
        #expect(decision.notes.map(\.reason) == [.question])
    }

    @Test("the cooldown starts when the rule acts, and not with events that do not match")
    func cooldown() throws {
        let world = try World([
            "rules": [["when": .string(Self.person), "do": Self.lightOn, "cooldown": "60s", "mode": "parallel"]]
        ])
        #expect(world.engine.decide(event: Self.event("cat", 1)).actions.isEmpty)
        #expect(world.engine.decide(event: Self.event("person", 2)).actions.count == 1)
        world.clock.advance(by: .seconds(59))
        let cooling = world.engine.decide(event: Self.event("person", 3))
        #expect(cooling.actions.isEmpty && cooling.notes.map(\.reason) == [.cooldown])
        world.clock.advance(by: .seconds(1))
        #expect(world.engine.decide(event: Self.event("person", 4)).actions.count == 1)
    }

    @Test("single passes over what comes while its actions are under way, queued keeps it, restart replaces, parallel goes on")
    func modes() async throws {
        for mode in ["single", "queued", "restart", "parallel"] {
            let world = try World(["rules": [["when": "true", "do": Self.lightOn, "mode": .string(mode)]]])
            let first = world.engine.decide(event: Self.event("person", 1))
            let second = world.engine.decide(event: Self.event("person", 2))
            #expect(first.actions.count == 1)
            switch mode {
            case "single": #expect(second.actions.isEmpty && second.notes.map(\.reason) == [.busy])
            case "queued": #expect(second.actions.isEmpty && second.notes.map(\.reason) == [.queued])
            case "restart": #expect(second.actions.first?.supersedes == first.actions.map(\.key))
            default: #expect(second.actions.count == 1)
            }
            guard mode == "single" || mode == "queued" else { continue }
            // Somebody carries the action out; then the rule is free again.
            let executor = ActionExecutor(
                registry: world.registry, connection: VirtualHome(clock: world.clock), outbox: try .init(path: nil),
                clock: world.clock)
            try await executor.start()
            #expect(await executor.execute(first.actions[0]).result == .confirmed)
            #expect(world.engine.release().map(\.event) == (mode == "queued" ? ["e2"] : []))
            if mode == "single" { #expect(world.engine.decide(event: Self.event("person", 3)).actions.count == 1) }
        }
    }

    @Test("an action that nobody carries out holds its rule up for half a minute, not for ever")
    func lostActions() throws {
        let world = try World(["rules": [["when": "true", "do": Self.lightOn]]])
        #expect(world.engine.decide(event: Self.event("person", 1)).actions.count == 1)
        world.clock.advance(by: .seconds(29))
        #expect(world.engine.decide(event: Self.event("person", 2)).actions.isEmpty)
        world.clock.advance(by: .seconds(1))
        #expect(world.engine.decide(event: Self.event("person", 3)).actions.count == 1)
    }

    @Test("a rate bounds how often a rule acts")
    func rate() throws {
        let world = try World(["rate": "2/min", "rules": [["when": "true", "do": Self.lightOn, "mode": "parallel"]]])
        #expect((1...4).map { world.engine.decide(event: Self.event("person", $0)).actions.count } == [1, 1, 0, 0])
        world.clock.advance(by: .seconds(60))
        #expect(world.engine.decide(event: Self.event("person", 9)).actions.count == 1)
    }

    @Test("a person's hand keeps rules away from that device for a while, and from no other")
    func manualOverride() throws {
        let world = try World([
            "hold": "10m",
            "rules": [["when": "true", "do": [Self.lightOn, ["device": "fan", "command": "turn_on"]], "mode": "parallel"]],
        ])
        world.registry.record(StateReport(device: "porch_light", state: ["state": "on"]))
        world.clock.advance(by: .seconds(60))
        world.registry.record(StateReport(device: "porch_light", state: ["state": "off"]))
        let decision = world.engine.decide(event: Self.event("person", 1))
        #expect(decision.actions.map(\.device) == ["fan"])
        #expect(decision.notes.map(\.reason) == [.manualOverride(device: "porch_light")])
        world.clock.advance(by: .seconds(600))
        #expect(world.engine.decide(event: Self.event("person", 2)).actions.map(\.device) == ["porch_light", "fan"])
    }

    @Test("quiet hours may cross midnight")
    func quietHours() throws {
        // 2023-11-14 at 22:13 UTC; wherever the tests run, one of the two halves of the day holds it.
        let halves = ["00:00-12:00", "12:00-00:00"].map { hours -> Int in
            let world = try? World(["quiet": .string(hours), "rules": [["when": "true", "do": Self.lightOn]]])
            return world?.engine.decide(event: Self.event("person")).actions.count ?? -1
        }
        #expect(halves.sorted() == [0, 1])
    }

    @Test(
        "mistakes in rules are reported with their places",
        arguments: [
            (
                ["rules": [["when": "true", "do": ["device": "porch_ligth", "command": "turn_on"]]]],
                ["rules", "0", "do", "device"], "porch_light"
            ),
            (
                ["rules": [["when": "true", "do": ["device": "fan", "command": "turnon"]]]], ["rules", "0", "do", "command"],
                "turn_on"
            ),
            (
                ["rules": [["when": "true", "do": [["device": "door", "command": "unlock"]]]]],
                ["rules", "0", "do", "0", "command"], nil
            ),
            (["rules": [["do": ["device": "fan", "command": "turn_on"]]]], ["rules", "0", "when"], nil),
            (["rules": [["when": "true"]]], ["rules", "0", "do"], nil),
            (
                ["rules": [["when": "event.type ==", "do": ["device": "fan", "command": "turn_on"]]]], ["rules", "0", "when"], nil
            ),
            (
                ["rules": [["when": "true", "do": ["device": "fan", "command": "turn_on"], "cooldwn": "5s"]]],
                ["rules", "0", "cooldwn"], "cooldown"
            ),
            (
                ["rules": [["when": "true", "do": ["device": "fan", "command": "turn_on"], "mode": "singel"]]],
                ["rules", "0", "mode"], "single"
            ),
            (
                ["rules": [["when": "true", "do": ["device": "fan", "command": "turn_on"], "rate": "often"]]],
                ["rules", "0", "rate"], nil
            ),
        ] as [(Value, [String], String?)])
    func configuration(section: Value, path: [String], suggestion: String?) throws {
        let error = #expect(throws: HomeError.self) { _ = try World(section) }
        guard case .configuration(let issues) = error else { return }
        #expect(issues.map(\.path) == [path], "\(issues)")
        #expect(issues.first?.suggestion == suggestion)
    }
}
