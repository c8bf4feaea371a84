import MillValue

/// The tables of a ledger model's card.
package struct LedgerReport: EvaluationReport {
    package let sets: [(name: String, byLanguage: [String: LedgerScores])]

    package init(_ sets: [(name: String, byLanguage: [String: LedgerScores])]) { self.sets = sets }

    /// One table per test set: a column for each language, and one for all.
    package var markdown: String {
        sets.map { name, byLanguage in
            let columns = Self.columns(byLanguage)
            let all = columns.last?.scores ?? LedgerScores()
            func row(_ title: String, _ text: (LedgerScores) -> String) -> [String] { [title] + columns.map { text($0.scores) } }
            func f1(_ title: String, _ score: (LedgerScores) -> Score) -> [String] {
                row(title) { Markdown.share(score($0).told.f1, digits: 3) }
            }
            func right(_ title: String, _ score: (LedgerScores) -> Score) -> [String] {
                row(title) { Markdown.share(score($0).told.recall, digits: 3) }
            }
            let rows =
                [
                    row("reports") { "\($0.reportCount)" }, f1("entities, F1", \.entities),
                    f1("figures (name, period, value), F1", \.figures),
                    f1("rating and target price, now and before, F1", \.ratings),
                    f1("figures from the true entities, F1", \.figuresOfTruth),
                    right("kind right, of right figures", \.kinds), right("unit right", \.units),
                    right("change right", \.changes), row("words per second") { "\(Int($0.wordsPerSecond))" },
                ] + all.labels.keys.sorted().map { label in f1("`\(label)`, F1") { $0.labels[label] ?? Score() } }
            return Markdown.table([name] + columns.map(\.name), rows)
        }.joined(separator: "\n\n")
    }

    package var value: Value {
        .map(
            ValueMap(
                sets.map { name, byLanguage in
                    (name, .map(ValueMap(Self.columns(byLanguage).map { ($0.name, $0.scores.value) })))
                }))
    }

    package var headlines: [Headline] {
        sets.flatMap { name, byLanguage in
            let all = byLanguage.values.reduce(LedgerScores()) { $0 + $1 }
            return [
                Headline("\(name): entities, F1", all.entities.told.f1),
                Headline("\(name): figures, F1", all.figures.told.f1),
                Headline("\(name): rating and target price, F1", all.ratings.told.f1),
            ]
        }
    }

    private static func columns(_ byLanguage: [String: LedgerScores]) -> [(name: String, scores: LedgerScores)] {
        let languages = byLanguage.sorted { $0.key < $1.key }.map { (name: $0.key, scores: $0.value) }
        return languages + [(name: "all", scores: byLanguage.values.reduce(LedgerScores()) { $0 + $1 })]
    }
}

extension LedgerScores {
    var value: Value {
        [
            "reports": .int(reportCount), "entities": entities.value, "figures": figures.value, "ratings": ratings.value,
            "figures_from_true_entities": figuresOfTruth.value, "kinds": kinds.value, "units": units.value,
            "changes": changes.value, "words": .int(wordCount), "words_per_second": .double(wordsPerSecond),
            "labels": .map(ValueMap(labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) })),
        ]
    }
}
