import MillEvaluation
import MillValue

/// The figures of an ``Evaluation`` as table rows and as JSON.
public enum ScoreTable {
    public static let header = ["", "right", "of", "found", "false", "F1"]

    /// Rows in the order of the score's keys; see ``RunJournal/scores``.
    public static func rows(_ scores: Value) -> [[String]] {
        (scores.map ?? [:]).map { name, score in
            func percent(_ key: String) -> String { "\(Int(((score[key]?.double ?? 0) * 100).rounded())) %" }
            return [
                name, "\(score["right"]?.int ?? 0)", "\(score["expected"]?.int ?? 0)", percent("recall"), percent("falseShare"),
                percent("f1"),
            ]
        }
    }
}

extension RunJournal {
    /// How well the answers agree with the ground truth: per group `right`, `expected`, `wrong`, `recall`, `falseShare`
    /// and `f1`; nil without a ground truth.
    public var scores: Value? {
        evaluation.map { evaluation in .map(ValueMap(evaluation.rows.map { ($0.name, $0.score.value) })) }
    }

    /// Writes the page that `sink.report` asked for; does nothing when it asked for none.
    ///
    /// - Throws: ``NodeError/unwritable(path:reason:)``.
    public func writePage(
        title: String, summary: String, graph: String, tables: [(heading: String, header: [String], rows: [[String]])]
    ) throws(NodeError) {
        guard let path = pagePath else { return }
        var tables = tables
        if let scores { tables.insert(("Against the ground truth", ScoreTable.header, ScoreTable.rows(scores)), at: 0) }
        let page = LoopReportPage(title: title, summary: summary, frames: frames, graph: graph, tables: tables)
        try OutputFile.replace(path, with: page.html)
    }
}
