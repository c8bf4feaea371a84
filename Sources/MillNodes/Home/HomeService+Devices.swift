import MillGraph
import MillHome
import MillValue

extension HomeService {
    /// The keys of an entry of `devices`.
    static let deviceFields: [ConfigField] = [
        ConfigField("name", .string, "its name for people; by default its name in the file"),
        ConfigField("area", .string, "where it is"),
        ConfigField("can", names(Capability.allCases.map(\.rawValue)), "what it does; one, or a list of them", required: true),
        ConfigField("topic", .string, "commands go to TOPIC/set, states come from TOPIC/state; by default its name in the file"),
        ConfigField("command_topic", .string, "in place of TOPIC/set"),
        ConfigField("state_topic", .string, "in place of TOPIC/state"),
        ConfigField("availability_topic", .string, "where it says online and offline"),
        ConfigField(
            "format", .choice(["plain", "json"]), "how it speaks; by default json when it can do several things, else plain"),
        ConfigField("brightness_scale", .number(minimum: 1, maximum: 65535), "what it calls full brightness", default: 100),
        ConfigField("min", .number(minimum: -50, maximum: 300), "lowest temperature to set, in °C", default: 5),
        ConfigField("max", .number(minimum: -50, maximum: 300), "highest temperature to set, in °C", default: 35),
        ConfigField("risky", .boolean, "whether every command must stand under `allow`", default: false),
        ConfigField("allow", names(nil), "risky commands that are allowed; one, or a list of them"),
        ConfigField(
            "simulate",
            .object([
                ConfigField("initial", .map(of: .any), "the state it starts with"),
                ConfigField("delay", .duration, "from command to reported state"),
                ConfigField("refuse", .boolean, "says no to every command", default: false),
                ConfigField("silent", .boolean, "does as told and reports nothing", default: false),
            ]), "how the simulated home plays it"),
    ]

    /// What is wrong with the `devices` section.
    static func deviceProblems(_ devices: Value) -> [ConfigurationProblem] {
        do {
            _ = try DeviceRegistry(configuration: devices, clock: SystemClock())
            return []
        } catch { return problems(error) }
    }

    /// One text or a list of texts. Which ones there are, ``deviceProblems(_:)`` knows.
    private static func names(_ known: [String]?) -> ConfigField.Kind {
        .form(name: known?.joined(separator: ", ") ?? "command names") { value in
            let items = value.list ?? [value]
            return items.allSatisfy { $0.string != nil } ? nil : "must be a text or a list of texts, but it is \(value.json())"
        }
    }
}
