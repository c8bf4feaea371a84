import MillValue

/// Turns the nodes of a file into a graph: types, references, ports, edges and loops.
struct GraphChecker {
    let registry: NodeRegistry
    let diagnostics: Diagnostics
    let settings: RunSettings
    private(set) var nodes: [Draft] = []
    private(set) var edges: [EdgeDraft] = []
    /// The places of nodes by their names.
    private var places: [String: Int] = [:]
    /// The edges into each node.
    private var incoming: [[Int]] = []

    /// A node whose type is known.
    struct Draft {
        let spec: NodeSpec
        let type: NodeType
        var outputTypes: [PortType]
        let onError: ErrorPolicy
        let condition: Condition?

        /// The names of its outputs, the implied one for failed packets among them.
        var outputNames: [String] { type.outputs.map(\.name) + (onError == .deadLetter ? [NodeType.deadLetterPort] : []) }
    }

    struct EdgeDraft {
        let edge: CheckedEdge
        let fromLocation: SourceLocation
        let backEdgeLocation: SourceLocation?
        let inputType: PortType
    }

    init(_ specs: [NodeSpec], registry: NodeRegistry, settings: RunSettings, diagnostics: Diagnostics) {
        self.registry = registry
        self.settings = settings
        self.diagnostics = diagnostics
        let all = Set(specs.map(\.name))
        for spec in specs {
            guard let type = checkedType(spec) else { continue }
            if places[spec.name] == nil { places[spec.name] = nodes.count }
            nodes.append(draft(spec, type))
        }
        incoming = Array(repeating: [], count: nodes.count)
        for index in nodes.indices { connect(index, allNames: all) }
        inferTypes()
        for index in nodes.indices { requireInputs(index) }
        checkEdgeTypes()
    }

    private func checkedType(_ spec: NodeSpec) -> NodeType? {
        if let type = registry.nodeType(named: spec.type.value) { return type }
        let names = registry.nodeTypes.map(\.name)
        diagnostics.error(
            at: spec.type.location, "unknown node type '\(spec.type.value)'",
            suggestion: Suggestion.closest(to: spec.type.value, among: names).map { "did you mean '\($0)'?" }
                ?? "'millrace nodes' lists the types")
        return nil
    }

    private func draft(_ spec: NodeSpec, _ type: NodeType) -> Draft {
        if let restart = spec.restart, !type.isSource {
            diagnostics.error(at: restart.location, "'restart' is for sources, but \(type.name) has inputs")
        }
        if let parallel = spec.parallel, !type.isParallel {
            refuse(
                "parallel", at: parallel.location, type, "work on several packets at once",
                registry.nodeTypes.filter(\.isParallel))
        }
        if let batch = spec.batch, !type.takesBatches {
            refuse("batch", at: batch.location, type, "take lists", registry.nodeTypes.filter(\.takesBatches))
        }
        let condition = spec.when.flatMap { tree in
            parseCondition(tree, variables: type.inputs.map(\.name), what: "'when' of node '\(spec.name)'")
        }
        if let when = spec.when, type.isSource {
            diagnostics.error(
                at: when.location, "a source has no inputs that 'when' could look at",
                suggestion: "put it on the input that reads '\(spec.name)'")
        }
        return Draft(
            spec: spec, type: type, outputTypes: type.outputs.map(\.type), onError: spec.onError ?? settings.onError,
            condition: condition)
    }

    private func refuse(_ key: String, at location: SourceLocation, _ type: NodeType, _ ability: String, _ able: [NodeType]) {
        let names = able.map(\.name).joined(separator: ", ")
        diagnostics.error(
            at: location, "'\(key)' is for types that can \(ability), and \(type.name) cannot",
            suggestion: names.isEmpty ? nil : "those that can: \(names)")
    }

    private func parseCondition(_ tree: Tree, variables: [String], what: String) -> Condition? {
        if tree.isUnresolved { return nil }
        guard let scalar = tree.scalar, !scalar.isNull else {
            diagnostics.error(at: tree.location, "\(what) must be a CEL expression, but it is \(tree.kindText)")
            return nil
        }
        return Condition.parse(
            scalar.string ?? scalar.json(), at: tree.location, variables: variables + ["value", "packet"], what: what, diagnostics
        )
    }

