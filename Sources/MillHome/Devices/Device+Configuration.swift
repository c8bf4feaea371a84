import MillValue

extension Device {
    /// Reads one entry of the `devices` section.
    init?(id: String, configuration: Value, path: [String], issues: IssueCollector) {
        guard Self.isValidID(id) else {
            issues.add(path, "a device's name has letters, digits, '_' and '-' only, found '\(id)'")
            return nil
        }
        var reader = ConfigurationReader(configuration, path: path, issues: issues)
        let capabilities = Self.capabilities(&reader)
        let topic = reader.string("topic") ?? id
        let commandTopic = reader.string("command_topic") ?? "\(topic)/set"
        let stateTopic = reader.string("state_topic") ?? "\(topic)/state"
        for (key, value) in [("topic", topic), ("command_topic", commandTopic), ("state_topic", stateTopic)]
        where !Self.isValidTopic(value) {
            reader.report(key, "expected an MQTT topic without '+' and '#', found '\(value)'")
        }
        let isJSON = reader.choice("format", Format.self).map { $0 == .json } ?? (capabilities.count > 1)
        let brightnessScale = reader.number("brightness_scale", in: 1...65535) ?? 100
        self.init(
            id: id,
            name: reader.string("name") ?? id,
            area: reader.string("area"),
            capabilities: capabilities,
            channels: capabilities.map { capability in
                .standard(
                    capability, command: commandTopic, state: stateTopic, isJSON: isJSON,
                    scale: capability == .brightness ? brightnessScale / 100 : 1)
            },
            availability: reader.string("availability_topic").map { Availability(topic: $0) },
            allowed: Set(reader.strings("allow") ?? []),
            isRisky: reader.bool("risky") ?? false,
            temperatureRange: Self.range(
                reader.number("min", in: -50...300) ?? 5, reader.number("max", in: -50...300) ?? 35, reader),
            simulation: Simulation(
                reader.value("simulate"), capabilities: capabilities, path: path + ["simulate"], issues: issues))
        for command in allowed.sorted() where !commands.contains(command) {
            reader.report(
                "allow", "'\(command)' is no command of this device; it has \(commands.joined(separator: ", "))",
                suggestion: Suggestion.closest(to: command, among: commands))
        }
        reader.finish()
        if capabilities.isEmpty { return nil }
    }

    private enum Format: String, CaseIterable { case plain, json }

    private static func capabilities(_ reader: inout ConfigurationReader) -> [Capability] {
        guard let names = reader.strings("can") else {
            reader.report(
                "can", "missing; list what the device can do: \(Capability.allCases.map(\.rawValue).joined(separator: ", "))")
            return []
        }
        var capabilities: [Capability] = []
        for (index, name) in names.enumerated() {
            let path = reader.path + ["can", String(index)]
            let known = Capability.allCases.map(\.rawValue)
            if let capability = Capability(rawValue: name) {
                if !capabilities.contains(capability) { capabilities.append(capability) }
            } else {
                reader.issues.add(
                    path, "unknown capability '\(name)'; known are \(known.joined(separator: ", "))",
                    suggestion: Suggestion.closest(to: name, among: known))
            }
        }
        let states = capabilities.filter { [.onOff, .position, .lock].contains($0) }
        if states.count > 1 {
            reader.report(
                "can", "\(states.map(\.rawValue).joined(separator: " and ")) both report a state; make them two devices")
        }
        if names.isEmpty { reader.report("can", "the list is empty; a device can do at least one thing") }
        return capabilities
    }

    private static func range(_ low: Double, _ high: Double, _ reader: ConfigurationReader) -> ClosedRange<Double> {
        guard low <= high else {
            reader.report("min", "the lowest temperature, \(low), is above the highest, \(high)")
            return low...low
        }
        return low...high
    }

    static func isValidID(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= 64
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    static func isValidTopic(_ topic: String) -> Bool {
        !topic.isEmpty && topic.utf8.count <= 1024
            && !topic.utf8.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "#") || $0 == 0 }
    }
}

extension Device.Simulation {
    init(_ value: Value?, capabilities: [Capability], path: [String], issues: IssueCollector) {
        var reader = ConfigurationReader(value, path: path, issues: issues)
        if let initial = reader.map("initial") { self.initial = initial }
        if let delay = reader.duration("delay") { self.delay = delay }
        refuses = reader.bool("refuse") ?? false
        isSilent = reader.bool("silent") ?? false
        reader.finish()
        let fields = Set(capabilities.map(\.stateField) + (capabilities.contains(.position) ? ["state"] : []))
        for key in initial.keys where !fields.contains(key) {
            issues.add(
                path + ["initial", key], "this device reports \(fields.sorted().joined(separator: ", "))",
                suggestion: Suggestion.closest(to: key, among: fields))
        }
    }
}

extension Capability {
    /// The field of a reported state that belongs to it.
    public var stateField: String {
        switch self {
        case .onOff, .lock: "state"
        case .brightness: "brightness"
        case .temperature: "temperature"
        case .position: "position"
        }
    }
}

extension Channel {
    /// The words that Home Assistant uses by default.
    static func standard(
        _ capability: Capability, command: String?, state: String?, isJSON: Bool, scale: Double = 1
    ) -> Channel {
        var channel = Channel(capability: capability, commandTopic: command, stateTopic: state, scale: scale)
        if isJSON { channel.field = capability.stateField }
        switch capability {
        case .onOff:
            channel.words = ["turn_on": "ON", "turn_off": "OFF", "toggle": "TOGGLE"]
            channel.meanings = ["ON": "on", "OFF": "off"]
        case .lock:
            channel.words = ["lock": "LOCK", "unlock": "UNLOCK"]
            channel.meanings = ["LOCKED": "locked", "UNLOCKED": "unlocked"]
        case .brightness, .temperature, .position:
            break
        }
        return channel
    }
}
