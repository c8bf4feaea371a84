import MillDocument
import MillExtraction
import MillValue

/// The tables of an examination of reports.
package struct ReportReport: EvaluationReport {
    /// The documents of one layer and language.
    struct Group: Sendable {
        var scores = ReportScores()
        var failed = 0
        var pages = 0
        var seconds = 0.0
        var layout = LayoutScores()

        static func + (first: Group, second: Group) -> Group {
            Group(
                scores: first.scores + second.scores, failed: first.failed + second.failed, pages: first.pages + second.pages,
                seconds: first.seconds + second.seconds, layout: first.layout + second.layout)
        }
    }

    /// By layer and language: `text en`, `scan zh`.
    private var groups: [String: Group] = [:]

    package init() {}

    /// Adds what was read from a document.
    package mutating func add(_ answer: ReportExaminer.Answer) {
        var group = Group()
        group.scores.add(answer.record, answer.sample.truth)
        group.pages = answer.structure.pages.count
        group.seconds = answer.seconds
        group.layout = LayoutScores(answer.structure, answer.sample.truth)
        add(group, answer.sample)
    }

    /// Adds a document that could not be read: all of it was missed.
    package mutating func addFailure(_ sample: ReportSample) {
        var group = Group(failed: 1)
        group.scores.add(ReportRecord(file: sample.truth.file, sha256: "", status: .failed), sample.truth)
        group.layout = LayoutScores(StructuredDocument(pages: [], items: []), sample.truth)
        add(group, sample)
    }

    private mutating func add(_ group: Group, _ sample: ReportSample) {
        let key = "\(sample.truth.layer) \(sample.truth.language)"
        groups[key] = (groups[key] ?? Group()) + group
    }

    /// What was missed and what was wrong, one line each.
    package var remarks: [String] { all.scores.remarks }

    private func sum(_ layers: (String) -> Bool) -> Group {
        groups.filter { layers($0.key) }.values.reduce(Group()) { $0 + $1 }
    }

    private var all: Group { sum { _ in true } }

    /// Also of all layers that can be used as they are, and of all others.
    private var columns: [(name: String, group: Group)] {
        groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            + [
                ("text layer", sum { $0.hasPrefix("text") }), ("scans and others", sum { !$0.hasPrefix("text") }), ("all", all),
            ]
    }

    package var markdown: String {
        let columns = columns
        func row(_ title: String, _ text: (Group) -> String) -> [String] { [title] + columns.map { text($0.group) } }
        func share(_ rate: Double) -> String { Markdown.share(rate, digits: 3) }
        let names = Set(all.scores.fields.keys).sorted()
        let rows =
            [
                row("documents") { "\($0.scores.documentCount)" }, row("failed") { "\($0.failed)" },
                row("company, ticker, rating, target price, right") { share($0.scores.mainFields.told.recall) },
                row("all fields, right") { share($0.scores.allFields.told.recall) },
                row("figures, precision") { share(1 - $0.scores.metrics.told.falseShare) },
                row("figures, recall") { share($0.scores.metrics.told.recall) },
                row("figures, F1") { share($0.scores.metrics.told.f1) },
                row("change right, of right figures") { share($0.scores.changes.told.recall) },
                row("actual or estimate right") { share($0.scores.kinds.told.recall) },
                row("places overlap") { share($0.scores.places.told.recall) },
                row("table cells, precision") { share($0.layout.tables.precision) },
                row("table cells, recall") { share($0.layout.tables.recall) },
                row("table cells, F1") { share($0.layout.tables.f1) },
                row("text of pages with a text layer") { share($0.layout.similarity) },
                row("of those with two columns") { share($0.layout.columnSimilarity) },
                row("text of scanned pages") { share($0.layout.scanSimilarity) },
                row("seconds for 10 pages") { Markdown.decimal(10 * $0.seconds / Double($0.pages), digits: 2) },
            ] + names.map { name in row("`\(name)`, right") { share(($0.scores.fields[name] ?? Score()).told.recall) } }
        return Markdown.table(["reports"] + columns.map(\.name), rows)
    }

    package var value: Value {
        .map(
            ValueMap(
                columns.map { name, group in
                    var value = group.scores.value.map ?? [:]
                    value["failed"] = .int(group.failed)
                    value["tables"] = group.layout.value
                    value["pages"] = .int(group.pages)
                    value["seconds"] = .double(group.seconds)
                    return (name, .map(value))
                }))
    }

    package var headlines: [Headline] {
        let scores = all.scores
        return [
            Headline("fields, right", scores.mainFields.told.recall), Headline("figures, F1", scores.metrics.told.f1),
            Headline("places overlap", scores.places.told.recall),
        ]
    }
}

extension ReportScores {
    package var value: Value {
        [
            "documents": .int(documentCount), "metrics": metrics.value, "changes": changes.value, "kinds": kinds.value,
            "places": places.value,
            "all_fields": allFields.value, "main_fields": mainFields.value,
            "fields": .map(ValueMap(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) })),
        ]
    }
}
