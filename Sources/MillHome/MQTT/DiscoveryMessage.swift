import MillValue

extension Device {
    /// Reads a Home Assistant discovery message, `<prefix>/<component>/[<node>/]<object>/config`.
    ///
    /// - Returns: nil for components that are no devices to command, and for messages that make no sense; they come
    ///   from whoever may publish on the broker, and one that is wrong must not stop the others.
    static func discovered(component: String, objectID: String, config: Value) -> Device? {
        guard config.map != nil else { return nil }
        let reader = DiscoveryReader(config)
        guard let (capabilities, channels) = reader.channels(component: component), !capabilities.isEmpty else { return nil }
        let id = String(
            (reader.text("object_id") ?? objectID).map {
                $0 == "-" || $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_"
            })
        guard isValidID(id) else { return nil }
        let topics = channels.flatMap { [$0.commandTopic, $0.stateTopic] }.compactMap(\.self)
        let templates = channels.flatMap { [$0.valueTemplate, $0.commandTemplate] }.compactMap(\.self)
        guard !topics.isEmpty, topics.allSatisfy(isValidTopic), templates.allSatisfy({ ValueTemplate($0) != nil }) else {
            return nil
        }
        return Device(
            id: id, name: reader.text("name") ?? config["device"]?["name"]?.string ?? id, area: nil,
            capabilities: capabilities, channels: channels, availability: reader.availability, allowed: [], isRisky: false,
            temperatureRange: reader.range("min_temp", "max_temp"), simulation: Simulation())
    }
}

/// Looks up keys of a discovery message, short or long, with `~` resolved.
private struct DiscoveryReader {
    let config: Value
    private let base: String

    private static let abbreviations: [String: String] = [
        "command_topic": "cmd_t", "state_topic": "stat_t", "availability_topic": "avty_t", "payload_on": "pl_on",
        "payload_off": "pl_off", "state_on": "stat_on", "state_off": "stat_off", "value_template": "val_tpl",
        "state_value_template": "stat_val_tpl", "command_template": "cmd_tpl", "brightness_command_topic": "bri_cmd_t",
        "brightness_state_topic": "bri_stat_t", "brightness_scale": "bri_scl", "brightness_value_template": "bri_val_tpl",
        "payload_lock": "pl_lock", "payload_unlock": "pl_unlk", "state_locked": "stat_locked", "state_unlocked": "stat_unlocked",
        "payload_open": "pl_open", "payload_close": "pl_cls", "state_open": "stat_open", "state_closed": "stat_clsd",
        "position_topic": "pos_t", "set_position_topic": "set_pos_t", "position_template": "pos_tpl",
        "set_position_template": "set_pos_tpl", "temperature_command_topic": "temp_cmd_t",
        "temperature_state_topic": "temp_stat_t",
        "temperature_state_template": "temp_stat_tpl", "temperature_command_template": "temp_cmd_tpl", "object_id": "obj_id",
        "payload_available": "pl_avail", "payload_not_available": "pl_not_avail", "availability": "avty", "topic": "t",
    ]

    init(_ config: Value) {
        self.config = config
        base = config["~"]?.string ?? ""
    }

    func value(_ key: String) -> Value? { config[key] ?? Self.abbreviations[key].flatMap { config[$0] } }
    func text(_ key: String) -> String? { value(key)?.string }

    func topic(_ key: String) -> String? { text(key).map(resolved) }

    private func resolved(_ topic: String) -> String {
        if topic.hasPrefix("~") { return base + topic.dropFirst() }
        if topic.hasSuffix("~") { return topic.dropLast() + base }
        return topic
    }

    func range(_ low: String, _ high: String) -> ClosedRange<Double> {
        let low = value(low)?.double ?? 7
        let high = value(high)?.double ?? 35
        return low <= high ? low...high : 7...35
    }

    var availability: Device.Availability? {
        let entry = value("availability")?[0].map { DiscoveryReader($0) }
        guard let topic = topic("availability_topic") ?? entry?.text("topic").map(resolved), Device.isValidTopic(topic) else {
            return nil
        }
        return Device.Availability(
            topic: topic, online: text("payload_available") ?? entry?.text("payload_available") ?? "online",
            offline: text("payload_not_available") ?? entry?.text("payload_not_available") ?? "offline")
    }

