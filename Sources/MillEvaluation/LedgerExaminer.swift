import MillModels
import MillValue

/// Puts annotated reports to a model that reads reports.
package struct LedgerExaminer: Sendable {
    private let model: LedgerModel

    package init(_ model: LedgerModel) { self.model = model }

    /// Reads every report; the scores by language.
    package func scores(
        of reports: [AnnotatedReport], isCancelled: () -> Bool, progress: (Int, Int) -> Void
    ) throws -> [String: LedgerScores] {
        var scores: [String: LedgerScores] = [:]
        for (index, report) in reports.enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            progress(index, reports.count)
            let clock = SystemClock()
            let start = clock.now
            let reading = try model.read(report.text)
            let time = clock.now - start
            var kinds: [Int: String] = [:]
            for figure in report.figures { if let value = figure.value { kinds[value.lowerBound] = figure.kind } }
            let fromTruth = model.relate(report.entities, kinds: kinds, in: report.text)
            scores[report.language, default: LedgerScores()].add(report, reading, fromTruth: fromTruth, time: time)
        }
        return scores
    }
}