    // MARK: Edges

    private mutating func connect(_ index: Int, allNames: Set<String>) {
        let node = nodes[index]
        var connected: [String: Int] = [:]
        for input in node.spec.inputs {
            guard let port = node.type.inputs.firstIndex(where: { $0.name == input.port }) else {
                diagnostics.error(
                    at: input.portLocation, "\(node.type.name) has no input '\(input.port)'",
                    suggestion: node.type.inputs.isEmpty
                        ? "it is a source and has no inputs"
                        : suggestion(for: input.port, among: node.type.inputs.map(\.name), "its inputs"))
                continue
            }
            connected[input.port, default: 0] += 1
            if connected[input.port] == 2, !node.type.inputs[port].isVariadic {
                diagnostics.error(
                    at: input.from.location, "input '\(input.port)' of \(node.type.name) takes one output, not several")
            }
            guard let from = reference(input.from, reader: "input '\(input.port)' of node '\(node.spec.name)'", allNames) else {
                continue
            }
            incoming[index].append(edges.count)
            edges.append(edge(input, from, to: index, port: port))
        }
    }

    private func requireInputs(_ index: Int) {
        let node = nodes[index]
        // What could not be read may have been what is missing.
        guard !node.spec.hasUnreadableInputs else { return }
        checkTriggers(index)
        let given = Set(node.spec.inputs.map(\.port))
        for port in node.type.inputs where port.isRequired && !given.contains(port.name) {
            diagnostics.error(
                at: node.spec.location, "node '\(node.spec.name)' needs its input '\(port.name)' (\(port.type))",
                suggestion: fitting(port.type, except: index).map { "outputs that fit: \($0)" })
        }
    }

    /// A node whose inputs are all `latest` would never run.
    private func checkTriggers(_ index: Int) {
        let (spec, type) = (nodes[index].spec, nodes[index].type)
        let own = incoming[index].map { edges[$0] }
        // What is missing altogether has been reported already.
        let isWired = type.inputs.allSatisfy { input in
            !input.isRequired || own.contains { $0.edge.to.port == input.name }
        }
        guard !type.isSource, isWired, own.count == spec.inputs.count, own.allSatisfy({ $0.edge.sync == .latest }) else { return }
        let waiting = type.inputs.filter { $0.sync != .latest }.map(\.name)
        diagnostics.error(
            at: spec.location, "nothing makes node '\(spec.name)' run: none of its inputs waits for a packet",
            suggestion: (waiting.isEmpty ? "" : "connect \(waiting.joined(separator: " or ")), or ") + "give an input sync: any")
    }

    private func edge(_ input: InputSpec, _ from: PortReference, to index: Int, port: Int) -> EdgeDraft {
        let node = nodes[index]
        let spec = node.type.inputs[port]
        let what = "'when' of input '\(input.port)' of node '\(node.spec.name)'"
        let sync = input.sync ?? spec.sync
        if let timeout = input.timeout, sync != .exact {
            diagnostics.error(
                at: timeout.location, "'timeout' is for inputs with sync exact, but '\(input.port)' has \(sync.rawValue)")
        }
        let edge = CheckedEdge(
            from: from,
            to: PortReference(node: node.spec.name, port: spec.name, nodeIndex: index, portIndex: port),
            type: .any, queue: input.queue ?? .default, sync: sync, timeout: input.timeout?.value,
            onTimeout: input.onTimeout ?? .skip, isOptional: input.isOptional || !spec.isAwaited,
            isBackEdge: input.backEdge != nil, maximumRounds: input.maximumRounds,
            condition: input.when.flatMap { parseCondition($0, variables: [spec.name], what: what) })
        return EdgeDraft(
            edge: edge, fromLocation: input.from.location, backEdgeLocation: input.backEdge, inputType: spec.type)
    }