    func channels(component: String) -> ([Capability], [Channel])? {
        switch component {
        case "light": text("schema") == "json" ? jsonLight() : light()
        case "switch", "fan", "siren": onOff()
        case "lock": lock()
        case "cover": cover()
        case "climate": climate()
        default: nil
        }
    }

    private func onOff() -> ([Capability], [Channel])? {
        guard let command = topic("command_topic") else { return nil }
        let on = text("payload_on") ?? "ON"
        let off = text("payload_off") ?? "OFF"
        var channel = Channel(capability: .onOff, commandTopic: command, stateTopic: topic("state_topic"))
        // No word for toggle: Home Assistant has none, and sends the opposite state itself.
        channel.words = ["turn_on": on, "turn_off": off]
        channel.meanings = [text("state_on") ?? on: "on", text("state_off") ?? off: "off"]
        channel.valueTemplate = text("state_value_template") ?? text("value_template")
        channel.commandTemplate = text("command_template")
        return ([.onOff], [channel])
    }

    private func light() -> ([Capability], [Channel])? {
        guard var (capabilities, channels) = onOff() else { return nil }
        if let command = topic("brightness_command_topic") {
            capabilities.append(.brightness)
            var channel = Channel(capability: .brightness, commandTopic: command, stateTopic: topic("brightness_state_topic"))
            channel.scale = scale
            channel.valueTemplate = text("brightness_value_template")
            channels.append(channel)
        }
        return (capabilities, channels)
    }

    private func jsonLight() -> ([Capability], [Channel])? {
        guard let command = topic("command_topic") else { return nil }
        let hasBrightness = value("brightness")?.bool ?? (value("supported_color_modes") != nil)
        let capabilities: [Capability] = hasBrightness ? [.onOff, .brightness] : [.onOff]
        return (
            capabilities,
            capabilities.map {
                .standard($0, command: command, state: topic("state_topic"), isJSON: true, scale: $0 == .brightness ? scale : 1)
            }
        )
    }

    private var scale: Double { min(max(value("brightness_scale")?.double ?? 255, 1), 65535) / 100 }

    private func lock() -> ([Capability], [Channel])? {
        guard let command = topic("command_topic") else { return nil }
        var channel = Channel(capability: .lock, commandTopic: command, stateTopic: topic("state_topic"))
        channel.words = ["lock": text("payload_lock") ?? "LOCK", "unlock": text("payload_unlock") ?? "UNLOCK"]
        channel.meanings = [text("state_locked") ?? "LOCKED": "locked", text("state_unlocked") ?? "UNLOCKED": "unlocked"]
        channel.valueTemplate = text("value_template")
        return ([.lock], [channel])
    }

    private func cover() -> ([Capability], [Channel])? {
        if let command = topic("set_position_topic") {
            var channel = Channel(
                capability: .position, commandTopic: command, stateTopic: topic("position_topic") ?? topic("state_topic"))
            channel.valueTemplate = text("position_template")
            channel.commandTemplate = text("set_position_template")
            return ([.position], [channel])
        }
        guard let command = topic("command_topic") else { return nil }
        var channel = Channel(capability: .position, commandTopic: command, stateTopic: topic("state_topic"))
        channel.words = ["open": text("payload_open") ?? "OPEN", "close": text("payload_close") ?? "CLOSE"]
        channel.meanings = [text("state_open") ?? "open": "open", text("state_closed") ?? "closed": "closed"]
        channel.valueTemplate = text("value_template")
        return ([.position], [channel])
    }

    private func climate() -> ([Capability], [Channel])? {
        guard let command = topic("temperature_command_topic") else { return nil }
        var channel = Channel(capability: .temperature, commandTopic: command, stateTopic: topic("temperature_state_topic"))
        channel.valueTemplate = text("temperature_state_template")
        channel.commandTemplate = text("temperature_command_template")
        return ([.temperature], [channel])
    }
}
