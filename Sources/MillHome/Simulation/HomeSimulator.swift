import Logging
import MillValue
import Synchronization

/// Plays the devices of a pipeline file on a broker, as if they were real: takes their commands, changes, and
/// publishes retained states, with Home Assistant discovery and availability.
///
/// What happens to each device is counted where it happens, in a process of its own if need be, and written to a file:
/// `{devices: {lamp: {commands, toggles, state_changes, refusals, state}}, keys: {KEY: {device, commands, state_changes}}}`.
public final class HomeSimulator: Sendable {
    private struct State {
        var client: MQTTClient?
        var devices: [String: SimulatedDevice] = [:]
        /// What each command's correlation data led to: who sent it, and whether it came twice.
        var keys: [String: KeyCounts] = [:]
        var isStarted = false
        let started = OneShot<HomeError?>()
        var lastProblem = "no answer"
    }
    private struct KeyCounts {
        let device: String
        var commands = 0
        var stateChanges = 0
    }

    private let settings: MQTTSettings
    private let counts: CountsFile?
    private let log: Logger
    private let state = Mutex(State())
    /// States are published in the order in which they came about.
    private let order = Mutex(())
    private static let keyLimit = 100_000

    /// - Parameters:
    ///   - countsPath: where to write what happened, after every change; nil writes nothing.
    public init(
        settings: MQTTSettings, registry: DeviceRegistry, countsPath: String? = nil,
        log: Logger = Logger(label: "millrace.simulator")
    ) {
        var settings = settings
        settings.prefix = "\(settings.prefix)-simulator"
        self.settings = settings
        self.log = log
        counts = countsPath.map { CountsFile(path: $0) }
        state.withLock { state in
            for device in registry.devices { state.devices[device.id] = SimulatedDevice(device) }
        }
    }

    deinit { state.withLock { $0.client }?.end() }

    /// Connects and returns when the devices take commands.
    ///
    /// - Throws: ``HomeError/unreachable(url:reason:)``, ``HomeError/rejected(url:reason:)``.
    public func start(timeout: Duration = .seconds(10)) async throws(HomeError) {
        let will = MQTTMessage(topic: "\(settings.prefix)/available", text: "offline", isRetained: true)
        let client = MQTTClient(settings: settings, will: will) { [weak self] in self?.handle($0) }
        let started = state.withLock { state in
            state.client = client
            return state.started
        }
        writeCounts()
        client.start()
        let clock = SystemClock()
        let silence = HomeError.unreachable(url: settings.url, reason: "no answer")
        var problem = await started.value(until: clock.now + timeout, clock: clock, otherwise: silence)
        if problem == silence { problem = .unreachable(url: settings.url, reason: state.withLock { $0.lastProblem }) }
        if let problem {
            await stop()
            throw problem
        }
    }

    public func stop() async {
        let client = state.withLock { state in
            defer { state.client = nil }
            return state.client
        }
        await client?.stop(farewell: MQTTMessage(topic: "\(settings.prefix)/available", text: "offline", isRetained: true))
    }

    /// The devices' true states and what was counted; see the type's description.
    public var report: Value {
        state.withLock { state in
            var devices = ValueMap()
            for (id, device) in state.devices.sorted(by: { $0.key < $1.key }) {
                guard case .map(var fields) = device.counts.value else { continue }
                fields["state"] = .map(device.state)
                devices[id] = .map(fields)
            }
            var keys = ValueMap()
            for (key, counts) in state.keys.sorted(by: { $0.key < $1.key }) {
                keys[key] = [
                    "device": .string(counts.device), "commands": .int(counts.commands),
                    "state_changes": .int(counts.stateChanges),
                ]
            }
            return ["devices": .map(devices), "keys": .map(keys)]
        }
    }

    /// Plays a person at the device.
    public func change(_ device: String, _ fields: ValueMap) {
        order.withLock { _ in
            let changed = state.withLock { state in
                state.devices[device]?.set(fields)
                return state.devices[device]
            }
            if let changed { publishState(of: changed) }
        }
    }

    private func writeCounts() {
        guard let counts else { return }
        if let problem = counts.write(report.json(pretty: true)) { log.error("\(counts.path): \(problem)") }
    }
}

