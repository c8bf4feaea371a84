import MillValue

/// The figures of a test set of scenes.
package struct SceneResult: Sendable {
    package var pictureCount = 0
    package var scores = SceneScores()
    /// Right answers to questions, by kind: `where`, `count`, `state`, `is there`, `not visible`.
    package private(set) var questions: [String: Score] = [:]

    package init() {}

    package mutating func addAnswer(_ answer: Value, expected: Value) {
        let kind =
            expected["answer"]?.string == "not visible"
            ? "not visible"
            : expected["answer"] != nil ? "is there" : expected.map?.keys.first ?? "?"
        questions[kind, default: Score()].count(answer == expected)
    }
}

/// The figures of a test set of single things.
package struct NameResult: Sendable {
    /// How often the right name came first, and among the first five.
    package private(set) var first = Score()
    package private(set) var firstFive = Score()
    package private(set) var names: Set<String> = []

    package init() {}

    package mutating func add(_ name: String, rank: Int) {
        names.insert(name)
        first.count(rank == 0)
        firstFive.count(rank < 5)
    }
}
