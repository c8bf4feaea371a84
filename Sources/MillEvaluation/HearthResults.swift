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
    /// How often a right name came first, and among the first five.
    package struct Ranks: Sendable {
        /// How many different names.
        package private(set) var names = 0
        package private(set) var first = Score()
        package private(set) var firstFive = Score()

        fileprivate mutating func add(rank: Int) {
            first.count(rank == 0)
            firstFive.count(rank < 5)
        }

        fileprivate static func + (a: Ranks, b: Ranks) -> Ranks {
            var sum = a
            sum.first = sum.first + b.first
            sum.firstFive = sum.firstFive + b.firstFive
            return sum
        }

        fileprivate init() {}

        /// The ranks of several names together.
        fileprivate init(of names: some Collection<Ranks>) {
            self = names.reduce(Ranks(), +)
            self.names = names.count
        }
    }

    private var byName: [String: Ranks] = [:]

    package init() {}

    /// - Parameter rank: how many names came before the right one.
    package mutating func add(_ name: String, rank: Int) { byName[name, default: Ranks()].add(rank: rank) }

    fileprivate mutating func merge(_ other: NameResult) { byName.merge(other.byName, uniquingKeysWith: +) }

    /// All names together.
    package var all: Ranks { Ranks(of: byName.values) }

    /// Those that are among `names`.
    package func ranks(of names: Set<String>) -> Ranks {
        Ranks(of: byName.filter { names.contains($0.key) }.values)
    }
}

/// The figures of names that were added to a model.
package struct AddedResult: Sendable {
    /// In how many pictures the thing was found, with its box, when the whole picture was described.
    package var found = Score()
    /// The place of the new name among all names.
    package var names = NameResult()

    package init() {}

    package static func + (a: AddedResult, b: AddedResult) -> AddedResult {
        var sum = a
        sum.found = sum.found + b.found
        sum.names.merge(b.names)
        return sum
    }
}

/// Names that belong together by what training showed of them: `groups.json` beside the test sets.
package struct NameGroups: Sendable {
    package let groups: [(title: String, names: Set<String>)]

    package init(_ lists: NameLists) { groups = lists.lists.map { (title: $0.title, names: Set($0.names)) } }
}
