import MillStore
import MillValue

/// What somebody wants done: a rule, a model or a person.
public struct ActionRequest: Sendable, Hashable {
    /// The same key means the same action, which happens once, however often it is asked for.
    public var key: String
    public var device: String
    public var command: String
    public var arguments: ValueMap
    /// The rule that asked.
    public var rule: String?
    /// The id of the event that led to it.
    public var event: String?
    /// How long after ``created`` it still makes sense; nil takes the executor's default.
    public var expires: Duration?
    /// Wall time of the decision in seconds since 1970; nil means when the executor gets it.
    public var created: Double?
    /// Keys of earlier actions that this one replaces if they are not sent yet.
    public var supersedes: [String]

    public init(
        key: String, device: String, command: String, arguments: ValueMap = [:], rule: String? = nil, event: String? = nil,
        expires: Duration? = nil, created: Double? = nil, supersedes: [String] = []
    ) {
        self.key = key
        self.device = device
        self.command = command
        self.arguments = arguments
        self.rule = rule
        self.event = event
        self.expires = expires
        self.created = created
        self.supersedes = supersedes
    }

    /// As it travels between nodes.
    public var value: Value {
        var map: ValueMap = ["key": .string(key), "device": .string(device), "command": .string(command)]
        if !arguments.isEmpty { map["arguments"] = .map(arguments) }
        map["rule"] = rule.map { .string($0) }
        map["event"] = event.map { .string($0) }
        map["expires"] = expires.map { .double($0.inSeconds) }
        map["created"] = created.map { .double($0) }
        if !supersedes.isEmpty { map["supersedes"] = .list(supersedes.map { .string($0) }) }
        return .map(map)
    }

    /// Reads ``value``. `expires` may be a number of seconds or a text such as `30s`; without `key`, the
    /// event, rule, device and command make one.
    public init(value: Value) throws(HomeError) {
        func missing(_ key: String) -> HomeError {
            .malformed(what: "action", reason: "needs '\(key)', a text; found \(value.json())")
        }
        guard let device = value["device"]?.string else { throw missing("device") }
        guard let command = value["command"]?.string else { throw missing("command") }
        let expires = value["expires"].flatMap { $0.string.flatMap { Duration(text: $0) } ?? $0.double.flatMap(Self.duration) }
        if let given = value["expires"], given != .null, expires == nil {
            throw .malformed(what: "action", reason: "'expires' is a time such as 30s, found \(given.json())")
        }
        let event = value["event"]?.string
        let rule = value["rule"]?.string
        guard let key = value["key"]?.string ?? event.map({ "\($0)/\(rule ?? "")/\(device)/\(command)" }) else {
            throw missing("key")
        }
        self.init(
            key: key, device: device, command: command, arguments: value["arguments"]?.map ?? [:], rule: rule, event: event,
            expires: expires, created: value["created"]?.double, supersedes: value["supersedes"]?.list?.compactMap(\.string) ?? []
        )
    }

    private static func duration(_ seconds: Double) -> Duration? {
        seconds >= 0 && seconds < 1e9 ? .seconds(seconds) : nil
    }
}

/// How an action ended.
public struct ActionOutcome: Sendable, Hashable {
    public var key: String
    public var device: String
    public var command: String
    public var arguments: ValueMap
    public var rule: String?
    public var event: String?
    public var result: ActionState
    /// Why, in words; nil when there is nothing to add.
    public var reason: String?
    /// What the device reported; nil when it reported nothing fitting.
    public var reported: ValueMap?
    /// From being asked to the outcome.
    public var latency: Duration
    /// How often it was handed to the connection.
    public var attempts: Int
    /// Whether the same key was asked for before, and this is what became of it then.
    public var isRepeated = false
    /// Whether an earlier run of the program had begun it.
    public var isRecovered = false

    /// As it travels between nodes: `{device, command, result, state, brightness…, reason, rule, event, key, latency_ms, attempts}`.
    public var value: Value {
        var map: ValueMap = ["device": .string(device), "command": .string(command), "result": .string(result.rawValue)]
        for (key, value) in reported ?? [:] { map[key] = value }
        if !arguments.isEmpty { map["arguments"] = .map(arguments) }
        map["reason"] = reason.map { .string($0) }
        map["rule"] = rule.map { .string($0) }
        map["event"] = event.map { .string($0) }
        map["key"] = .string(key)
        map["latency_ms"] = .double((latency.inMilliseconds * 1000).rounded() / 1000)
        map["attempts"] = .int(attempts)
        if isRepeated { map["repeated"] = true }
        if isRecovered { map["recovered"] = true }
        return .map(map)
    }
}
