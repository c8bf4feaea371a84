import MillExpression
import MillValue

/// What a rule does when it holds while what it did before is still under way.
public enum RuleMode: String, Sendable, Hashable, CaseIterable {
    /// Nothing; the new occasion is passed over.
    case single
    /// It begins anew; what was not sent yet is dropped.
    case restart
    /// The new actions wait for the earlier ones, at most `max` occasions.
    case queued
    /// Both go on, at most `max` at a time.
    case parallel
}

/// A condition and what to do when it holds.
struct Rule: Sendable {
    /// One command for one device.
    struct Step: Sendable, Hashable {
        let device: String
        let command: String
        let arguments: ValueMap
    }

    let name: String
    let condition: CELExpression
    let steps: [Step]
    let cooldown: Duration
    let mode: RuleMode
    /// Of waiting or parallel occasions.
    let maximum: Int
    let rate: RateLimit?
    let quiet: QuietHours?
    /// How long a person's hand on a device keeps the rule away from it.
    let hold: Duration
    let expires: Duration?
}

/// At most so many occasions in any stretch of time.
struct RateLimit: Sendable, Hashable {
    let count: Int
    let period: Duration

    /// Reads `6/min`, `1/s`, `20/h`, `3/day`.
    init?(text: String) {
        let units: [String: Duration] = ["s": .seconds(1), "min": .seconds(60), "h": .seconds(3600), "day": .seconds(86400)]
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), (1...10_000).contains(count), let period = units[String(parts[1])]
        else { return nil }
        self.count = count
        self.period = period
    }
}

/// A stretch of the day, which may cross midnight.
struct QuietHours: Sendable, Hashable {
    /// Minutes since midnight.
    let from, to: Int

    /// Reads `22:00-07:00`.
    init?(text: String) {
        let parts = text.split(separator: "-").map { Self.minutes($0) }
        guard parts.count == 2, let from = parts[0], let to = parts[1], from != to else { return nil }
        self.from = from
        self.to = to
    }

    func contains(minute: Int) -> Bool {
        from < to ? (from..<to).contains(minute) : minute >= from || minute < to
    }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
            part.utf8.count == 2 ? Int(part.filter { !$0.isWhitespace }) : nil
        }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1], (0..<24).contains(hour), (0..<60).contains(minute)
        else {
            return nil
        }
        return hour * 60 + minute
    }
}
