import MillValue

/// Compiles a schema to the nodes and rules of a ``JSONGrammar``.
///
/// A rule stands for a set of schemas that judge the same value; rules are compiled from a list, never by recursion.
struct GrammarBuilder {
    let schema: JSONSchema
    let limits: JSONGrammar.Limits
    var nodes: [GrammarNode] = []
    var rules: [GrammarRule] = []
    /// Why some values that the schema allows are left out altogether; matters only when nothing else is left.
    var omission: SchemaError?

    private var ruleIndices: [[Int]: Int32] = [:]
    private var pending: [(rule: Int32, schemas: [Int], path: String)] = []

    init(schema: JSONSchema, limits: JSONGrammar.Limits) {
        self.schema = schema
        self.limits = limits
        var end = GrammarNode()
        end.isEnd = true
        nodes = [end]
    }

    /// Compiles everything and returns the root's rule.
    mutating func build() throws(SchemaError) -> Int32 {
        let root = rule(for: [schema.root], path: "#")
        while let next = pending.popLast() {
            let alternatives = try schema.alternatives(of: next.schemas)
            for leaves in alternatives {
                let shape = ValueShape(leaves.map { schema.nodes[$0] })
                let entries = try compile(shape, schemas: next.schemas, path: leaves.isEmpty ? next.path : shape.path)
                rules[Int(next.rule)].entries += entries
            }
        }
        computeNeeds()
        return root
    }

    /// The rule for values that all of `schemas` judge.
    mutating func rule(for schemas: [Int], path: String) -> Int32 {
        let key = Set(schemas).sorted()
        if let known = ruleIndices[key] { return known }
        let index = Int32(rules.count)
        rules.append(GrammarRule())
        ruleIndices[key] = index
        pending.append((index, key, path))
        return index
    }

    mutating func add(_ node: GrammarNode, path: String) throws(SchemaError) -> Int32 {
        guard nodes.count < limits.nodes else {
            throw .tooLarge(path: path, what: "positions in the automaton", limit: limits.nodes)
        }
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    /// The entries for values of `shape`.
    private mutating func compile(_ shape: ValueShape, schemas: [Int], path: String) throws(SchemaError) -> [Int32] {
        guard shape.isSatisfiable else { return [] }
        if let allowed = shape.allowed {
            let fitting = allowed.filter { schema.accepts($0, nodes: schemas) }
            return fitting.isEmpty ? [] : [try literals(fitting, path: path)]
        }
        guard shape.types != .all else {
            throw .notGeneratable(path: path, reason: "nothing says which values it may take; give it a type")
        }
        var constants: [Value] = []
        if shape.types.contains(.null) { constants.append(.null) }
        if shape.types.contains(.boolean) { constants += [.bool(true), .bool(false)] }
        var entries = constants.isEmpty ? [] : [try literals(constants, path: path)]
        if shape.types.contains(.string) { entries += try strings(shape) }
        if !shape.types.isDisjoint(with: .number) { entries += try numbers(shape) }
        if shape.types.contains(.array) { entries += try arrays(shape) }
        if shape.types.contains(.object) { entries += try objects(shape) }
        return entries
    }

    private mutating func strings(_ shape: ValueShape) throws(SchemaError) -> [Int32] {
        guard shape.pattern == nil else {
            throw .notGeneratable(
                path: shape.path,
                reason: "'pattern' is checked on given values but cannot be generated; list the values in 'enum'")
        }
        let (minimum, stated) = (shape.lengths.lowerBound, shape.lengths.upperBound)
        let maximum = stated == .max ? max(minimum, limits.stringLength) : stated
        var text = GrammarNode()
        text.kind = .text(minimum: Int32(clamping: minimum), maximum: Int32(clamping: maximum))
        let body = try add(text, path: shape.path)
        return [try add(opening("\"", body), path: shape.path)]
    }

    /// A node that reads one byte and goes on at `target`.
    func opening(_ byte: Unicode.Scalar, _ target: Int32) -> GrammarNode {
        var node = GrammarNode()
        node.edges = [GrammarNode.Edge(low: UInt8(ascii: byte), high: UInt8(ascii: byte), target: target)]
        return node
    }

    /// Finds, for every node and rule, the fewest levels of the stack that the way to its end takes.
    private mutating func computeNeeds() {
        for index in nodes.indices {
            switch nodes[index].kind {
            case .text: nodes[index].need = 0
            case .list(let minimum, _, _) where minimum == 0: nodes[index].need = 0
            default: nodes[index].need = nodes[index].isEnd ? 0 : GrammarNode.never
            }
        }
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for index in nodes.indices.reversed() {
                let need = need(ofNode: index)
                if need < nodes[index].need {
                    nodes[index].need = need
                    hasChanged = true
                }
            }
            for index in rules.indices {
                let need = rules[index].entries.map { nodes[Int($0)].need }.min() ?? GrammarNode.never
                if need < rules[index].need {
                    rules[index].need = need
                    hasChanged = true
                }
            }
        }
    }

    private func need(ofNode index: Int) -> Int32 {
        let node = nodes[index]
        var need = node.need
        for edge in node.edges { need = min(need, nodes[Int(edge.target)].need) }
        for call in node.calls {
            let after: Int32 =
                if case .list(let minimum, _, let rule) = nodes[Int(call.next.node)].kind {
                    call.next.count < minimum ? 1 + rules[Int(rule)].need : 0
                } else {
                    nodes[Int(call.next.node)].need
                }
            need = min(need, max(1 + rules[Int(call.rule)].need, after))
        }
        if case .list(let minimum, _, let rule) = node.kind, minimum > 0 { need = min(need, 1 + rules[Int(rule)].need) }
        return need
    }
}
