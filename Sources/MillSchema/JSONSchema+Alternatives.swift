import MillValue

extension JSONSchema {
    private static let maximumAlternatives = 512

    /// All ways to choose one branch of every `anyOf` and `oneOf` among `schemas`: for each, the nodes that then apply.
    ///
    /// References and `allOf` are followed. `oneOf` is treated as `anyOf`, which is right only if no value fits two
    /// branches; where that cannot be seen, this throws.
    func alternatives(of schemas: [Int]) throws(SchemaError) -> [[Int]] {
        struct Choice {
            var leaves: [Int] = []
            var schemas: [Int]
            var groups: [[Int]] = []
        }
        var result: [[Int]] = []
        var pending = [Choice(schemas: schemas.reversed())]
        while var choice = pending.popLast() {
            while let index = choice.schemas.popLast() {
                guard !choice.leaves.contains(index) else { continue }
                choice.leaves.append(index)
                let node = nodes[index]
                choice.schemas += node.allOf.reversed()
                if let reference = node.reference { choice.schemas.append(reference) }
                if let anyOf = node.anyOf { choice.groups.append(anyOf) }
                if let oneOf = node.oneOf {
                    try checkExclusive(oneOf, path: node.path)
                    choice.groups.append(oneOf)
                }
            }
            guard let group = choice.groups.popLast() else {
                result.append(choice.leaves)
                continue
            }
            guard result.count + pending.count + group.count <= Self.maximumAlternatives else {
                throw .tooLarge(path: nodes[schemas[0]].path, what: "alternatives", limit: Self.maximumAlternatives)
            }
            for branch in group.reversed() {
                var next = choice
                next.schemas = [branch]
                pending.append(next)
            }
        }
        return result
    }

    private func checkExclusive(_ branches: [Int], path: String) throws(SchemaError) {
        for (index, first) in branches.enumerated() {
            for second in branches[(index + 1)...] where try !areDisjoint([first], [second], depth: 4) {
                throw .notGeneratable(
                    path: path,
                    reason:
                        "the branches of 'oneOf' may overlap; use 'anyOf', or give them a property with different 'const' values")
            }
        }
    }

    /// Whether it is certain that no value fits all of `a` and all of `b`.
    private func areDisjoint(_ a: [Int], _ b: [Int], depth: Int) throws(SchemaError) -> Bool {
        let left = try alternatives(of: a).map { ValueShape($0.map { nodes[$0] }) }
        let right = try alternatives(of: b).map { ValueShape($0.map { nodes[$0] }) }
        for first in left {
            for second in right where try !areDisjoint(first, second, depth: depth) { return false }
        }
        return true
    }

    private func areDisjoint(_ a: ValueShape, _ b: ValueShape, depth: Int) throws(SchemaError) -> Bool {
        guard a.isSatisfiable, b.isSatisfiable else { return true }
        if a.types.isDisjoint(with: b.types) { return true }
        if let allowed = a.allowed { return !allowed.contains { fits($0, b) } }
        if let allowed = b.allowed { return !allowed.contains { fits($0, a) } }
        guard depth > 0, a.types.intersection(b.types) == .object else { return false }
        for name in a.required.union(b.required) {
            let ofA = a.schemas(ofProperty: name)
            let ofB = b.schemas(ofProperty: name)
            if (ofA + ofB).contains(where: { !nodes[$0].isSatisfiable }) { return true }
            if !ofA.isEmpty, !ofB.isEmpty, try areDisjoint(ofA, ofB, depth: depth - 1) { return true }
        }
        return false
    }

    /// Whether `value` satisfies the plain keywords of `shape`; alternatives are ignored, which errs towards "yes".
    private func fits(_ value: Value, _ shape: ValueShape) -> Bool {
        shape.types.contains(JSONTypes(of: value)) && (shape.allowed?.contains { $0.isJSONEqual(to: value) } ?? true)
    }
}
