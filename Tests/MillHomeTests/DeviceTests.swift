import MillHome
import MillStore
import MillValue
import Testing

let devices: Value = [
    "porch_light": ["name": "Porch light", "can": ["on_off", "brightness"], "topic": "porch/light"],
    "fan": ["can": "on_off"],
    "blind": ["can": ["position"]],
    "heater": ["can": ["temperature"], "min": 10, "max": 25],
    "door": ["can": "lock", "allow": ["lock"]],
]

@Suite("Devices")
struct DeviceTests {
    func registry(_ configuration: Value = devices, clock: any MillClock = ManualClock()) throws -> DeviceRegistry {
        try DeviceRegistry(configuration: configuration, clock: clock)
    }

    @Test(
        "each capability takes its own commands",
        arguments: [
            ("porch_light", "turn_on", [:], ["state": "on"]),
            ("porch_light", "turn_on", ["brightness": 40], ["state": "on", "brightness": 40]),
            ("porch_light", "set_brightness", ["brightness": 0], ["state": "off"]), ("porch_light", "toggle", [:], [:]),
            ("blind", "open", [:], ["position": 100]), ("blind", "set_position", ["position": 30], ["position": 30]),
            ("heater", "set_temperature", ["temperature": 21.5], ["temperature": 21.5]),
            ("door", "lock", [:], ["state": "locked"]),
        ] as [(String, String, ValueMap, ValueMap)])
    func commands(device: String, command: String, arguments: ValueMap, target: ValueMap) throws {
        let found = try registry().command(command, of: device, arguments).command
        #expect(found.target == target)
        #expect(found.delivery == (command == "toggle" ? .once : .set))
    }

    @Test(
        "what a device cannot do is refused with what it can",
        arguments: [
            ("porch_ligth", "turn_on", [:], "did you mean 'porch_light'?"), ("fan", "turn_onn", [:], "did you mean 'turn_on'?"),
            ("fan", "set_brightness", ["brightness": 3], "it has turn_on, turn_off, toggle"),
            ("fan", "turn_on", ["brightness": 3], "it takes none"), ("porch_light", "set_brightness", [:], "it is missing"),
            ("porch_light", "set_brightness", ["brightness": 101], "0.0 to 100.0%"),
            ("heater", "set_temperature", ["temperature": 30], "10.0 to 25.0 °C"),
            ("porch_light", "set_brightness", ["brightness": "full"], "found \"full\""), ("door", "unlock", [:], "'allow'"),
        ] as [(String, String, ValueMap, String)])
    func refusals(device: String, command: String, arguments: ValueMap, message: String) throws {
        let registry = try registry()
        let error = #expect(throws: CommandRefusal.self) { _ = try registry.command(command, of: device, arguments) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test("a risky device needs every command allowed")
    func risky() throws {
        let registry = try registry(["oven": ["can": "on_off", "risky": true, "allow": "turn_off"]])
        #expect(throws: CommandRefusal.self) { _ = try registry.command("turn_on", of: "oven") }
        #expect(try registry.command("turn_off", of: "oven").command.name == "turn_off")
    }

    @Test(
        "mistakes in the devices section are reported all at once, each with its place",
        arguments: [
            (["lamp": ["can": ["on_of"]]], ["lamp", "can", "0"], "on_off"),
            (["lamp": ["cann": ["on_off"]]], ["lamp", "can"], nil),
            (["lamp": ["can": ["on_off", "lock"]]], ["lamp", "can"], nil), (["a b": ["can": "on_off"]], ["a b"], nil),
            (["lamp": ["can": "on_off", "topic": "a/#"]], ["lamp", "topic"], nil), (["lamp": 3], ["lamp"], nil),
            (["lamp": ["can": "on_off", "allow": ["turn_of"]]], ["lamp", "allow"], "turn_off"),
            (["lamp": ["can": "on_off", "simulate": ["delay": "soon"]]], ["lamp", "simulate", "delay"], nil),
            (
                ["lamp": ["can": "on_off", "simulate": ["initial": ["stat": "on"]]]], ["lamp", "simulate", "initial", "stat"],
                "state"
            ),
        ] as [(Value, [String], String?)])
    func configuration(section: Value, path: [String], suggestion: String?) throws {
        let error = #expect(throws: HomeError.self) { _ = try DeviceRegistry(configuration: section, clock: ManualClock()) }
        guard case .configuration(let issues) = error else { return }
        let issue = issues.first { $0.path == path }
        #expect(issue != nil, "\(issues)")
        #expect(issue?.suggestion == suggestion)
    }

    @Test("the home's value has what was reported, and 'unknown' before")
    func homeValue() throws {
        let clock = ManualClock(epoch: 1000)
        let registry = try registry(clock: clock)
        #expect(registry.value["fan"]?["state"] == "unknown" && registry.value["fan"]?["available"] == false)
        registry.record(StateReport(device: "fan", state: ["state": "on"]))
        #expect(registry.value["fan"]?["state"] == "on" && registry.value["fan"]?["available"] == true)
        #expect(registry.value["fan"]?["since"] == 1000.0)
    }

    @Test("a change that no command explains is somebody's hand; a first or an old report is not")
    func changedByOthers() throws {
        let clock = ManualClock()
        let registry = try registry(clock: clock)
        registry.record(StateReport(device: "fan", state: ["state": "off"]))
        #expect(registry.state(of: "fan")?.changedByOthersAt == nil)
        registry.record(StateReport(device: "fan", state: ["state": "on"], isRetained: true))
        #expect(registry.state(of: "fan")?.changedByOthersAt == nil)
        clock.advance(by: .seconds(7))
        registry.record(StateReport(device: "fan", state: ["state": "off"]))
        #expect(registry.state(of: "fan")?.changedByOthersAt == .seconds(7))
    }

    @Test("more discovered devices than any home has are not taken in")
    func discoveryLimit() throws {
        let registry = try registry([:])
        let template = try #require(try DeviceRegistry(configuration: devices, clock: ManualClock()).device("fan"))
        for number in 0..<3000 {
            var device = template
            device.id = "fan_\(number)"
            registry.add(discovered: device)
        }
        #expect(registry.devices.count == 2000)
    }
}
