import MillValue

/// The tables of a model card.
package struct HearthReport: EvaluationReport {
    package let scenes: [(name: String, result: SceneResult)]
    package let names: [(name: String, result: NameResult)]
    /// Names added from pictures, and from names of other things.
    package let added: [(name: String, result: AddedResult)]
    package let described: [(name: String, result: AddedResult)]
    package let groups: NameGroups?

    package init(
        scenes: [(name: String, result: SceneResult)], names: [(name: String, result: NameResult)],
        added: [(name: String, result: AddedResult)], described: [(name: String, result: AddedResult)] = [],
        groups: NameGroups? = nil
    ) {
        self.scenes = scenes
        self.names = names
        self.added = added
        self.described = described
        self.groups = groups
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
                                s.objects.told.recall, s.objects.told.falseShare, s.objects.told.f1, s.statesTold.told.recall,
                                s.positions.told.recall, s.people.told.recall, s.activities.told.recall, s.lights.told.recall,
                                s.whole.told.recall,
                            ].map { Markdown.share($0) }
                    }))
            let asked = scenes.filter { !$0.result.questions.isEmpty }
            tables.append(
                Markdown.table(
                    ["questions", "asked"] + Self.questionKinds,
                    asked.map { name, result in
                        [name, "\(result.questions.values.reduce(0) { $0 + $1.expected })"]
                            + Self.questionKinds.map { result.questions[$0].map { Markdown.share($0.told.recall) } ?? "–" }
                    }))
            tables.append(
                Markdown.table(
                    ["scores of objects"] + (0..<10).map { "\(Markdown.share(Double($0) / 10))–" } + ["calibration error"],
                    scenes.flatMap { name, result in
                        let bins = result.scores.calibration.bins
                        return [
                            ["\(name): said"] + bins.map { "\($0.count)" } + [""],
                            ["\(name): right"] + bins.map { $0.count == 0 ? "–" : Markdown.share($0.rightShare) }
                                + [Markdown.share(result.scores.calibration.toldError)],
                        ]
                    }))
        }
        if !names.isEmpty {
            tables.append(
                Markdown.table(
                    ["single things", "names", "pictures", "first", "among the first five"],
                    names.flatMap { name, result in
                        [Self.row(name, result.all)]
                            + (groups?.groups ?? []).map { group in
                                Self.row("\(name): \(group.title)", result.ranks(of: group.names))
                            }.filter { $0[1] != "0" }
                    }))
        }
        tables.append(Self.table("added from a few pictures", added))
        tables.append(Self.table("added from names of other things", described))
        return tables.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private static func row(_ title: String, _ ranks: NameResult.Ranks) -> [String] {
        [
            title, "\(ranks.names)", "\(ranks.first.expected)", Markdown.share(ranks.first.told.recall),
            Markdown.share(ranks.firstFive.told.recall),
        ]
    }

    private static func table(_ title: String, _ results: [(name: String, result: AddedResult)]) -> String {
        let all = results.isEmpty ? [] : results + [("all", results.reduce(AddedResult()) { $0 + $1.result })]
        return Markdown.table(
            [title, "pictures", "found", "first", "among the first five"],
            all.map { name, result in
                [name, "\(result.found.expected)"]
                    + [result.found, result.names.all.first, result.names.all.firstFive].map { Markdown.share($0.told.recall) }
            })
    }

    package var headlines: [Headline] {
        scenes.flatMap { name, result in
            let s = result.scores
            return [
                Headline("\(name): objects, F1", s.objects.told.f1), Headline("\(name): state", s.statesTold.told.recall),
                Headline("\(name): where", s.positions.told.recall), Headline("\(name): activity", s.activities.told.recall),
                Headline("\(name): exact", s.whole.told.recall),
            ]
        }
            + names.flatMap { name, result in
                [
                    Headline("\(name): first", result.all.first.told.recall),
                    Headline("\(name): among the first five", result.all.firstFive.told.recall),
                ]
            }
            + [("added", added), ("described", described)].filter { !$0.1.isEmpty }.map { name, results in
                Headline("\(name): found", results.reduce(AddedResult()) { $0 + $1.result }.found.told.recall)
            }
    }

    package var value: Value {
        [
            "scenes": .map(ValueMap(scenes.map { ($0.name, $0.result.value) })),
            "names": .map(
                ValueMap(
                    names.map { name, result in
                        let byGroup = (groups?.groups ?? []).map { ($0.title, result.ranks(of: $0.names).value) }
                        return (name, .map(ValueMap([("all", result.all.value)] + byGroup)))
                    })),
            "added": .map(ValueMap(added.map { ($0.name, $0.result.value) })),
            "described": .map(ValueMap(described.map { ($0.name, $0.result.value) })),
        ]
    }
}

extension SceneScores {
    var value: ValueMap {
        [
            "objects": objects.value, "states": statesTold.value, "positions": positions.value, "people": people.value,
            "activities": activities.value, "lights": lights.value, "exact": whole.value,
            "calibration_error": calibration.toldError.isNaN ? .null : .double(calibration.toldError),
        ]
    }
}

extension SceneResult {
    var value: Value {
        var map: ValueMap = ["pictures": .int(pictureCount)]
        for (key, value) in scores.value { map[key] = value }
        map["questions"] = .map(ValueMap(questions.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) }))
        return .map(map)
    }
}

extension NameResult.Ranks {
    var value: Value { ["names": .int(names), "first": first.value, "first_five": firstFive.value] }
}

extension AddedResult {
    var value: Value { ["found": found.value, "names": names.all.value] }
}
