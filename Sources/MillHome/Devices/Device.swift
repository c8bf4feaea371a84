import MillValue

/// Something in the home that takes commands and reports its state.
public struct Device: Sendable, Hashable {
    /// Its name in the pipeline file, `[a-zA-Z0-9_-]+`.
    public var id: String
    /// Its name for people.
    public var name: String
    public var area: String?
    public var capabilities: [Capability]
    /// How each capability is spoken over MQTT.
    public var channels: [Channel]
    /// Where it says whether it is there, with its words for yes and no.
    public var availability: Availability?
    /// Commands that are allowed although they are risky.
    public var allowed: Set<String>
    /// Whether every command needs to be allowed (an oven, an alarm).
    public var isRisky: Bool
    /// The temperatures that may be set, in °C.
    public var temperatureRange: ClosedRange<Double>
    /// How the simulated home plays it.
    public var simulation: Simulation

    public struct Availability: Sendable, Hashable {
        public var topic: String
        public var online: String = "online"
        public var offline: String = "offline"
    }

    /// How a simulated device behaves.
    public struct Simulation: Sendable, Hashable {
        public var initial: ValueMap = [:]
        /// From command to reported state.
        public var delay: Duration = .zero
        /// Says no to every command.
        public var refuses = false
        /// Does as told and reports nothing.
        public var isSilent = false
    }

    /// All commands that it knows.
    public var commands: [String] { capabilities.flatMap(\.commands) }

    /// Whether `command` must be listed under `allow` before anything may send it.
    public func needsAllowance(_ command: String) -> Bool {
        isRisky || capabilities.contains { $0.isRisky && $0.commands.contains(command) }
    }
}

/// How one capability of a device is spoken over MQTT: topics, words and units.
public struct Channel: Sendable, Hashable {
    public var capability: Capability
    public var commandTopic: String?
    public var stateTopic: String?
    /// The field of the JSON object that carries it; nil where the whole payload does.
    public var field: String?
    /// Device units per percent or °C: 2.55 for a lamp that counts to 255.
    public var scale: Double = 1
    /// The payload for each command that has a word of its own: `turn_on` → `ON`.
    public var words: [String: String] = [:]
    /// What a reported word means: `ON` → `on`.
    public var meanings: [String: String] = [:]
    /// A template that turns a number or word into the payload (`value`); nil sends it as it is.
    public var commandTemplate: String?
    /// A template that finds the state in the payload (`value`, `value_json`).
    public var valueTemplate: String?
}
