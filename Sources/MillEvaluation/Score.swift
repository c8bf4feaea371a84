import MillValue

/// Counts of right, false and missed findings, and the rates that follow from them.
package struct Score: Sendable, Hashable {
    package var right = 0
    /// Reported, but not there.
    package var wrong = 0
    /// There, but not reported.
    package var missed = 0

    package init() {}

    /// Expected findings.
    package var expected: Int { right + missed }
    /// Share of the expected findings that were reported, 0…1; 1 when nothing was expected.
    package var recall: Double { expected == 0 ? 1 : Double(right) / Double(expected) }
    /// Share of what was reported that is false, 0…1; 0 when nothing was reported.
    package var falseShare: Double { right + wrong == 0 ? 0 : Double(wrong) / Double(right + wrong) }
    /// Harmonic mean of precision and recall, 0…1; 1 when nothing was expected and nothing reported.
    package var f1: Double {
        let total = 2 * right + wrong + missed
        return total == 0 ? 1 : 2 * Double(right) / Double(total)
    }

    /// The rates as reports tell them.
    package var told: Rates {
        Rates(
            recall: expected == 0 ? .nan : recall, falseShare: right + wrong == 0 ? .nan : falseShare,
            f1: expected + wrong == 0 ? .nan : f1)
    }

    /// Rates that are not a number where they are shares of nothing: a dash in tables, null in JSON.
    package struct Rates: Sendable {
        package let recall: Double
        package let falseShare: Double
        package let f1: Double
    }

    /// Counts a question that has one answer.
    package mutating func count(_ isRight: Bool) {
        if isRight { right += 1 } else { missed += 1 }
    }

    /// Counts a one-to-one match of two lists of equal things.
    package mutating func compare<Item: Hashable>(reported: [Item], expected: [Item]) {
        var open: [Item: Int] = [:]
        for item in expected { open[item, default: 0] += 1 }
        for item in reported {
            if let count = open[item], count > 0 {
                open[item] = count - 1
                right += 1
            } else {
                wrong += 1
            }
        }
        missed += open.values.reduce(0, +)
    }

    package static func + (first: Score, second: Score) -> Score {
        var sum = first
        sum.right += second.right
        sum.wrong += second.wrong
        sum.missed += second.missed
        return sum
    }

    /// The counts, and the rates; null for a share of nothing.
    package var value: Value {
        func number(_ rate: Double) -> Value { rate.isNaN ? .null : .double(rate) }
        let rates = told
        return [
            "right": .int(right), "expected": .int(expected), "wrong": .int(wrong), "recall": number(rates.recall),
            "falseShare": number(rates.falseShare), "f1": number(rates.f1),
        ]
    }
}