extension HomeSimulator {
    private func handle(_ event: MQTTEvent) {
        switch event {
        case .connected: subscribe()
        case .disconnected(let reason): state.withLock { $0.lastProblem = reason }
        case .rejected(let reason): state.withLock { $0.started }.resolve(.rejected(url: settings.url, reason: reason))
        case .message(let message): handle(message)
        }
    }

    private func subscribe() {
        let (client, devices) = state.withLock { ($0.client, Array($0.devices.values)) }
        guard let client else { return }
        let topics = Set(devices.flatMap { $0.device.channels.compactMap(\.commandTopic) }).sorted()
        let status = settings.discoveryPrefix.map { ["\($0)/status"] } ?? []
        client.subscribe(topics + status) { [weak self] isGranted in
            guard let self else { return }
            if !isGranted { log.warning("\(settings.url): the broker does not let us read all command topics") }
            announce()
            state.withLock { $0.started }.resolve(nil)
        }
    }

    /// Discovery, states and availability, all retained.
    private func announce() {
        let (client, devices) = state.withLock { state in
            (state.client, state.devices.values.sorted { $0.device.id < $1.device.id })
        }
        guard let client else { return }
        for simulated in devices {
            if let prefix = settings.discoveryPrefix,
                let message = Announcements.device(simulated.device, discoveryPrefix: prefix)
            {
                client.publish(message)
            }
            publishState(of: simulated)
            if let availability = simulated.device.availability {
                client.publish(MQTTMessage(topic: availability.topic, text: availability.online, isRetained: true))
            }
        }
        client.publish(MQTTMessage(topic: "\(settings.prefix)/available", text: "online", isRetained: true))
    }

    private func handle(_ message: MQTTMessage) {
        if let prefix = settings.discoveryPrefix, message.topic == "\(prefix)/status" {
            if message.text == "online" { announce() }
            return
        }
        // A retained command would be carried out again at every start.
        guard !message.isRetained, let text = message.text else { return }
        let targets = state.withLock {
            $0.devices.values.filter { $0.device.channels.contains { $0.commandTopic == message.topic } }
        }
        for target in targets {
            guard let command = target.device.command(topic: message.topic, text: text) else {
                log.info("\(target.device.id) does not understand '\(text.prefix(80))'")
                continue
            }
            let delay = target.device.simulation.delay
            if delay == .zero {
                order.withLock { _ in carryOut(command, on: target.device.id, message) }
            } else {
                Task { [weak self] in
                    let clock = SystemClock()
                    try await clock.sleep(until: clock.now + delay)
                    guard let self else { return }
                    order.withLock { _ in carryOut(command, on: target.device.id, message) }
                }
            }
        }
    }

    private func carryOut(_ command: DeviceCommand, on id: String, _ message: MQTTMessage) {
        let key = message.correlation.flatMap { String(validating: $0, as: UTF8.self) }
        let (changed, refusal, client) = state.withLock { state -> (SimulatedDevice?, String?, MQTTClient?) in
            guard var device = state.devices[id] else { return (nil, nil, nil) }
            let changesBefore = device.counts.stateChanges
            let refusal = device.apply(command)
            state.devices[id] = device
            if let key, state.keys[key] != nil || state.keys.count < Self.keyLimit {
                state.keys[key, default: KeyCounts(device: id)].commands += 1
                state.keys[key]?.stateChanges += device.counts.stateChanges - changesBefore
            }
            return (device, refusal, state.client)
        }
        // What happened is on record before anybody hears of it.
        writeCounts()
        guard let changed else { return }
        if let topic = message.responseTopic {
            var answer = MQTTMessage(
                topic: topic,
                text: (refusal.map { ["result": "refused", "reason": .string($0)] } ?? ["result": "accepted"] as Value).json())
            answer.correlation = message.correlation
            client?.publish(answer)
        }
        if refusal == nil, !changed.device.simulation.isSilent { publishState(of: changed) }
    }

    private func publishState(of simulated: SimulatedDevice) {
        let client = state.withLock { $0.client }
        for payload in simulated.device.reports(of: simulated.state) {
            client?.publish(MQTTMessage(topic: payload.topic, text: payload.text, isRetained: true))
        }
    }
}
