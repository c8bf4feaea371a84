import MillValue

/// The median of some measurements, with the least and the greatest.
struct Spread {
    let median: Double
    let least: Double
    let greatest: Double

    /// - Parameter numbers: at least one.
    init(_ numbers: [Double]) {
        let sorted = numbers.sorted()
        let middle = sorted.count / 2
        median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        least = sorted[0]
        greatest = sorted[sorted.count - 1]
    }

    var text: String {
        "\(RunSummary.decimal(median)) (\(RunSummary.decimal(least))–\(RunSummary.decimal(greatest)))"
    }

    var value: Value { ["median": .double(median), "least": .double(least), "greatest": .double(greatest)] }
}
