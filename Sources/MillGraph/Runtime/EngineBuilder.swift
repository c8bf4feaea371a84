import Logging
import MillValue

/// Makes the nodes of a run and wires them up.
struct EngineBuilder {
    private let pipeline: CheckedPipeline
    private let options: RuntimeOptions
    private let resources: [ResourceKey: any Sendable]
    /// The edges into and out of each node.
    private let arriving: [[Int]]
    private let leaving: [[Int]]
    private let fingerprint: String

    init(_ pipeline: CheckedPipeline, _ options: RuntimeOptions, _ resources: [ResourceKey: any Sendable]) {
        self.pipeline = pipeline
        self.options = options
        self.resources = resources
        fingerprint = pipeline.fingerprint
        var arriving = [[Int]](repeating: [], count: pipeline.nodes.count)
        var leaving = arriving
        for (index, edge) in pipeline.edges.enumerated() {
            arriving[edge.to.nodeIndex].append(index)
            leaving[edge.from.nodeIndex].append(index)
        }
        self.arriving = arriving
        self.leaving = leaving
    }

    func build() throws(GraphError) -> Engine {
        for name in options.replacements.keys.sorted() where pipeline.node(named: name) == nil {
            throw .unknownReplacement(node: name)
        }
        var states: [NodeState] = []
        for index in pipeline.nodes.indices { states.append(try state(index)) }
        for ring in rings() {
            for index in ring { states[index].loop = ring }
        }
        return Engine(
            pipeline, options: options, nodes: states, edges: pipeline.edges.map(EdgeState.init),
            makeNode: { [self] index throws(GraphError) in try makeNode(index) })
    }

    private func state(_ index: Int) throws(GraphError) -> NodeState {
        let node = pipeline.nodes[index]
        let incoming = node.type.inputs.indices.map { port in
            arriving[index].filter { pipeline.edges[$0].to.portIndex == port }
        }
        let outputs = node.type.outputs.map(\.name) + (node.onError == .deadLetter ? [NodeType.deadLetterPort] : [])
        let outgoing = outputs.indices.map { port in
            leaving[index].filter { pipeline.edges[$0].from.portIndex == port }
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
            connectedInputs: Set(arriving[index].map { pipeline.edges[$0].to.port }),
            connectedOutputs: Set(leaving[index].map { pipeline.edges[$0].from.port }),
            pipelineFingerprint: fingerprint, modelName: node.modelName, connectionName: node.connectionName, resources: resources
        )
        do {
            return try (options.replacements[node.name] ?? node.type.make)(context)
        } catch {
            throw .nodeCreationFailed(
                node: node.name, type: node.type.name, reason: pipeline.redactor.redact("\(error)"))
        }
    }

    /// The sets of nodes that lead to one another, each in ascending order; a node outside loops is in none.
    ///
    /// Tarjan's strongly connected components (1972), with a stack of its own, since a file may hold thousands of nodes.
    private func rings() -> [[Int]] {
        let count = pipeline.nodes.count
        var (order, lowest) = ([Int](repeating: -1, count: count), [Int](repeating: 0, count: count))
        var isOpen = [Bool](repeating: false, count: count)
        var (open, rings, visits): ([Int], [[Int]], Int) = ([], [], 0)
        var path: [(node: Int, next: Int)] = []
        func enter(_ node: Int) {
            (order[node], lowest[node], isOpen[node]) = (visits, visits, true)
            visits += 1
            open.append(node)
            path.append((node, 0))
        }
        for start in 0..<count where order[start] < 0 {
            enter(start)
            while let (node, next) = path.last {
                if next < leaving[node].count {
                    path[path.count - 1].next += 1
                    let target = pipeline.edges[leaving[node][next]].to.nodeIndex
                    if order[target] < 0 {
                        enter(target)
                    } else if isOpen[target] {
                        lowest[node] = min(lowest[node], order[target])
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node { lowest[parent] = min(lowest[parent], lowest[node]) }
                guard lowest[node] == order[node], let first = open.lastIndex(of: node) else { continue }
                let ring = open[first...].sorted()
                open.removeSubrange(first...)
                for member in ring { isOpen[member] = false }
                let leadsToItself = leaving[node].contains { pipeline.edges[$0].to.nodeIndex == node }
                if ring.count > 1 || leadsToItself { rings.append(ring) }
            }
        }
        return rings
    }
}
