import Foundation
import MillHome
import MillStore
import MillTestSupport
import MillValue
import Testing

@Suite("MQTT on a real Mosquitto", .serialized)
struct MQTTTests {
    @Test("commands of every kind are confirmed by the devices' retained states")
    func confirmed() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(broker.port, devices)
        try await house.start()
        for (device, command, arguments) in [
            ("porch_light", "turn_on", ["brightness": 40]), ("porch_light", "toggle", [:]), ("fan", "turn_on", [:]),
            ("fan", "toggle", [:]),
            ("blind", "set_position", ["position": 30]), ("blind", "open", [:]),
            ("heater", "set_temperature", ["temperature": 21.5]),
            ("door", "lock", [:]),
        ] as [(String, String, ValueMap)] {
            let outcome = await house.executor.execute(request("\(device)-\(command)", device, command, arguments))
            #expect(outcome.result == .confirmed, "\(outcome)")
        }
        #expect(house.simulator.report["devices"]?["porch_light"]?["state"] == ["state": "off", "brightness": 40])
        #expect(house.simulator.report["devices"]?["heater"]?["state"] == ["temperature": 21.5])
        #expect(house.registry.value["blind"]?["position"] == 100)
        await house.stop()
    }

    @Test("a refusing, a silent and an absent device are told apart")
    func outcomes() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(
            broker.port,
            [
                "no": ["can": "on_off", "simulate": ["refuse": true]], "mute": ["can": "on_off", "simulate": ["silent": true]],
            ],
            absent: ["away": ["can": "on_off"]], timeout: .milliseconds(300))
        try await house.start()
        #expect(await house.executor.execute(request("a", "no", "turn_on")).result == .refused)
        #expect(await house.executor.execute(request("b", "mute", "turn_on")).result == .timeout)
        let away = await house.executor.execute(request("c", "away", "turn_on"))
        #expect(away.result == .failed && away.reason?.contains("nothing listens") == true, "\(away)")
        await house.stop()
    }

    @Test("after the broker was restarted everything works again: subscriptions, states, commands")
    func brokerRestart() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(broker.port, devices)
        try await house.start()
        #expect(await house.executor.execute(request("a", "fan", "turn_on")).result == .confirmed)
        broker.interrupt()
        async let during = house.executor.execute(request("b", "fan", "turn_off"))
        try broker.start()
        #expect(await during.result == .confirmed)
        #expect(await house.executor.execute(request("c", "porch_light", "turn_on")).result == .confirmed)
        #expect(house.simulator.report["devices"]?["fan"]?["state_changes"] == 2)
        await house.stop()
    }

    @Test("a broker that hangs does not hold up the end, and what was sent goes on at the next start", .timeLimit(.minutes(1)))
    func hangingBroker() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(broker.port, devices)
        try await house.start()
        try broker.freeze()
        defer { try? broker.freeze(false) }
        async let outcome = house.executor.execute(request("a", "fan", "turn_on"))
        while try await house.outbox.unfinished().first?.state != .sent { await Task.yield() }
        await house.executor.stop(isComplete: false)
        let interrupted = await outcome
        #expect(interrupted.result == .sent && interrupted.reason?.contains("the next start takes it up") == true)
        try broker.freeze(false)
        await house.simulator.stop()
    }

    @Test("a command that expires while the broker is away never fires")
    func expiresMeanwhile() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let house = try BrokerHousehold(broker.port, devices)
        try await house.start()
        broker.interrupt()
        #expect(await house.executor.execute(request("a", "fan", "turn_on", expires: .milliseconds(200))).result == .expired)
        try broker.start()
        #expect(await house.executor.execute(request("b", "fan", "turn_off")).result == .confirmed)
        #expect(house.simulator.report["devices"]?["fan"]?["state_changes"] == 0)
        await house.stop()
    }

    @Test("a wrong password is reported as such and at once")
    func wrongPassword() async throws {
        let broker = try Mosquitto(password: ("edge", "right"))
        defer { broker.stop() }
        let wrong = try BrokerHousehold(broker.port, devices) { ($0.username, $0.password) = ("edge", "wrong") }
        let error = await #expect(throws: HomeError.self) { try await wrong.executor.start() }
        guard case .rejected = error else {
            Issue.record("expected rejected, got \(String(describing: error))")
            return
        }
        #expect(error?.description.contains("wrong") == false)
        let right = try BrokerHousehold(broker.port, devices) { ($0.username, $0.password) = ("edge", "right") }
        try await right.start()
        #expect(await right.executor.execute(request("a", "fan", "turn_on")).result == .confirmed)
        await right.stop()
    }

    @Test("a broker that is not there is unreachable, with the reason")
    func unreachable() async throws {
        let port = try Mosquitto.freePort()
        let registry = try DeviceRegistry(configuration: devices, clock: SystemClock())
        let connection = MQTTConnection(settings: MQTTSettings(host: "127.0.0.1", port: port))
        let error = await #expect(throws: HomeError.self) {
            try await connection.start(registry: registry, timeout: .milliseconds(300)) { _ in }
        }
        #expect(error == .unreachable(url: "mqtt://127.0.0.1:\(port)", reason: "Connection refused"))
    }

    @Test("TLS: the right authority lets us in, without it the broker is not trusted")
    func tls() async throws {
        let folder = try TemporaryFolder()
        let certificates = try Mosquitto.makeCertificates(in: folder.url)
        let broker = try Mosquitto(certificates: certificates)
        defer { broker.stop() }
        var tls = MQTTSettings.TLS()
        tls.authority = certificates.authority
        let trusted = tls
        let house = try BrokerHousehold(broker.port, devices) { $0.tls = trusted }
        try await house.start()
        #expect(await house.executor.execute(request("a", "porch_light", "turn_on")).result == .confirmed)
        await house.stop()

        var settings = MQTTSettings(host: "127.0.0.1", port: broker.port)
        settings.tls = .init()
        let connection = MQTTConnection(settings: settings)
        await #expect(throws: HomeError.self) {
            try await connection.start(registry: house.registry, timeout: .milliseconds(500)) { _ in }
        }

        settings.tls?.authority = "/proc"
        let folderAsFile = MQTTConnection(settings: settings)
        let error = await #expect(throws: HomeError.self) {
            try await folderAsFile.start(registry: house.registry, timeout: .milliseconds(500)) { _ in }
        }
        #expect("\(error as Any)".contains("TLS file /proc: it is not a regular file"))
    }

    @Test("two programs without a client id do not push each other out")
    func twoClients() async throws {
        let broker = try Mosquitto()
        defer { broker.stop() }
        let first = try BrokerHousehold(broker.port, devices)
        let second = try BrokerHousehold(broker.port, devices)
        try await first.start()
        try await second.executor.start()
        #expect(await first.executor.execute(request("a", "fan", "turn_on")).result == .confirmed)
        #expect(await second.executor.execute(request("a", "fan", "turn_off")).result == .confirmed)
        await second.executor.stop()
        await first.stop()
    }
}
