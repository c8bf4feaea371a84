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
}

/// A rectangle in fractions of the picture, origin at the top left.
package struct Box: Sendable, Hashable {
    package let left: Double
    package let top: Double
    package let right: Double
    package let bottom: Double

    package init(left: Double, top: Double, right: Double, bottom: Double) {
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }

    package var area: Double { max(0, right - left) * max(0, bottom - top) }

    /// Intersection over union, 0…1.
    package func overlap(with other: Box) -> Double {
        let shared = Box(
            left: max(left, other.left), top: max(top, other.top), right: min(right, other.right),
            bottom: min(bottom, other.bottom)
        ).area
        let union = area + other.area - shared
        return union > 0 ? shared / union : 0
    }
}
