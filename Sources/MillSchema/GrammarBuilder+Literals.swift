import MillValue

extension GrammarBuilder {
    /// A tree of the compact JSON texts of `values`.
    mutating func literals(_ values: [Value], path: String) throws(SchemaError) -> Int32 {
        var tree = ByteTree()
        for value in values { tree.insert(Array(value.json().utf8), end: .end) }
        return try add(tree, path: path)
    }

    /// Adds the nodes of `tree` and returns its root.
    mutating func add(_ tree: ByteTree, path: String) throws(SchemaError) -> Int32 {
        var indices: [Int32] = []
        for _ in tree.nodes { indices.append(try add(GrammarNode(), path: path)) }
        for (local, entry) in tree.nodes.enumerated() {
            var node = GrammarNode()
            node.edges = entry.children.map { GrammarNode.Edge(low: $0.byte, high: $0.byte, target: indices[$0.node]) }
            switch entry.end {
            case .end: node.isEnd = true
            case .call(let call): node.calls = [call]
            case nil: break
            }
            nodes[Int(indices[local])] = node
        }
        return indices[0]
    }
}

/// Byte strings that share their beginnings.
struct ByteTree {
    enum End {
        case end
        case call(GrammarNode.Call)
    }

    struct Entry {
        var children: [(byte: UInt8, node: Int)] = []
        var end: End?
    }

    private(set) var nodes = [Entry()]

    mutating func insert(_ bytes: [UInt8], end: End) {
        var current = 0
        for byte in bytes {
            if let next = nodes[current].children.first(where: { $0.byte == byte }) {
                current = next.node
            } else {
                nodes.append(Entry())
                nodes[current].children.append((byte, nodes.count - 1))
                current = nodes.count - 1
            }
        }
        nodes[current].end = end
    }
}
