import MillValue

/// What is announced to Home Assistant, as retained discovery messages.
enum Announcements {
    private static let origin: Value = ["name": "Millrace"]

    /// Millrace itself: what happens (an event entity), what the scene is, and how the last action ended.
    static func millrace(prefix: String, discoveryPrefix: String) -> [MQTTMessage] {
        let node = identifier("millrace_\(prefix)")
        let device: Value = ["identifiers": [.string(node)], "name": .string(prefix), "manufacturer": "Millrace"]
        func entity(_ component: String, _ id: String, _ fields: ValueMap) -> MQTTMessage {
            var config: ValueMap = [
                "unique_id": .string("\(node)_\(id)"), "availability_topic": .string("\(prefix)/available"), "device": device,
                "origin": origin,
            ]
            for (key, value) in fields { config[key] = value }
            return MQTTMessage(
                topic: "\(discoveryPrefix)/\(component)/\(node)/\(id)/config", text: Value.map(config).json(), isRetained: true)
        }
        func sensor(_ name: String) -> MQTTMessage {
            entity(
                "sensor", name,
                [
                    "name": .string(name.capitalizingFirst), "state_topic": .string("\(prefix)/scene"),
                    "value_template": .string("{{ value_json.\(name) }}"),
                ])
        }
        return [
            entity(
                "event", "events",
                [
                    "name": "Scene events", "state_topic": .string("\(prefix)/events"), "event_types": ["new", "update", "end"],
                    "value_template":
                        "{{ {'event_type': value_json.type, 'label': value_json.after.label, 'id': value_json.after.id} | tojson }}",
                ]),
            sensor("people"), sensor("activity"), sensor("light"),
            entity(
                "sensor", "last_action",
                [
                    "name": "Last action", "state_topic": .string("\(prefix)/outcomes"),
                    "value_template": "{{ value_json.device }} {{ value_json.command }}: {{ value_json.result }}",
                ]),
        ]
    }

    /// A device that is played here.
    static func device(_ device: Device, discoveryPrefix: String) -> MQTTMessage? {
        guard let channel = device.channels.first else { return nil }
        var config: ValueMap = [
            "unique_id": .string("millrace_\(device.id)"), "object_id": .string(device.id), "name": .string(device.name),
            "origin": origin, "device": ["identifiers": [.string("millrace_\(device.id)")], "name": .string(device.name)],
        ]
        if let availability = device.availability { config["availability_topic"] = .string(availability.topic) }
        func topics(_ command: String, _ state: String, _ channel: Channel) {
            config[command] = channel.commandTopic.map { .string($0) }
            config[state] = channel.stateTopic.map { .string($0) }
        }
        let component: String
        switch channel.capability {
        case .onOff, .brightness:
            component = device.capabilities.contains(.brightness) ? "light" : "switch"
            topics("command_topic", "state_topic", channel)
            if let brightness = device.channels.first(where: { $0.capability == .brightness }) {
                if brightness.field != nil { config["schema"] = "json" }
                config["brightness"] = true
                config["supported_color_modes"] = ["brightness"]
                config["brightness_scale"] = .int(Int((brightness.scale * 100).rounded()))
            }
        case .lock:
            component = "lock"
            topics("command_topic", "state_topic", channel)
        case .position:
            component = "cover"
            topics("set_position_topic", "position_topic", channel)
            if channel.field != nil { config["position_template"] = "{{ value_json.position }}" }
        case .temperature:
            component = "climate"
            topics("temperature_command_topic", "temperature_state_topic", channel)
            if channel.field != nil { config["temperature_state_template"] = "{{ value_json.temperature }}" }
            config["min_temp"] = .double(device.temperatureRange.lowerBound)
            config["max_temp"] = .double(device.temperatureRange.upperBound)
        }
        return MQTTMessage(
            topic: "\(discoveryPrefix)/\(component)/\(identifier(device.id))/config", text: Value.map(config).json(),
            isRetained: true)
    }

    /// `[a-zA-Z0-9_-]+`, as discovery topics want it.
    private static func identifier(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" ? $0 : "_" })
    }
}

extension String {
    fileprivate var capitalizingFirst: String { prefix(1).uppercased() + dropFirst() }
}
