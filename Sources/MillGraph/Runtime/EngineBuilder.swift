import Logging
import MillValue

/// Makes the nodes of a run and wires them up.
struct EngineBuilder {
    private let pipeline: CheckedPipeline
    private let options: RuntimeOptions
    private let resources: [ResourceKey: any Sendable]

    init(_ pipeline: CheckedPipeline, _ options: RuntimeOptions, _ resources: [ResourceKey: any Sendable]) {
        self.pipeline = pipeline
        self.options = options
        self.resources = resources
    }

    func build() throws(GraphError) -> Engine {
        for name in options.replacements.keys.sorted() where pipeline.node(named: name) == nil {
            throw .unknownReplacement(node: name)
        }
        var states: [NodeState] = []
        for index in pipeline.nodes.indices { states.append(try state(index)) }
        let reached = pipeline.nodes.indices.map(reachable)
        for (index, state) in states.enumerated() {
            state.ancestors = pipeline.nodes.indices.filter { reached[$0].contains(index) }
            if reached[index].contains(index) { state.loop = state.ancestors.filter(reached[index].contains) }
        }
        return Engine(
            pipeline, options: options, nodes: states, edges: pipeline.edges.map(EdgeState.init),
            makeNode: { [self] index throws(GraphError) in try makeNode(index) })
    }

    private func state(_ index: Int) throws(GraphError) -> NodeState {
        let node = pipeline.nodes[index]
        let incoming = node.type.inputs.indices.map { port in
            pipeline.edges.indices.filter { pipeline.edges[$0].to.nodeIndex == index && pipeline.edges[$0].to.portIndex == port }
        }
        let outputs = node.type.outputs.map(\.name) + (node.onError == .deadLetter ? [NodeType.deadLetterPort] : [])
        let outgoing = outputs.indices.map { port in
            pipeline.edges.indices.filter {
                pipeline.edges[$0].from.nodeIndex == index && pipeline.edges[$0].from.portIndex == port
            }
        }
        let envelope = Packet(
            payload: .tick, timestamp: options.clock.now, sequence: 0, key: node.name, trace: UInt64(index + 1) << 48,
            origin: index)
        return NodeState(
            index: index, checked: node, behavior: try makeNode(index), incoming: incoming, outgoing: outgoing,
            hasBackEdge: incoming.joined().contains { pipeline.edges[$0].isBackEdge },
            sink: StepSink(clock: options.clock, node: node.name, ports: outputs, envelope: envelope))
    }

    private func makeNode(_ index: Int) throws(GraphError) -> any NodeBehavior {
        let node = pipeline.nodes[index]
        var logger = options.logger
        logger[metadataKey: "node"] = "\(node.name)"
        let context = NodeContext(
            name: node.name, config: node.config, clock: options.clock, logger: logger, devices: node.devices,
            directory: node.directory,
            connectedInputs: Set(pipeline.edges.filter { $0.to.nodeIndex == index }.map(\.to.port)),
            connectedOutputs: Set(pipeline.edges.filter { $0.from.nodeIndex == index }.map(\.from.port)),
            modelName: node.modelName, connectionName: node.connectionName, resources: resources)
        do {
            return try (options.replacements[node.name] ?? node.type.make)(context)
        } catch {
            throw .nodeCreationFailed(
                node: node.name, type: node.type.name, reason: pipeline.redactor.redact("\(error)"))
        }
    }

    /// The nodes that `start` leads to, itself only if it is part of a loop.
    private func reachable(from start: Int) -> Set<Int> {
        var visited: Set<Int> = []
        var pending = [start]
        while let node = pending.popLast() {
            for edge in pipeline.edges where edge.from.nodeIndex == node {
                if visited.insert(edge.to.nodeIndex).inserted { pending.append(edge.to.nodeIndex) }
            }
        }
        return visited
    }
}
