import MillValue

/// The tables of a model card.
package struct HearthReport: EvaluationReport {
    package let scenes: [(name: String, result: SceneResult)]
    package let names: [(name: String, result: NameResult)]
    package let added: [(name: String, score: Score)]

    package init(
        scenes: [(name: String, result: SceneResult)], names: [(name: String, result: NameResult)],
        added: [(name: String, score: Score)]
    ) {
        self.scenes = scenes
        self.names = names
        self.added = added
    }

    private static let questionKinds = ["is there", "where", "count", "state", "not visible"]

    package var markdown: String {
        var tables: [String] = []
        if !scenes.isEmpty {
            tables.append(
                Markdown.table(
                    [
                        "scenes", "pictures", "objects", "found", "false", "F1", "state", "where", "people", "activity", "light",
                        "exact",
                    ],
                    scenes.map { name, result in
                        let s = result.scores
                        return [name, "\(result.pictureCount)", "\(s.objects.expected)"]
                            + [
                                s.objects.recall, s.objects.falseShare, s.objects.f1, s.statesTold.recall, s.positions.recall,
                                s.people.recall, s.activities.recall, s.lights.recall, s.whole.recall,
                            ].map { Markdown.share($0) }
                    }))
            let asked = scenes.filter { !$0.result.questions.isEmpty }
            tables.append(
                Markdown.table(
                    ["questions", "asked"] + Self.questionKinds,
                    asked.map { name, result in
                        [name, "\(result.questions.values.reduce(0) { $0 + $1.expected })"]
                            + Self.questionKinds.map { result.questions[$0].map { Markdown.share($0.recall) } ?? "–" }
                    }))
            tables.append(
                Markdown.table(
                    ["scores of objects"] + (0..<10).map { "\(Markdown.share(Double($0) / 10))–" } + ["calibration error"],
                    scenes.flatMap { name, result in
                        let bins = result.scores.calibration.bins
                        return [
                            ["\(name): said"] + bins.map { "\($0.count)" } + [""],
                            ["\(name): right"] + bins.map { $0.count == 0 ? "–" : Markdown.share($0.rightShare) }
                                + [Markdown.share(result.scores.calibration.expectedError)],
                        ]
                    }))
        }
        if !names.isEmpty {
            tables.append(
                Markdown.table(
                    ["single things", "names", "pictures", "first", "among the first five"],
                    names.map { name, result in
                        [
                            name, "\(result.names.count)", "\(result.first.expected)", Markdown.share(result.first.recall),
                            Markdown.share(result.firstFive.recall),
                        ]
                    }))
        }
        if !added.isEmpty {
            tables.append(
                Markdown.table(
                    ["added from a few pictures", "pictures", "found"],
                    (added + [("all", addedTotal)]).map { [$0.0, "\($0.1.expected)", Markdown.share($0.1.recall)] }))
        }
        return tables.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    package var headlines: [Headline] {
        scenes.flatMap { name, result in
            let s = result.scores
            return [
                Headline("\(name): objects, F1", s.objects.f1), Headline("\(name): state", s.statesTold.recall),
                Headline("\(name): where", s.positions.recall), Headline("\(name): activity", s.activities.recall),
                Headline("\(name): exact", s.whole.recall),
            ]
        }
            + names.flatMap { name, result in
                [
                    Headline("\(name): first", result.first.recall),
                    Headline("\(name): among the first five", result.firstFive.recall),
                ]
            } + (added.isEmpty ? [] : [Headline("added: found", addedTotal.recall)])
    }

    private var addedTotal: Score { added.reduce(Score()) { $0 + $1.score } }

    package var value: Value {
        [
            "scenes": .map(ValueMap(scenes.map { ($0.name, $0.result.value) })),
            "names": .map(ValueMap(names.map { ($0.name, $0.result.value) })),
            "added": .map(ValueMap(added.map { ($0.name, $0.score.value) })),
        ]
    }
}

extension SceneResult {
    var value: Value {
        [
            "pictures": .int(pictureCount), "objects": scores.objects.value, "states": scores.statesTold.value,
            "positions": scores.positions.value, "people": scores.people.value, "activities": scores.activities.value,
            "lights": scores.lights.value, "exact": scores.whole.value,
            "calibration_error": .double(scores.calibration.expectedError),
            "questions": .map(ValueMap(questions.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) })),
        ]
    }
}

extension NameResult {
    var value: Value { ["names": .int(names.count), "first": first.value, "first_five": firstFive.value] }
}
