import MillStore
import MillValue

/// A command that was checked against its device.
public struct DeviceCommand: Sendable, Hashable {
    /// `turn_on`, `set_brightness`…
    public let name: String
    /// What the device is to report afterwards: `["state": "on", "brightness": 40]`; empty for `toggle`, where it depends on before.
    public let target: ValueMap
    /// Whether it may be repeated.
    public let delivery: Delivery
}

/// Why a command is not sent.
public struct CommandRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    public let suggestion: String?

    public var description: String { reason + (suggestion.map { "; did you mean '\($0)'?" } ?? "") }
}

extension Device {
    /// Checks a command and its arguments.
    ///
    /// - Throws: ``CommandRefusal`` for a command that this device does not have, arguments it does not take or that are
    ///   out of range, and risky commands that are not allowed.
    public func command(_ name: String, _ arguments: ValueMap = [:]) throws(CommandRefusal) -> DeviceCommand {
        guard commands.contains(name) else {
            throw refusal(
                "\(id) has no command '\(name)'; it has \(commands.joined(separator: ", "))",
                Suggestion.closest(to: name, among: commands))
        }
        if needsAllowance(name), !allowed.contains(name) {
            throw refusal("\(name) is a risky command of \(id); list it under the device's 'allow' to permit it", nil)
        }
        let takes = argumentNames(of: name)
        for key in arguments.keys where !takes.contains(key) {
            let known = takes.isEmpty ? "it takes none" : "it takes \(takes.joined(separator: ", "))"
            throw refusal("\(name) of \(id) has no argument '\(key)'; \(known)", Suggestion.closest(to: key, among: takes))
        }
        return DeviceCommand(name: name, target: try target(of: name, arguments), delivery: name == "toggle" ? .once : .set)
    }

    private func refusal(_ reason: String, _ suggestion: String?) -> CommandRefusal {
        CommandRefusal(reason: reason, suggestion: suggestion)
    }

    private func argumentNames(of command: String) -> [String] {
        switch command {
        case "turn_on": capabilities.contains(.brightness) ? ["brightness"] : []
        case "set_brightness": ["brightness"]
        case "set_temperature": ["temperature"]
        case "set_position": ["position"]
        default: []
        }
    }

    private func target(of command: String, _ arguments: ValueMap) throws(CommandRefusal) -> ValueMap {
        switch command {
        case "turn_on":
            var target: ValueMap = ["state": "on"]
            if arguments["brightness"] != nil {
                target["brightness"] = try number("brightness", arguments, 1...100, "%")
            }
            return target
        case "turn_off": return ["state": "off"]
        case "set_brightness":
            let percent = try number("brightness", arguments, 0...100, "%")
            if percent.double == 0, capabilities.contains(.onOff) { return ["state": "off"] }
            return capabilities.contains(.onOff) ? ["state": "on", "brightness": percent] : ["brightness": percent]
        case "set_temperature": return ["temperature": try number("temperature", arguments, temperatureRange, " °C")]
        case "set_position": return ["position": try number("position", arguments, 0...100, "%")]
        case "open": return ["position": 100]
        case "close": return ["position": 0]
        case "lock": return ["state": "locked"]
        case "unlock": return ["state": "unlocked"]
        default: return [:]
        }
    }

    private func number(
        _ key: String, _ arguments: ValueMap, _ range: ClosedRange<Double>, _ unit: String
    ) throws(CommandRefusal) -> Value {
        guard let number = arguments[key]?.double, range.contains(number) else {
            let found = arguments[key].map { "found \($0.json())" } ?? "it is missing"
            throw refusal("\(key) of \(id) goes from \(range.lowerBound) to \(range.upperBound)\(unit); \(found)", nil)
        }
        return Int(exactly: number).map { .int($0) } ?? .double(number)
    }
}

extension DeviceCommand {
    /// Whether `state` is what the command asked for.
    ///
    /// - Parameter before: what the device reported before the command was sent, which decides what a toggle leads to;
    ///   where that is not known, any report will do.
    public func isFulfilled(by state: ValueMap, before: ValueMap?) -> Bool {
        if name == "toggle" {
            guard let old = before?["state"]?.string else { return state["state"] != nil }
            return state["state"]?.string.map { $0 != old } ?? false
        }
        return target.allSatisfy { key, wanted in
            guard let found = state[key] else { return false }
            guard let wanted = wanted.double else { return found == wanted }
            // A lamp that counts to 255 cannot report every percentage exactly; thermostats step in halves.
            return found.double.map { abs($0 - wanted) <= (key == "temperature" ? 0.25 : 1) } ?? false
        }
    }
}
