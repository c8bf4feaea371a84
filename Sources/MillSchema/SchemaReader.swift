import MillValue

/// Turns a schema document into nodes and refuses whatever it does not understand.
struct SchemaReader {
    static let maximumDepth = 64
    static let maximumNodes = 10_000

    let document: Value
    var nodes: [SchemaNode] = []
    private var indices: [String: Int] = [:]
    private var depth = 0
    /// References are followed after the schema that holds them, so that chains of them do not nest.
    private var pendingReferences: [(node: Int, reference: String, path: String)] = []

    init(document: Value) { self.document = document }

    mutating func readDocument() throws(SchemaError) -> Int {
        let root = try read(document, at: "#")
        while let next = pendingReferences.popLast() {
            nodes[next.node].reference = try resolve(next.reference, at: next.path)
        }
        try checkReferences()
        return root
    }

    /// The node of the schema `value` at `path`, read at most once.
    mutating func read(_ value: Value, at path: String) throws(SchemaError) -> Int {
        if let index = indices[path] { return index }
        guard depth < Self.maximumDepth else { throw .tooLarge(path: path, what: "nested schemas", limit: Self.maximumDepth) }
        guard nodes.count < Self.maximumNodes else { throw .tooLarge(path: path, what: "subschemas", limit: Self.maximumNodes) }
        depth += 1
        defer { depth -= 1 }

        let index = nodes.count
        indices[path] = index
        nodes.append(SchemaNode(path: path))
        var node = SchemaNode(path: path)
        switch value {
        case .bool(let accepts): node.isSatisfiable = accepts
        case .map(let map):
            for (keyword, value) in map {
                try readKeyword(keyword, value, into: &node, at: path + "/" + JSONPointer.escaped(keyword))
            }
            try checkRanges(node)
        default: throw .invalidKeyword(path: path, expected: "a schema (an object or a boolean)", found: value.kind)
        }
        nodes[index] = node
        if let reference = value["$ref"]?.string { pendingReferences.append((index, reference, path + "/$ref")) }
        return index
    }

    /// The node that `reference` leads to.
    private mutating func resolve(_ reference: String, at path: String) throws(SchemaError) -> Int {
        guard let tokens = JSONPointer.tokens(ofFragment: reference), let target = JSONPointer.resolve(tokens, in: document)
        else {
            throw .unresolvedReference(path: path, reference: reference)
        }
        return try read(target, at: tokens.reduce("#") { $0 + "/" + JSONPointer.escaped($1) })
    }

    private func checkRanges(_ node: SchemaNode) throws(SchemaError) {
        if let lower = node.lowerBound, let upper = node.upperBound {
            let isEmpty = lower.value > upper.value || lower.value == upper.value && (lower.isExclusive || upper.isExclusive)
            if isEmpty {
                throw .invalidKeyword(
                    path: node.path, expected: "a minimum below the maximum", found: "\(lower.value) and \(upper.value)")
            }
        }
        let counts = [
            ("Length", node.minimumLength, node.maximumLength), ("Items", node.minimumItems, node.maximumItems),
            ("Properties", node.minimumProperties, node.maximumProperties),
        ]
        for case (let name, let minimum, let maximum?) in counts where minimum > maximum {
            throw .invalidKeyword(
                path: node.path, expected: "min\(name) of at most max\(name)", found: "\(minimum) and \(maximum)")
        }
    }

    /// Refuses chains of schemas that judge the same value and come back to where they started.
    private func checkReferences() throws(SchemaError) {
        enum Mark { case open, done }
        var marks: [Int: Mark] = [:]
        for start in nodes.indices where marks[start] == nil {
            var stack = [(node: start, next: 0)]
            marks[start] = .open
            while let (node, next) = stack.last {
                let targets = nodes[node].inPlace
                guard next < targets.count else {
                    marks[node] = .done
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                switch marks[targets[next]] {
                case .open: throw .endlessReference(path: nodes[node].path)
                case .done: break
                case nil:
                    marks[targets[next]] = .open
                    stack.append((targets[next], 0))
                }
            }
        }
    }
}
