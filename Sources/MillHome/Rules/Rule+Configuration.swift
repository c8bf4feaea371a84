import MillExpression
import MillValue

extension Rule {
    private static let maximumCount = 1000

    /// Reads a `policy.rules` configuration.
    static func list(_ configuration: Value?, registry: DeviceRegistry) throws(HomeError) -> [Rule] {
        let issues = IssueCollector()
        var reader = ConfigurationReader(configuration, path: [], issues: issues)
        let defaults = Limits(&reader, defaults: Limits(rate: nil, quiet: nil, hold: .seconds(300)))
        let entries = reader.read("rules", "a list of rules") { $0.list } ?? []
        if entries.count > maximumCount {
            reader.report("rules", "there are \(entries.count) rules; at most \(maximumCount) are possible")
        }
        var rules: [Rule] = []
        for (index, entry) in entries.prefix(maximumCount).enumerated() {
            let path = ["rules", String(index)]
            if let rule = rule(entry, number: index + 1, path: path, defaults: defaults, registry, issues) {
                if rules.contains(where: { $0.name == rule.name }) {
                    issues.add(path + ["name"], "another rule is called '\(rule.name)' already")
                }
                rules.append(rule)
            }
        }
        reader.finish()
        try issues.check()
        return rules
    }

    /// What may stand at a rule, or beside the rules for all of them.
    private struct Limits {
        var rate: RateLimit?
        var quiet: QuietHours?
        var hold: Duration

        init(rate: RateLimit?, quiet: QuietHours?, hold: Duration) {
            self.rate = rate
            self.quiet = quiet
            self.hold = hold
        }

        init(_ reader: inout ConfigurationReader, defaults: Limits) {
            self = defaults
            if let rate = reader.read(
                "rate", "a rate such as 6/min, 1/s, 20/h or 3/day", { $0.string.flatMap { RateLimit(text: $0) } })
            {
                self.rate = rate
            }
            if let quiet = reader.read("quiet", "hours such as 22:00-07:00", { $0.string.flatMap { QuietHours(text: $0) } }) {
                self.quiet = quiet
            }
            if let hold = reader.duration("hold") { self.hold = hold }
        }
    }

    private static func rule(
        _ entry: Value, number: Int, path: [String], defaults: Limits, _ registry: DeviceRegistry, _ issues: IssueCollector
    ) -> Rule? {
        var reader = ConfigurationReader(entry, path: path, issues: issues)
        let limits = Limits(&reader, defaults: defaults)
        let condition = condition(&reader)
        let steps = steps(&reader, registry)
        let name = reader.string("name") ?? "rule \(number)"
        let cooldown = reader.duration("cooldown") ?? .zero
        let mode = reader.choice("mode", RuleMode.self) ?? .single
        let maximum = reader.int("max", in: 1...100) ?? 10
        let expires = reader.duration("expires")
        reader.finish()
        guard let condition, !steps.isEmpty else { return nil }
        return Rule(
            name: name, condition: condition, steps: steps, cooldown: cooldown, mode: mode, maximum: maximum,
            rate: limits.rate, quiet: limits.quiet, hold: limits.hold, expires: expires)
    }

    private static func condition(_ reader: inout ConfigurationReader) -> CELExpression? {
        let text: String
        switch reader.value("when") {
        case .string(let given): text = given
        // `when: true` is a boolean to YAML and a condition to everybody else.
        case .bool(let given): text = given ? "true" : "false"
        case nil:
            reader.report("when", "missing; it is a condition such as event.type == \"new\" && event.after.label == \"person\"")
            return nil
        case .some(let other):
            reader.report("when", "expected a condition, found \(other.kind)")
            return nil
        }
        do throws(ExpressionError) {
            let condition = try CELExpression(text)
            let unknown = condition.unknownVariables(declared: RuleEngine.variables)
            for error in unknown { reader.report("when", error.description, offset: error.offset) }
            return unknown.isEmpty ? condition : nil
        } catch {
            reader.report("when", error.description, offset: error.offset)
            return nil
        }
    }

    private static func steps(_ reader: inout ConfigurationReader, _ registry: DeviceRegistry) -> [Step] {
        switch reader.value("do") {
        case .list(let list):
            if list.isEmpty { reader.report("do", "the list is empty; a rule does at least one thing") }
            return list.enumerated().compactMap {
                step($0.element, path: reader.path + ["do", String($0.offset)], registry, reader.issues)
            }
        case .some(let one):
            return step(one, path: reader.path + ["do"], registry, reader.issues).map { [$0] } ?? []
        case nil:
            reader.report("do", "missing; it is an action such as {device: porch_light, command: turn_on}, or a list of them")
            return []
        }
    }

    /// Reads `{device, command, …}`: what else it has are the command's arguments.
    private static func step(_ value: Value, path: [String], _ registry: DeviceRegistry, _ issues: IssueCollector) -> Step? {
        guard case .map(let map) = value else {
            issues.add(path, "expected an action such as {device: porch_light, command: turn_on}, found \(value.kind)")
            return nil
        }
        guard let id = map["device"]?.string else {
            issues.add(path + ["device"], "missing; it is the name of a device")
            return nil
        }
        let known = registry.devices.map(\.id)
        guard let device = registry.device(id) else {
            issues.add(
                path + ["device"],
                "there is no device '\(id)'; there are \(known.isEmpty ? "none" : known.joined(separator: ", "))",
                suggestion: Suggestion.closest(to: id, among: known))
            return nil
        }
        guard let command = map["command"]?.string else {
            issues.add(path + ["command"], "missing; \(id) has \(device.commands.joined(separator: ", "))")
            return nil
        }
        var arguments = ValueMap()
        for (key, value) in map where key != "device" && key != "command" { arguments[key] = value }
        do throws(CommandRefusal) {
            _ = try device.command(command, arguments)
        } catch {
            let isAboutCommand = !device.commands.contains(command) || device.needsAllowance(command)
            let culprit = isAboutCommand ? "command" : arguments.keys.first ?? "command"
            issues.add(path + [culprit], error.reason, suggestion: error.suggestion)
            return nil
        }
        return Step(device: id, command: command, arguments: arguments)
    }
}
