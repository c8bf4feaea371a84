import MillValue

extension GrammarBuilder {
    mutating func arrays(_ shape: ValueShape) throws(SchemaError) -> [Int32] {
        guard !shape.uniqueItems || shape.items.upperBound < 2 else {
            throw .notGeneratable(path: shape.path, reason: "'uniqueItems' cannot be guaranteed")
        }
        let prefix = min(shape.prefixCount, shape.items.upperBound)
        let isClosed = shape.schemas(ofItem: prefix).contains { !schema.nodes[$0].isSatisfiable }
        if prefix == 0, isClosed {
            return shape.items.lowerBound > 0 ? [] : [try literals([.list([])], path: shape.path)]
        }
        let explicit = shape.items.upperBound == .max ? limits.items : shape.items.upperBound
        let maximum = isClosed ? min(prefix, explicit) : max(explicit, shape.items.lowerBound)
        guard shape.items.lowerBound <= maximum else { return [] }

        var tail = GrammarNode.end
        let hasTail = !isClosed && maximum > prefix
        if hasTail || prefix == 0 {
            guard !shape.schemas(ofItem: prefix).isEmpty || maximum == 0 else {
                throw .notGeneratable(path: shape.path, reason: "the array says nothing about its items; give it 'items'")
            }
            var list = GrammarNode()
            let rule = maximum == 0 ? 0 : rule(for: shape.schemas(ofItem: prefix), path: shape.path + "/items")
            list.kind = .list(
                minimum: Int32(clamping: shape.items.lowerBound), maximum: Int32(clamping: maximum), rule: rule)
            tail = try add(list, path: shape.path)
        }
        guard prefix > 0 else { return [try add(opening("[", tail), path: shape.path)] }
        return [try prefixed(shape, count: prefix, tail: hasTail ? tail : nil)]
    }

    /// An array whose first `count` items each have schemas of their own; `tail` reads the others.
    private mutating func prefixed(_ shape: ValueShape, count: Int, tail: Int32?) throws(SchemaError) -> Int32 {
        var after: GrammarFrame
        if let tail {
            after = GrammarFrame(node: tail, count: Int32(clamping: count))
        } else {
            after = GrammarFrame(node: try add(opening("]", GrammarNode.end), path: shape.path))
        }
        for index in (0..<count).reversed() {
            let schemas = shape.schemas(ofItem: index)
            guard !schemas.isEmpty else {
                throw .notGeneratable(path: shape.path, reason: "nothing says what item \(index) may be")
            }
            var item = GrammarNode()
            item.calls = [GrammarNode.Call(rule: rule(for: schemas, path: shape.path + "/prefixItems/\(index)"), next: after)]
            let start = try add(item, path: shape.path)
            var node = index == 0 ? item : opening(",", start)
            if index >= shape.items.lowerBound {
                node.edges.append(GrammarNode.Edge(low: UInt8(ascii: "]"), high: UInt8(ascii: "]"), target: GrammarNode.end))
            }
            after = GrammarFrame(node: try add(node, path: shape.path))
        }
        return try add(opening("[", after.node), path: shape.path)
    }

    mutating func objects(_ shape: ValueShape) throws(SchemaError) -> [Int32] {
        guard shape.saysProperties || shape.propertyCounts.upperBound == 0 else {
            throw .notGeneratable(path: shape.path, reason: "the object lists no 'properties'")
        }
        let names = shape.propertyNames
        guard names.count <= shape.propertyCounts.upperBound, shape.required.count >= shape.propertyCounts.lowerBound else {
            throw .notGeneratable(
                path: shape.path, reason: "'minProperties' and 'maxProperties' cannot be guaranteed; use 'required'")
        }
        // Built from the last property back: afterProperty[i] reads what follows once all before i are settled.
        let close = GrammarNode.Edge(low: UInt8(ascii: "}"), high: UInt8(ascii: "}"), target: GrammarNode.end)
        var calls: [GrammarNode.Call] = []
        var last = GrammarNode()
        last.edges = [close]
        var next = try add(last, path: shape.path)
        for index in names.indices.reversed() {
            let schemas = shape.schemas(ofProperty: names[index])
            let path = shape.path + "/properties/" + JSONPointer.escaped(names[index])
            calls.append(GrammarNode.Call(rule: rule(for: schemas, path: path), next: GrammarFrame(node: next)))
            guard index > 0 else { break }
            next = try following(names, from: index, calls: calls, shape: shape, close: close)
        }
        return [try opened(names, calls: calls, shape: shape, close: close)]
    }

    /// The node after a property, when `index` is the next that may follow.
    private mutating func following(
        _ names: [String], from index: Int, calls: [GrammarNode.Call], shape: ValueShape, close: GrammarNode.Edge
    ) throws(SchemaError) -> Int32 {
        let keys = try add(tree(names, from: index, calls: calls, required: shape.required), path: shape.path)
        var node = opening(",", keys)
        if !names[index...].contains(where: shape.required.contains) { node.edges.append(close) }
        return try add(node, path: shape.path)
    }

    private mutating func opened(
        _ names: [String], calls: [GrammarNode.Call], shape: ValueShape, close: GrammarNode.Edge
    ) throws(SchemaError) -> Int32 {
        let keys = try add(tree(names, from: 0, calls: calls, required: shape.required), path: shape.path)
        if shape.required.isEmpty { nodes[Int(keys)].edges.append(close) }
        return try add(opening("{", keys), path: shape.path)
    }

    /// The keys that may come next: all from `index` up to the first required one.
    /// `calls` holds the calls of the last properties, the very last first.
    private func tree(_ names: [String], from index: Int, calls: [GrammarNode.Call], required: Set<String>) -> ByteTree {
        var tree = ByteTree()
        for position in index..<max(index, names.count) {
            let key = Array((Value.string(names[position]).json() + ":").utf8)
            tree.insert(key, end: .call(calls[names.count - 1 - position]))
            if required.contains(names[position]) { break }
        }
        return tree
    }
}
