import MillStore
import MillValue

/// One message that goes to a device or comes from it.
struct DevicePayload: Sendable, Hashable {
    let topic: String
    let text: String
}

extension Device {
    /// What to publish for a command; empty where the device has no topic or word for it.
    func payloads(for command: DeviceCommand) -> [DevicePayload] {
        var objects: [(topic: String, fields: ValueMap)] = []
        var payloads: [DevicePayload] = []
        for channel in channels {
            guard let topic = channel.commandTopic, let content = channel.content(for: command) else { continue }
            guard let field = channel.field else {
                payloads.append(DevicePayload(topic: topic, text: channel.rendered(content)))
                continue
            }
            if let index = objects.firstIndex(where: { $0.topic == topic }) {
                objects[index].fields[field] = content
            } else {
                objects.append((topic, [field: content]))
            }
        }
        return objects.map { DevicePayload(topic: $0.topic, text: Value.map($0.fields).json()) } + payloads
    }

    /// What a message on a state topic says; empty where it says nothing that this device reports.
    func state(topic: String, text: String) -> ValueMap {
        var state = ValueMap()
        let json = try? JSON.parse(text, maximumDepth: 16)
        for channel in channels where channel.stateTopic == topic {
            for (key, value) in channel.state(text: text, json: json) { state[key] = value }
        }
        return state
    }

    /// What the device publishes to report `state`.
    func reports(of state: ValueMap) -> [DevicePayload] {
        var objects: [(topic: String, fields: ValueMap)] = []
        var payloads: [DevicePayload] = []
        for channel in channels {
            guard let topic = channel.stateTopic, let content = channel.content(of: state) else { continue }
            if let field = channel.field {
                if let index = objects.firstIndex(where: { $0.topic == topic }) {
                    objects[index].fields[field] = content
                } else {
                    objects.append((topic, [field: content]))
                }
            } else {
                payloads.append(DevicePayload(topic: topic, text: Channel.text(content)))
            }
        }
        return objects.map { DevicePayload(topic: $0.topic, text: Value.map($0.fields).json()) } + payloads
    }

    /// What a message on a command topic asks for, as the device itself reads it; nil for what it does not understand.
    func command(topic: String, text: String) -> DeviceCommand? {
        let json = try? JSON.parse(text, maximumDepth: 16)
        var name: String?
        var target = ValueMap()
        for channel in channels where channel.commandTopic == topic {
            guard let content = channel.field == nil ? .string(text) : channel.field.flatMap({ json?[$0] }) else { continue }
            if let word = content.string, let command = channel.words.first(where: { $0.value == word })?.key {
                name = name ?? command
                for (key, value) in Self.wordTargets[command] ?? [:] { target[key] = value }
            } else if let number = content.double ?? content.string.flatMap({ Double($0) }), number.isFinite, abs(number) < 1e9 {
                name = name ?? "set_\(channel.capability.stateField)"
                target[channel.capability.stateField] = Channel.whole(number / channel.scale)
            }
        }
        return name.map { DeviceCommand(name: $0, target: target, delivery: $0 == "toggle" ? .once : .set) }
    }

    private static let wordTargets: [String: ValueMap] = [
        "turn_on": ["state": "on"], "turn_off": ["state": "off"], "lock": ["state": "locked"],
        "unlock": ["state": "unlocked"], "open": ["position": 100], "close": ["position": 0],
    ]
}

extension Channel {
    /// The word or number that this channel carries for a command.
    fileprivate func content(for command: DeviceCommand) -> Value? {
        switch capability {
        case .onOff, .lock:
            if command.name == "toggle" { return words["toggle"].map { .string($0) } }
            let names: [String: String] = ["on": "turn_on", "off": "turn_off", "locked": "lock", "unlocked": "unlock"]
            guard let state = command.target["state"]?.string, let name = names[state] else { return nil }
            return words[name].map { .string($0) }
        case .brightness, .temperature, .position:
            if let word = words[command.name] { return .string(word) }
            guard let number = command.target[capability.stateField]?.double else { return nil }
            let scaled = number * scale
            return capability == .temperature ? Self.whole(scaled) : .int(Int(scaled.rounded()))
        }
    }

    /// The word or number by which this channel reports a state.
    fileprivate func content(of state: ValueMap) -> Value? {
        guard let value = state[capability.stateField] else { return nil }
        switch capability {
        case .onOff, .lock:
            return meanings.first { $0.value == value.string }.map { .string($0.key) }
        case .brightness, .temperature, .position:
            guard let number = value.double, abs(number) < 1e6 else { return nil }
            return capability == .temperature ? Self.whole(number) : .int(Int((number * scale).rounded()))
        }
    }

    /// The fields of the state that a payload speaks of.
    fileprivate func state(text: String, json: Value?) -> ValueMap {
        var content: Value
        if let template = valueTemplate {
            guard let found = ValueTemplate(template)?.value(in: ["value": .string(text), "value_json": json ?? .null]) else {
                return [:]
            }
            content = found
        } else if let field {
            guard let found = json?[field] else { return [:] }
            content = found
        } else {
            content = .string(text)
        }
        if let text = content.string {
            if let meaning = meanings[text] {
                content = .string(meaning)
            } else if let number = Double(text) {
                content = .double(number)
            }
        }
        switch capability {
        case .onOff, .lock:
            guard let state = content.string, meanings.values.contains(state) else { return [:] }
            return ["state": .string(state)]
        case .position:
            // A cover without a position tells only whether it is open.
            if let state = content.string {
                return state == "open"
                    ? ["position": 100, "state": "open"] : state == "closed" ? ["position": 0, "state": "closed"] : [:]
            }
            guard let number = content.double, number.isFinite, abs(number) < 1e6 else { return [:] }
            return ["position": Self.whole(number / scale), "state": .string(number > 0 ? "open" : "closed")]
        case .brightness, .temperature:
            guard let number = content.double, number.isFinite, abs(number) < 1e6 else { return [:] }
            let value = capability == .brightness ? (number / scale * 10).rounded() / 10 : number
            return [capability.stateField: Self.whole(value)]
        }
    }

    fileprivate func rendered(_ content: Value) -> String {
        let template = commandTemplate.flatMap { ValueTemplate($0) }
        return template?.text(in: ["value": content, "position": content]) ?? Self.text(content)
    }

    fileprivate static func whole(_ number: Double) -> Value { Int(exactly: number).map { .int($0) } ?? .double(number) }

    fileprivate static func text(_ value: Value) -> String { value.string ?? value.json() }
}
