/// Scores against how often they were right, in ten bins of equal width.
package struct Calibration: Sendable, Hashable {
    /// What fell into one bin.
    package struct Bin: Sendable, Hashable {
        package var count = 0
        package var right = 0
        package var scoreSum = 0.0

        package var meanScore: Double { count == 0 ? 0 : scoreSum / Double(count) }
        package var rightShare: Double { count == 0 ? 0 : Double(right) / Double(count) }
    }

    /// Bin `i` holds scores from `i / 10`; the last one also those of 1.
    package private(set) var bins = [Bin](repeating: Bin(), count: 10)

    package init() {}

    package mutating func add(score: Double, isRight: Bool) {
        guard score.isFinite else { return }
        let index = min(max(Int(score * 10), 0), 9)
        bins[index].count += 1
        bins[index].scoreSum += score
        if isRight { bins[index].right += 1 }
    }

    /// Expected calibration error: the bins' distance between mean score and share of right ones, weighed by their counts
    /// (Naeini et al., 2015); 0 when nothing was counted.
    package var expectedError: Double {
        let total = count
        guard total > 0 else { return 0 }
        return bins.reduce(0) { $0 + Double($1.count) * abs($1.meanScore - $1.rightShare) } / Double(total)
    }

    /// ``expectedError`` as reports tell it: not a number when nothing was counted.
    package var toldError: Double { count == 0 ? .nan : expectedError }

    private var count: Int { bins.reduce(0) { $0 + $1.count } }
}
