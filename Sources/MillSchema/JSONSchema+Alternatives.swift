import MillValue

extension JSONSchema {
    private static let maximumAlternatives = 512
    /// Pairs of alternatives that a test for exclusive branches looks at before it gives up.
    private static let maximumComparisons = 20_000

    /// An `anyOf` or `oneOf` of which one branch is to be chosen.
    private struct Group {
        let branches: [Int]
        /// Where it stands; nil unless the branches exclude each other.
        let exclusivePath: String?
    }

    /// One way to choose branches: the nodes that then apply, and what was passed over in each `oneOf`.
    private struct Alternative {
        var leaves: [Int] = []
        var schemas: [Int]
        var groups: [Group] = []
        var passed: [Group] = []
    }

    /// All ways to choose one branch of every `anyOf` and `oneOf` among `schemas`: for each, the nodes that then apply.
    ///
    /// References and `allOf` are followed. A document written for one branch of a `oneOf` must not fit another; where
    /// that cannot be seen, this throws.
    func alternatives(of schemas: [Int]) throws(SchemaError) -> [[Int]] {
        let found = try expand(schemas)
        var comparisons = Self.maximumComparisons
        for alternative in found {
            for group in alternative.passed {
                for branch in group.branches
                where try !areDisjoint(written: alternative.leaves, judged: [branch], depth: 4, &comparisons) {
                    throw .notGeneratable(
                        path: group.exclusivePath ?? "#",
                        reason:
                            "the branches of 'oneOf' may overlap; use 'anyOf', or give each a 'type', or a required property with different 'const' values"
                    )
                }
            }
        }
        return found.map(\.leaves)
    }

    private func expand(_ schemas: [Int]) throws(SchemaError) -> [Alternative] {
        var result: [Alternative] = []
        var pending = [Alternative(schemas: schemas.reversed())]
        while var choice = pending.popLast() {
            while let index = choice.schemas.popLast() {
                guard !choice.leaves.contains(index) else { continue }
                choice.leaves.append(index)
                let node = nodes[index]
                choice.schemas += node.allOf.reversed()
                if let reference = node.reference { choice.schemas.append(reference) }
                if let anyOf = node.anyOf { choice.groups.append(Group(branches: anyOf, exclusivePath: nil)) }
                if let oneOf = node.oneOf { choice.groups.append(Group(branches: oneOf, exclusivePath: node.path)) }
            }
            guard let group = choice.groups.popLast() else {
                result.append(choice)
                continue
            }
            guard result.count + pending.count + group.branches.count <= Self.maximumAlternatives else {
                throw .tooLarge(path: nodes[schemas[0]].path, what: "alternatives", limit: Self.maximumAlternatives)
            }
            for (number, branch) in group.branches.enumerated().reversed() {
                var next = choice
                next.schemas = [branch]
                if let path = group.exclusivePath {
                    var others = group.branches
                    others.remove(at: number)
                    next.passed.append(Group(branches: others, exclusivePath: path))
                }
                pending.append(next)
            }
        }
        return result
    }

    /// Whether it is certain that no value written for all of `written` fits all of `judged`. Inside, `oneOf` counts as
    /// `anyOf`, which errs towards "no".
    private func areDisjoint(
        written: [Int], judged: [Int], depth: Int, _ comparisons: inout Int
    ) throws(SchemaError) -> Bool {
        let left = try expand(written).map { ValueShape($0.leaves.map { nodes[$0] }) }
        let right = try expand(judged).map { ValueShape($0.leaves.map { nodes[$0] }, infersTypes: false) }
        for first in left {
            for second in right {
                comparisons -= 1
                guard comparisons > 0, try areDisjoint(first, second, depth: depth, &comparisons) else { return false }
            }
        }
        return true
    }

    private func areDisjoint(
        _ written: ValueShape, _ judged: ValueShape, depth: Int, _ comparisons: inout Int
    ) throws(SchemaError) -> Bool {
        guard written.isSatisfiable, judged.isSatisfiable else { return true }
        if written.types.isDisjoint(with: judged.types) { return true }
        if let allowed = written.allowed { return !allowed.contains { fits($0, judged) } }
        if let allowed = judged.allowed { return !allowed.contains { fits($0, written) } }
        guard depth > 0, written.types.intersection(judged.types) == .object else { return false }
        for name in written.required.union(judged.required) {
            let inWritten = written.schemas(ofProperty: name)
            let inJudged = judged.schemas(ofProperty: name)
            if (inWritten + inJudged).contains(where: { !nodes[$0].isSatisfiable }) { return true }
            guard !inWritten.isEmpty, !inJudged.isEmpty else { continue }
            if try areDisjoint(written: inWritten, judged: inJudged, depth: depth - 1, &comparisons) { return true }
        }
        return false
    }

    /// Whether `value` satisfies the plain keywords of `shape`; alternatives are ignored, which errs towards "yes".
    private func fits(_ value: Value, _ shape: ValueShape) -> Bool {
        shape.types.contains(JSONTypes(of: value)) && (shape.allowed?.contains { $0.isJSONEqual(to: value) } ?? true)
    }
}
