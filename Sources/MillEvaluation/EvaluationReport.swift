import MillValue

/// The tables of a model's card.
package protocol EvaluationReport: Sendable {
    var markdown: String { get }
    /// The same for programs.
    var value: Value { get }
    /// The figures that tell at a glance whether another form of the same model is as good.
    var headlines: [Headline] { get }
}

/// One figure of a report that is worth comparing.
package struct Headline: Sendable, Hashable {
    package enum Measure: Sendable, Hashable {
        /// 0…1; two of them differ by points, hundredths.
        case share
        /// A number above 0, such as a perplexity; two of them differ by percent of the first.
        case amount
    }

    package let name: String
    package let value: Double
    package let measure: Measure

    package init(_ name: String, _ value: Double, _ measure: Measure = .share) {
        self.name = name
        self.value = value
        self.measure = measure
    }

    /// How much more than `other`, in points or percent.
    package func difference(to other: Headline) -> Double {
        switch measure {
        case .share: (value - other.value) * 100
        case .amount: (value / other.value - 1) * 100
        }
    }
}