    /// Looks up `node` or `node/port`. Nil, with an error, when it names nothing.
    func reference(_ text: Located<String>, reader: String, _ allNames: Set<String>) -> PortReference? {
        let parts = text.value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0]
        guard let index = places[name] else {
            // A node that is there but of no known type has been reported already.
            if !allNames.contains(name) {
                diagnostics.error(
                    at: text.location, "\(reader) refers to '\(text.value)', but there is no node '\(name)'",
                    suggestion: suggestion(for: name, among: nodes.map(\.spec.name), "nodes"))
            }
            return nil
        }
        let outputs = nodes[index].outputNames
        let port = parts.count == 2 ? parts[1] : outputs.first ?? ""
        guard let portIndex = outputs.firstIndex(of: port) else {
            diagnostics.error(
                at: text.location,
                outputs.isEmpty ? "node '\(name)' has no outputs" : "node '\(name)' has no output '\(port)'",
                suggestion: port == NodeType.deadLetterPort
                    ? "give '\(name)' on_error: dead_letter"
                    : outputs.isEmpty ? nil : suggestion(for: port, among: outputs, "its outputs"))
            return nil
        }
        return PortReference(node: name, port: port, nodeIndex: index, portIndex: portIndex)
    }

    // MARK: Types

    /// Gives outputs that hand on an input the type of what is connected to it.
    private mutating func inferTypes() {
        var inferred = nodes.map { [PortType?](repeating: nil, count: $0.type.outputs.count) }
        for index in nodes.indices {
            for port in nodes[index].type.outputs.indices { infer(index, port, &inferred) }
        }
        for index in nodes.indices {
            for (port, type) in inferred[index].enumerated() { nodes[index].outputTypes[port] = type ?? .any }
            if nodes[index].onError == .deadLetter { nodes[index].outputTypes.append(.record(schema: "dead_letter")) }
        }
    }

    /// Follows what an output hands on to where its type is known; all outputs on the way have this type.
    private func infer(_ index: Int, _ port: Int, _ inferred: inout [[PortType?]]) {
        var way: [(index: Int, port: Int)] = []
        var visited: Set<[Int]> = []
        var (index, port) = (index, port)
        var result: PortType?
        while result == nil {
            let outputs = nodes[index].type.outputs
            if port >= outputs.count {
                result = .record(schema: "dead_letter")
            } else if let known = inferred[index][port] {
                result = known
            } else if let input = outputs[port].sameTypeAs, visited.insert([index, port]).inserted {
                way.append((index, port))
                if let edge = incoming[index].lazy.map({ edges[$0].edge }).first(where: { $0.to.port == input }) {
                    (index, port) = (edge.from.nodeIndex, edge.from.portIndex)
                } else {
                    result = .any
                }
            } else {
                way.append((index, port))
                result = outputs[port].type
            }
        }
        for (index, port) in way { inferred[index][port] = result }
    }

    private mutating func checkEdgeTypes() {
        for (position, draft) in edges.enumerated() {
            let edge = draft.edge
            let given = nodes[edge.from.nodeIndex].outputTypes[edge.from.portIndex]
            edges[position] = EdgeDraft(
                edge: edge.with(type: given), fromLocation: draft.fromLocation, backEdgeLocation: draft.backEdgeLocation,
                inputType: draft.inputType)
            guard !draft.inputType.accepts(given) else { continue }
            diagnostics.error(
                at: draft.fromLocation,
                "output \(edge.from) (\(given)) does not fit input \(edge.to) (\(draft.inputType))",
                suggestion: fitting(draft.inputType, except: edge.to.nodeIndex).map { "outputs that fit: \($0)" }
                    ?? "no output of this pipeline fits")
        }
    }

    /// The outputs of this pipeline that an input of that type takes.
    private func fitting(_ type: PortType, except index: Int) -> String? {
        var result: [String] = []
        for (position, node) in nodes.enumerated() where position != index {
            for (spec, output) in zip(node.type.outputs, node.outputTypes) {
                if output != .any, type.accepts(output) { result.append("\(node.spec.name)/\(spec.name)") }
            }
        }
        return result.isEmpty ? nil : result.prefix(8).joined(separator: ", ")
    }
}

extension NodeType {
    /// The implied output of nodes with `on_error: dead_letter`.
    static let deadLetterPort = "dead_letter"
}

extension CheckedEdge {
    func with(type: PortType) -> CheckedEdge {
        CheckedEdge(
            from: from, to: to, type: type, queue: queue, sync: sync, timeout: timeout, onTimeout: onTimeout,
            isOptional: isOptional, isBackEdge: isBackEdge, maximumRounds: maximumRounds, condition: condition)
    }
}
