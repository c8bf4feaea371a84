import MillValue

/// The tables of an examination of reports.
package struct ReportReport: EvaluationReport {
    /// By layer and language: `text/en`, `scan/zh`.
    package let groups: [String: ReportScores]

    package init(_ groups: [String: ReportScores]) { self.groups = groups }

    private var columns: [(name: String, scores: ReportScores)] {
        groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [("all", all)]
    }

    package var all: ReportScores { groups.values.reduce(ReportScores()) { $0 + $1 } }

    package var markdown: String {
        let columns = columns
        func row(_ title: String, _ text: (ReportScores) -> String) -> [String] { [title] + columns.map { text($0.scores) } }
        func share(_ rate: Double) -> String { Markdown.share(rate, digits: 3) }
        let names = Set(columns.flatMap { $0.scores.fields.keys }).sorted()
        let rows =
            [
                row("documents") { "\($0.documentCount)" }, row("fields, right") { share($0.allFields.told.recall) },
                row("figures, precision") { share(1 - $0.metrics.told.falseShare) },
                row("figures, recall") { share($0.metrics.told.recall) },
                row("figures, F1") { share($0.metrics.told.f1) },
                row("change right, of right figures") { share($0.changes.told.recall) },
                row("actual or estimate right") { share($0.kinds.told.recall) },
                row("places overlap") { share($0.places.told.recall) },
            ] + names.map { name in row("`\(name)`, right") { share(($0.fields[name] ?? Score()).told.recall) } }
        return Markdown.table(["reports"] + columns.map(\.name), rows)
    }

    package var value: Value {
        .map(ValueMap(columns.map { ($0.name, $0.scores.value) }))
    }

    package var headlines: [Headline] {
        let all = all
        return [
            Headline("fields, right", all.allFields.told.recall), Headline("figures, F1", all.metrics.told.f1),
            Headline("places overlap", all.places.told.recall),
        ]
    }
}

extension ReportScores {
    package var value: Value {
        [
            "documents": .int(documentCount), "metrics": metrics.value, "changes": changes.value, "kinds": kinds.value,
            "places": places.value,
            "all_fields": allFields.value,
            "fields": .map(ValueMap(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) })),
        ]
    }
}
