import MillValue

/// The tables of a text model's card.
package struct ScribeReport: EvaluationReport {
    /// Text of one kind.
    package struct Domain: Sendable {
        package let name: String
        package let surprise: Surprise
        /// Of a model that counts five words in a row, trained on the same text; nil where it was not measured.
        package let fiveGram: Double?

        package init(name: String, surprise: Surprise, fiveGram: Double?) {
            self.name = name
            self.surprise = surprise
            self.fiveGram = fiveGram
        }

        /// How far the perplexity lies below the five-gram's, 0…1.
        package var gain: Double? { fiveGram.map { 1 - surprise.perplexity / $0 } }
    }

    /// One kind of task, done by the model alone and under the adapter that was trained for it, where there is one.
    package struct Task: Sendable {
        package let name: String
        package let base: TaskScores
        package let adapted: TaskScores?

        package init(name: String, base: TaskScores, adapted: TaskScores?) {
            self.name = name
            self.base = base
            self.adapted = adapted
        }

        /// As it is meant to be done.
        var best: TaskScores { adapted ?? base }
    }

    package let domains: [Domain]
    package let tasks: [Task]

    package init(domains: [Domain], tasks: [Task]) {
        self.domains = domains
        self.tasks = tasks
    }

    package var markdown: String {
        let held = tasks.filter { $0.base.wellFormed.expected > 0 }
        return [
            Markdown.table(
                ["text", "tokens", "perplexity", "5-gram", "below it"],
                domains.map { domain in
                    [
                        domain.name, "\(domain.surprise.tokenCount)", Markdown.decimal(domain.surprise.perplexity, digits: 2),
                        domain.fiveGram.map { Markdown.decimal($0, digits: 2) } ?? "–",
                        domain.gain.map { "\(Markdown.decimal($0 * 100)) %" } ?? "–",
                    ]
                }),
            Markdown.table(
                ["answers", "tasks", "exact, base", "exact, adapter", "perplexity, base", "perplexity, adapter"],
                tasks.map { task in
                    [task.name, "\(task.base.exact.expected)"]
                        + task.both { Markdown.share($0.exact.told.recall) }
                        + task.both { Markdown.decimal($0.surprise.perplexity, digits: 2) }
                }),
            Markdown.table(
                ["held to a schema", "tasks", "well-formed, base", "well-formed, adapter", "right, base", "right, adapter"],
                held.map { task in
                    [task.name, "\(task.base.wellFormed.expected)"]
                        + task.both { Markdown.share($0.wellFormed.told.recall) }
                        + task.both { Markdown.share($0.right.told.recall) }
                }),
        ].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    package var headlines: [Headline] {
        domains.map { Headline("\($0.name): perplexity", $0.surprise.perplexity, .amount) }
            + tasks.flatMap { task in
                [
                    Headline("\(task.name): exact", task.best.exact.told.recall),
                    Headline("\(task.name): perplexity", task.best.surprise.perplexity, .amount),
                ] + (task.best.right.expected > 0 ? [Headline("\(task.name): right", task.best.right.recall)] : [])
            }
    }

    package var value: Value {
        [
            "text": .map(ValueMap(domains.map { ($0.name, $0.value) })),
            "tasks": .map(
                ValueMap(tasks.map { ($0.name, ["base": $0.base.value, "adapter": $0.adapted?.value ?? .null]) })),
        ]
    }
}

extension ScribeReport.Task {
    /// A figure of the model alone, then under the adapter.
    fileprivate func both(_ text: (TaskScores) -> String) -> [String] { [text(base), adapted.map(text) ?? "–"] }
}

extension ScribeReport.Domain {
    var value: Value {
        var value: ValueMap = ["tokens": .int(surprise.tokenCount), "perplexity": .double(surprise.perplexity)]
        if let fiveGram { value["five_gram_perplexity"] = .double(fiveGram) }
        if let gain { value["below_five_gram"] = .double(gain) }
        return .map(value)
    }
}

extension TaskScores {
    var value: Value {
        [
            "exact": exact.value, "well_formed": wellFormed.value, "right": right.value,
            "tokens": .int(surprise.tokenCount), "perplexity": .double(surprise.perplexity),
        ]
    }
}
