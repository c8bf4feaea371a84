import MillTensor
import MillValue

/// What one frame led to: what was seen, which events began or ended, what was done about it and what came of that.
package struct FrameRecord: Sendable {
    /// Position of the frame in its source, from 0.
    package let sequence: Int
    /// The frame's key: its file name, or the name of the camera.
    package var key: String
    /// Stream time in seconds.
    package var time: Double
    /// The encoded picture as the source gave it, U8 `[bytes]`; nil when the pipeline does not pass it on.
    package var picture: Tensor?
    /// The model's answer.
    package var scene = Value.null
    /// Why there is no answer, when a node failed on the frame.
    package var failure: String?
    package var events: [Value] = []
    package var actions: [Value] = []
    package var outcomes: [Value] = []
    /// The devices' reported states after the frame, by device.
    package var home = Value.null
    /// Milliseconds from the source to the last outcome.
    package var latency: Double = 0

    package init(sequence: Int, key: String, time: Double) {
        self.sequence = sequence
        self.key = key
        self.time = time
    }
}

extension FrameRecord {
    /// One line for people: `12-evening.jpg  lamp on left, person right | new person | porch_light turn_on → confirmed`.
    package var line: String {
        let objects = (scene["objects"]?.list ?? []).map(Self.describe(object:))
        let seen =
            scene == .null
            ? "no answer" + (failure.map { " (\($0))" } ?? "") : objects.isEmpty ? "nothing" : objects.joined(separator: ", ")
        var setting = [scene["activity"]?.string, scene["light"]?.string].compactMap { $0 }.filter { $0 != "none" }
        if let people = scene["people"]?.int, people > 0 {
            setting.insert("\(people) \(people == 1 ? "person" : "people")", at: 0)
        }
        var parts = ["\(key): \(seen)" + (setting.isEmpty ? "" : " (\(setting.joined(separator: ", ")))")]
        if !events.isEmpty { parts.append(events.map(Self.describe(event:)).joined(separator: ", ")) }
        if !outcomes.isEmpty {
            parts.append(outcomes.map(Self.describe(outcome:)).joined(separator: ", "))
        }
        return parts.joined(separator: "  |  ")
    }

    package static func describe(object: Value) -> String {
        let state = object["state"]?.string.flatMap { $0 == "none" ? nil : $0 }
        return [object["label"]?.string, state, object["where"]?.string].compactMap { $0 }.joined(separator: " ")
    }

    package static func describe(event: Value) -> String {
        let after = event["after"] ?? .null
        let state = after["state"]?.string.flatMap { $0 == "none" ? nil : $0 }
        return [event["type"]?.string, after["label"]?.string, state].compactMap { $0 }.joined(separator: " ")
    }

    package static func describe(outcome: Value) -> String {
        let command = [outcome["device"]?.string, outcome["command"]?.string].compactMap { $0 }.joined(separator: " ")
        let state = outcome["state"]?.string.map { " (\($0))" } ?? ""
        let before = outcome["repeated"]?.bool == true ? ", done before" : ""
        return "\(command) → \(outcome["result"]?.string ?? "?")\(state)\(before)"
    }
}
