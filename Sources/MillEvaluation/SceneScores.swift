import MillValue

/// How well descriptions of pictures agree with what the pictures show.
package struct SceneScores: Sendable, Hashable {
    /// Objects: same label, intersection over union at least 0.5 where both sides have a box, one to one.
    package var objects = Score()
    /// Of the objects found, how many had the right state.
    package var states = Score()
    /// The same, of those objects only that have a state to tell.
    package var statesTold = Score()
    /// Of the objects found, how many were said to be in the right third of the picture's width.
    package var positions = Score()
    package var people = Score()
    package var activities = Score()
    package var lights = Score()
    /// Whole descriptions: every object with label, state and third, and people, activity and light.
    package var whole = Score()
    /// How far the objects' scores can be believed.
    package var calibration = Calibration()

    package init() {}

    /// Counts one picture.
    package mutating func add(reported: Value, expected: Value) {
        addObjects(reported: reported["objects"]?.list ?? [], expected: expected["objects"]?.list ?? [])
        func same(_ key: String) -> Bool { reported[key] ?? .null == expected[key] ?? .null }
        func count(_ key: String, _ score: WritableKeyPath<SceneScores, Score>) {
            self[keyPath: score].compare(reported: [reported[key] ?? .null], expected: [expected[key] ?? .null])
        }
        count("people", \.people)
        count("activity", \.activities)
        count("light", \.lights)
        let isWhole =
            same("people") && same("activity") && same("light") && Self.listing(reported) == Self.listing(expected)
        whole.count(isWhole)
    }

    /// Each reported object's score, and whether the object is there.
    package static func outcomes(reported: Value, expected: Value) -> [(score: Double, isRight: Bool)] {
        matches(of: reported["objects"]?.list ?? [], in: expected["objects"]?.list ?? []).compactMap { object, truth in
            object["score"]?.double.map { (score: $0, isRight: truth != nil) }
        }
    }

    private mutating func addObjects(reported: [Value], expected: [Value]) {
        let matches = Self.matches(of: reported, in: expected)
        objects.missed += expected.count - matches.count { $0.truth != nil }
        for (object, truth) in matches {
            if let score = object["score"]?.double { calibration.add(score: score, isRight: truth != nil) }
            guard let truth else {
                objects.wrong += 1
                continue
            }
            objects.right += 1
            let state = truth["state"] ?? "none"
            let isStateRight = state == object["state"] ?? "none"
            states.count(isStateRight)
            if state != "none" { statesTold.count(isStateRight) }
            positions.count(Self.place(of: truth) == Self.place(of: object))
        }
    }

    /// For each reported object, in order, the true one with the same label that it overlaps most, if it does enough.
    private static func matches(of reported: [Value], in expected: [Value]) -> [(object: Value, truth: Value?)] {
        var open = expected
        return reported.map { object in
            let candidates = open.indices.filter { open[$0]["label"] == object["label"] }
            let match = candidates.max { overlap(object, open[$0]) < overlap(object, open[$1]) }
            guard let match, overlap(object, open[match]) >= 0.5 else { return (object, nil) }
            return (object, open.remove(at: match))
        }
    }

    private static func listing(_ scene: Value) -> [[String]] {
        (scene["objects"]?.list ?? []).map { object in
            [object["label"]?.string ?? "", object["state"]?.string ?? "none", place(of: object)]
        }.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The third of the picture's width that holds the object; from its box where it does not say.
    private static func place(of object: Value) -> String {
        if let place = object["where"]?.string { return place }
        guard let box = Box(object["box"]) else { return "" }
        let centre = (box.left + box.right) / 2
        return centre < 1.0 / 3 ? "left" : centre < 2.0 / 3 ? "center" : "right"
    }

    /// Intersection over union; 1 when either side has no box.
    private static func overlap(_ first: Value, _ second: Value) -> Double {
        guard let a = Box(first["box"]), let b = Box(second["box"]) else { return 1 }
        return a.overlap(with: b)
    }
}
