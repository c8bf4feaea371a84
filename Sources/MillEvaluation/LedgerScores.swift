import MillModels

/// How well a model's reading of reports agrees with their truth.
package struct LedgerScores: Sendable {
    /// What says whom to buy at which price, now and before.
    package static let ratingLabels = ["rating", "previous_rating", "target_price", "previous_target"]

    package private(set) var reportCount = 0
    /// Entities by label: the same label at exactly the same place.
    package private(set) var labels: [String: Score] = [:]
    /// Figures: the same words of name and period, and the value at the same place.
    package private(set) var figures = Score()
    /// The same, made by the rules from the true entities.
    package private(set) var figuresOfTruth = Score()
    /// Of the right figures, how many have the right kind, unit and change.
    package private(set) var kinds = Score()
    package private(set) var units = Score()
    package private(set) var changes = Score()
    package private(set) var wordCount = 0
    package private(set) var time = Duration.zero

    package init() {}

    /// All labels together.
    package var entities: Score { labels.values.reduce(Score()) { $0 + $1 } }
    /// Ratings and target prices, with current and previous ones told apart.
    package var ratings: Score { Self.ratingLabels.reduce(Score()) { $0 + (labels[$1] ?? Score()) } }
    /// Blank-separated words, and Chinese characters one by one.
    package var wordsPerSecond: Double { time > .zero ? Double(wordCount) / (time / .seconds(1)) : 0 }

    /// - Parameters:
    ///   - fromTruth: the figures that the rules make of the true entities.
    ///   - time: how long the reading took.
    package mutating func add(_ report: AnnotatedReport, _ reading: LedgerReading, fromTruth: [LedgerFigure], time: Duration) {
        let words = ReportWords(report.text)
        reportCount += 1
        wordCount += words.count
        self.time += time
        let expected = Dictionary(grouping: report.entities) { $0.label }
        let reported = Dictionary(grouping: reading.entities) { $0.label }
        for label in Set(expected.keys).union(reported.keys) {
            labels[label, default: Score()].compare(reported: reported[label] ?? [], expected: expected[label] ?? [])
        }
        let truth = Dictionary(
            report.figures.compactMap { item in words.triple(item.metric, item.period, item.value).map { ($0, item) } }
        ) {
            first, _ in first
        }
        let found = Dictionary(
            reading.figures.compactMap { item in words.triple(item.metric, item.period, item.value).map { ($0, item) } }
        ) { first, _ in first }
        figures.compare(reported: Array(found.keys), expected: Array(truth.keys))
        figuresOfTruth.compare(
            reported: fromTruth.compactMap { words.triple($0.metric, $0.period, $0.value) }, expected: Array(truth.keys))
        for (triple, item) in found {
            guard let wanted = truth[triple] else { continue }
            kinds.count(item.kind == wanted.kind)
            units.count(words.unit(item.unit) == words.unit(wanted.unit))
            changes.count(item.change == wanted.change)
        }
    }

    package static func + (first: LedgerScores, second: LedgerScores) -> LedgerScores {
        var sum = first
        sum.reportCount += second.reportCount
        sum.labels.merge(second.labels, uniquingKeysWith: +)
        sum.figures = sum.figures + second.figures
        sum.figuresOfTruth = sum.figuresOfTruth + second.figuresOfTruth
        sum.kinds = sum.kinds + second.kinds
        sum.units = sum.units + second.units
        sum.changes = sum.changes + second.changes
        sum.wordCount += second.wordCount
        sum.time += second.time
        return sum
    }
}

/// The words of a report by their places.
private struct ReportWords {
    /// What two figures have in common when they are the same.
    struct Triple: Hashable {
        let metric: String
        let period: String
        let value: Range<Int>
    }

    private let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    private func text(_ range: Range<Int>) -> String {
        String(String.UnicodeScalarView(scalars[range.clamped(to: 0..<scalars.count)])).lowercased()
    }

    /// nil without a value.
    func triple(_ metric: Range<Int>?, _ period: Range<Int>?, _ value: Range<Int>?) -> Triple? {
        func words(_ range: Range<Int>?) -> String {
            range.map { text($0).split(whereSeparator: \.isWhitespace).joined(separator: " ") } ?? ""
        }
        return value.map { Triple(metric: words(metric), period: words(period), value: $0) }
    }

    /// Currency and unit without blanks, in the order of the text.
    func unit(_ parts: [Range<Int>]) -> String {
        Set(parts).sorted { $0.lowerBound < $1.lowerBound }.map(text).joined().filter { $0 != " " }
    }

    var count: Int {
        var (count, isInWord) = (0, false)
        for scalar in scalars {
            let isChinese = AnnotatedReport.isChinese(scalar)
            let isWord = !isChinese && !scalar.properties.isWhitespace
            if isChinese || isWord && !isInWord { count += 1 }
            isInWord = isWord
        }
        return count
    }
}

extension AnnotatedReport {
    fileprivate static func isChinese(_ scalar: Unicode.Scalar) -> Bool { (0x3400...0x9FFF).contains(scalar.value) }

    /// `zh` where at least a tenth of the text is Chinese, else `en`.
    package var language: String {
        let scalars = text.unicodeScalars
        return scalars.count(where: Self.isChinese) * 10 >= max(scalars.count, 1) ? "zh" : "en"
    }
}
