import MillHome
import MillStore
import MillTestSupport
import MillValue
import Testing

@Suite("Home Assistant conventions on a real Mosquitto", .serialized)
struct HomeAssistantTests {
    /// Somebody else on the broker.
    final class Listener: Sendable {
        let listener: BrokerListener

        init(_ port: Int, _ filters: [String]) async throws {
            listener = BrokerListener(port: port)
            try await listener.start(filters)
        }

        func text(_ topic: String) -> String? { listener.messages.last { $0.topic == topic }?.text }
        func count(_ topic: String) -> Int { listener.messages.filter { $0.topic == topic }.count }
    }

    @Test("availability is retained online while connected, offline after a good-bye")
    func availability() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(broker.port, devices)
        try await house.start()
        let during = try await Listener(broker.port, ["millrace/available"])
        #expect(await eventually { during.text("millrace/available") == "online" })
        await house.stop()
        #expect(await eventually { during.text("millrace/available") == "offline" })
        let after = try await Listener(broker.port, ["millrace/available"])
        #expect(await eventually { after.text("millrace/available") == "offline" })
    }

    @Test("discovery is retained, and sent again when Home Assistant starts")
    func discovery() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(broker.port, devices)
        try await house.start()
        let listener = try await Listener(broker.port, ["homeassistant/#"])
        let topic = "homeassistant/event/millrace_millrace/events/config"
        #expect(await eventually { listener.count(topic) == 1 })
        let config = try JSON.parse(listener.text(topic) ?? "")
        #expect(config["state_topic"] == "millrace/events" && config["availability_topic"] == "millrace/available")
        #expect(config["event_types"] == ["new", "update", "end"])
        let lamp = try JSON.parse(listener.text("homeassistant/light/porch_light/config") ?? "")
        #expect(lamp["schema"] == "json" && lamp["command_topic"] == "porch/light/set" && lamp["brightness_scale"] == 100)
        listener.listener.publish("homeassistant/status", "online")
        #expect(await eventually { listener.count(topic) == 2 })
        await house.stop()
    }

    @Test("events are not retained, the scene is, outcomes are told, commands are never retained")
    func topics() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(broker.port, devices)
        try await house.start()
        let during = try await Listener(broker.port, ["millrace/#", "fan/#"])
        house.executor.publish(HomePublication(.event, ["type": "new"]))
        house.executor.publish(HomePublication(.scene, ["people": 1]))
        let outcome = await house.executor.execute(request("a", "fan", "turn_on"))
        house.executor.publish(HomePublication(.outcome, outcome.value))
        #expect(await eventually { during.count("millrace/outcomes") == 1 && during.count("fan/set") == 1 })
        #expect(during.text("millrace/events") == #"{"type":"new"}"#)
        #expect(during.text("fan/set") == "ON")
        let after = try await Listener(broker.port, ["millrace/#", "fan/#"])
        #expect(await eventually { after.text("millrace/scene") == #"{"people":1}"# && after.text("fan/state") == "ON" })
        #expect(after.count("millrace/events") == 0 && after.count("millrace/outcomes") == 0 && after.count("fan/set") == 0)
        await house.stop()
    }

    @Test("devices that somebody announces become devices of this home, in short and in long form")
    func discovered() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let somebody = BrokerListener(port: broker.port)
        try await somebody.start(["bedroom/+/set", "attic/+"])
        let announcements: [(String, String)] = [
            (
                "homeassistant/light/bedroom/config",
                #"{"~":"bedroom/lamp","name":"Bedroom","schema":"json","cmd_t":"~/set","stat_t":"~/state","brightness":true}"#
            ),
            (
                "homeassistant/switch/node/kettle/config",
                #"{"command_topic":"attic/kettle","state_topic":"attic/k","value_template":"{{ value_json.power }}"}"#
            ),
            ("homeassistant/switch/broken/config", #"{"command_topic": "#),
            ("homeassistant/sensor/t/config", #"{"state_topic":"t"}"#),
            ("homeassistant/switch/odd/config", #"{"command_topic":"a","value_template":"{% if value %}ON{% endif %}"}"#),
        ]
        for (topic, payload) in announcements { somebody.publish(topic, payload, isRetained: true) }
        #expect(await eventually { somebody.acknowledged == announcements.count })
        let house = try BrokerHousehold(broker.port, [:]) { $0.discoversDevices = true }
        try await house.executor.start()
        #expect(house.registry.devices.map(\.id).sorted() == ["bedroom", "kettle"])
        async let lamp = house.executor.execute(request("a", "bedroom", "turn_on", ["brightness": 40]))
        #expect(await eventually { somebody.messages.contains { $0.topic == "bedroom/lamp/set" } })
        #expect(somebody.messages.first { $0.topic == "bedroom/lamp/set" }?.text == #"{"state":"ON","brightness":102}"#)
        somebody.publish("bedroom/lamp/state", #"{"state":"ON","brightness":102}"#, isRetained: true)
        #expect(await lamp.result == .confirmed)
        async let kettle = house.executor.execute(request("b", "kettle", "turn_on"))
        #expect(await eventually { somebody.messages.contains { $0.topic == "attic/kettle" } })
        somebody.publish("attic/k", #"{"power":"ON"}"#)
        #expect(await kettle.result == .confirmed)
        await house.stop()
        await somebody.stop()
    }
}
