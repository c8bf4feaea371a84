import ArgumentParser

/// Holds the numbers of options to a range, so that none that a user gives overflows later.
///
/// Such options take the next argument as it is (`parsing: .unconditional`): `-1` is then a number outside the range and
/// not another option.
enum Bounded {
    /// For `validate` of a command.
    static func check<Number: Comparable>(_ option: String, _ number: Number?, _ range: ClosedRange<Number>) throws {
        guard let number, !range.contains(number) else { return }
        let isAboveZero = range.lowerBound as? Float == .leastNormalMagnitude
        let lowest = isAboveZero ? "above 0, at most" : "from \(range.lowerBound) to"
        throw ValidationError("\(option) \(number): expected a number \(lowest) \(range.upperBound)")
    }

    /// For `transform` of an option without a sign, whose type has no number to show for what is outside the range.
    static func unsigned(_ text: String) throws -> UInt64 {
        guard let number = UInt64(text) else { throw ValidationError("expected a whole number from 0 to \(UInt64.max)") }
        return number
    }
}
