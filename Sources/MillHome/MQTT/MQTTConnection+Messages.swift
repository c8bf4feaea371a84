import Logging
import MillValue
import Synchronization

extension MQTTConnection {
    /// Notes which topic belongs to which devices.
    func index(_ registry: DeviceRegistry) {
        var states: [String: [String]] = [:]
        var availabilities: [String: [String]] = [:]
        for device in registry.devices {
            for topic in Set(device.channels.compactMap(\.stateTopic)) { states[topic, default: []].append(device.id) }
            if let topic = device.availability?.topic { availabilities[topic, default: []].append(device.id) }
        }
        state.withLock { state in
            state.stateTopics = states
            state.availabilityTopics = availabilities
        }
    }

    /// Takes in a message from the broker, which may hold anything.
    func handle(_ message: MQTTMessage) {
        if isMark(message.topic) {
            if let session = message.text.flatMap({ Int($0) }) { becomeReady(session: session) }
            return
        }
        if isAnswer(message.topic) { return answer(message) }
        if let prefix = settings.discoveryPrefix, message.topic.hasPrefix("\(prefix)/") {
            if message.topic == "\(prefix)/status" { return homeAssistantStatus(message) }
            if message.topic.hasSuffix("/config") { return discover(message, prefix: prefix) }
        }
        let (registry, receive, reporters, available) = state.withLock { state in
            (state.registry, state.receive, state.stateTopics[message.topic] ?? [], state.availabilityTopics[message.topic] ?? [])
        }
        guard let registry, let receive, message.payload.count <= Self.maximumStateSize, let text = message.text else { return }
        for id in reporters {
            guard let device = registry.device(id) else { continue }
            let state = device.state(topic: message.topic, text: text)
            if state.isEmpty {
                log.debug("\(message.topic): '\(text.prefix(80))' is no state of \(id)")
            } else {
                receive(.report(StateReport(device: id, state: state, isRetained: message.isRetained)))
            }
        }
        for id in available {
            guard let availability = registry.device(id)?.availability else { continue }
            // Zigbee2MQTT wraps the word in an object.
            let word = (try? JSON.parse(text, maximumDepth: 8))?["state"]?.string ?? text
            if word == availability.online { receive(.availability(device: id, isAvailable: true)) }
            if word == availability.offline { receive(.availability(device: id, isAvailable: false)) }
        }
    }

    /// `{"result": "refused", "reason": "…"}` from a device that answers, with our key as correlation data.
    private func answer(_ message: MQTTMessage) {
        guard let key = message.correlation.flatMap({ String(validating: $0, as: UTF8.self) }), let text = message.text,
            message.payload.count <= Self.maximumStateSize, let answer = try? JSON.parse(text, maximumDepth: 8)
        else { return }
        let receive = state.withLock { $0.receive }
        let isRefusal = answer["result"]?.string == "refused"
        receive?(.answer(key: key, refusal: isRefusal ? answer["reason"]?.string ?? "the device refused" : nil))
    }

    /// Home Assistant has just started: tell it again what we offer, not all at the same moment.
    private func homeAssistantStatus(_ message: MQTTMessage) {
        guard message.text == "online", !message.isRetained else { return }
        let session = state.withLock { $0.session }
        Task { [weak self, settings] in
            let clock = SystemClock()
            try await clock.sleep(until: clock.now + settings.birthJitter * Double.random(in: 0...1))
            guard let self else { return }
            let client = state.withLock { $0.session == session && $0.isReady ? $0.client : nil }
            if let client { announce(client) }
        }
    }

    /// A device that somebody announces.
    private func discover(_ message: MQTTMessage, prefix: String) {
        let parts = message.topic.dropFirst(prefix.utf8.count + 1).split(separator: "/").map(String.init)
        guard settings.discoversDevices, parts.count == 3 || parts.count == 4, message.payload.count <= Self.maximumStateSize,
            let text = message.text, let config = try? JSON.parse(text, maximumDepth: 32),
            let device = Device.discovered(component: parts[0], objectID: parts[parts.count - 2], config: config)
        else { return }
        let (registry, isOurs, client) = state.withLock { state in
            (state.registry, state.announcedDevices[device.id] == message.topic, state.client)
        }
        guard let registry, registry.add(discovered: device, replacing: isOurs) else { return }
        state.withLock { $0.announcedDevices[device.id] = message.topic }
        log.info("found \(device.name) (\(device.capabilities.map(\.rawValue).joined(separator: ", "))) as \(device.id)")
        index(registry)
        client?.subscribe(
            Set(device.channels.compactMap(\.stateTopic)).sorted() + [device.availability?.topic].compactMap(\.self))
    }
}
