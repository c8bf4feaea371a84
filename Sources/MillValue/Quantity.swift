extension Duration {
    /// Reads `250ms`, `5s`, `1.5s`, `2m` (minutes), `1h`; nil for anything else, negative durations among them.
    public init?(text: String) {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("us", 1e-6), ("s", 1), ("m", 60), ("h", 3600)]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let number = Double(text.dropLast(unit.suffix.count).trimmed), number >= 0, number * unit.seconds < 1e9
        else { return nil }
        self = .seconds(number * unit.seconds)
    }

    /// This duration in seconds.
    public var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// This duration in milliseconds.
    public var inMilliseconds: Double { inSeconds * 1000 }
}

/// A frequency such as `2Hz`.
public struct Rate: Sendable, Hashable {
    /// Events per second, at least ``slowest``.
    public let hertz: Double

    /// Once a year, a leap year. What is slower means never, and its period may be beyond what a clock can count.
    public static let slowest = 1.0 / (366 * 24 * 3600)

    /// Reads `2Hz`, `0.5Hz`, `12/min`; nil for anything else, zero, negative rates and rates below ``slowest`` among them.
    public init?(text: String) {
        let units: [(suffix: String, hertz: Double)] = [("Hz", 1), ("/min", 1.0 / 60), ("/s", 1), ("/h", 1.0 / 3600)]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
            let number = Double(text.dropLast(unit.suffix.count).trimmed), number < 1e6, number * unit.hertz >= Self.slowest
        else { return nil }
        hertz = number * unit.hertz
    }

    /// The time between two events.
    public var period: Duration { .seconds(1 / hertz) }
}

extension StringProtocol {
    /// Without white space at either end.
    fileprivate var trimmed: String {
        var slice = Substring(self)
        while slice.first?.isWhitespace == true { slice.removeFirst() }
        while slice.last?.isWhitespace == true { slice.removeLast() }
        return String(slice)
    }
}
