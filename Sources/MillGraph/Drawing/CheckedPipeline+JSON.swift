import MillValue

extension CheckedPipeline {
    /// The graph for programs: the nodes with their types, and the edges with theirs. Parameters and configuration are left
    /// out, since secrets may be among them.
    public var graph: Value {
        ["pipeline": .string(name), "nodes": .list(nodes.map(Self.value)), "edges": .list(edges.map(Self.value))]
    }

    private static func value(_ node: CheckedNode) -> Value {
        let names = node.type.outputs.map(\.name) + (node.onError == .deadLetter ? [NodeType.deadLetterPort] : [])
        return [
            "name": .string(node.name), "type": .string(node.type.name), "model": node.modelName.map(Value.string) ?? .null,
            "connection": node.connectionName.map(Value.string) ?? .null,
            "when": node.condition.map { .string($0.source) } ?? .null, "parallel": .int(node.parallel),
            "batch": node.batch.map { ["size": .int($0.size), "timeout": .double($0.timeout.inSeconds)] } ?? .null,
            "outputs": .list(
                zip(names, node.outputTypes).map { name, type in ["name": .string(name), "type": .string("\(type)")] }),
        ]
    }

    private static func value(_ edge: CheckedEdge) -> Value {
        [
            "from": value(edge.from), "to": value(edge.to), "type": .string("\(edge.type)"),
            "sync": .string(edge.sync.rawValue),
            "queue": ["size": .int(edge.queue.size), "policy": .string(edge.queue.policy.rawValue)],
            "optional": .bool(edge.isOptional), "backEdge": .bool(edge.isBackEdge),
            "when": edge.condition.map { .string($0.source) } ?? .null,
        ]
    }

    private static func value(_ port: PortReference) -> Value { ["node": .string(port.node), "port": .string(port.port)] }
}
