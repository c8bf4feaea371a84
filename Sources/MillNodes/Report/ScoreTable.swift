import MillEvaluation
import MillGraph
import MillValue

/// The figures of an ``Evaluation`` as table rows and as JSON.
public enum ScoreTable {
    public static let header = ["", "right", "of", "found", "false", "F1"]

    /// Rows in the order of the score's keys; see ``RunJournal/scores``.
    public static func rows(_ scores: Value) -> [[String]] {
        (scores.map ?? [:]).map { name, score in
            // Nothing is the share of nothing.
            func percent(_ key: String) -> String {
                score[key]?.double.map { "\(Int(($0 * 100).rounded())) %" } ?? "–"
            }
            return [
                name, "\(score["right"]?.int ?? 0)", "\(score["expected"]?.int ?? 0)", percent("recall"), percent("falseShare"),
                percent("f1"),
            ]
        }
    }
}

extension RunJournal {
    /// How well the answers agree with the ground truth: per group `right`, `expected`, `wrong`, `recall`, `falseShare`
    /// and `f1`; nil without a ground truth, and for a run of which it describes no frame.
    public var scores: Value? {
        guard let evaluation, evaluation.framesWithTruth > 0 else { return nil }
        return .map(ValueMap(evaluation.rows.map { ($0.name, $0.score.value) }))
    }

    /// Why there are no ``scores`` although there is a ground truth.
    public var missingScores: String? {
        guard let evaluation, evaluation.framesWithTruth == 0, !frames.isEmpty else { return nil }
        return "No score: the ground truth describes none of these frames."
    }

    /// Writes the page that `sink.report` asked for, unless it asked for none or saw no frame: then an earlier page stays.
    ///
    /// - Parameter failures: why packets could not be processed; a frame's card shows the reason.
    /// - Returns: where the page is; nil when none was written.
    /// - Throws: ``NodeError/unwritable(path:reason:)``.
    public func writePage(
        title: String, summary: String, graph: String, tables: [(heading: String, header: [String], rows: [[String]])],
        failures: [PacketFailure] = []
    ) throws(NodeError) -> String? {
        guard let path = pagePath, !frames.isEmpty else { return nil }
        var tables = tables
        if let scores { tables.insert(("Against the ground truth", ScoreTable.header, ScoreTable.rows(scores)), at: 0) }
        let summary = [summary, missingScores ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        let page = LoopReportPage(
            title: title, summary: summary, frames: frames, graph: graph, tables: tables, failures: failures)
        try OutputFile.replace(path, with: page.html)
        return path
    }
}
