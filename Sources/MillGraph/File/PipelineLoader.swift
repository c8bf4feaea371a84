import MillValue

/// Reads and checks one pipeline file, section by section.
struct PipelineLoader {
    private let path: String
    private let directory: String
    private let registry: NodeRegistry
    private let diagnostics: Diagnostics
    private var expander: Expander

    static let version = 1

    init(path: String, registry: NodeRegistry, options: LoadOptions, diagnostics: Diagnostics) {
        let absolute = FileAccess.absolute(path, in: FileAccess.currentDirectory)
        let canonical = FileAccess.canonical(absolute) ?? absolute
        self.path = path
        self.registry = registry
        self.diagnostics = diagnostics
        directory = FileAccess.directory(of: canonical)
        expander = Expander(options: options, pipelinePath: canonical, diagnostics: diagnostics)
    }

    mutating func load(_ source: SourceText, parameters given: [String: String]) throws(PipelineErrors) -> CheckedPipeline {
        let start = SourceLocation(file: path, line: 1, column: 1)
        guard let tree = try YAMLReader.read(source, diagnostics: diagnostics) else {
            throw PipelineErrors([PipelineProblem(at: start, "the file is empty", suggestion: "start with version: 1")])
        }
        guard var reader = MapReader(tree, "the pipeline", diagnostics) else { throw PipelineErrors(diagnostics.sorted) }
        checkVersion(reader.take("version"), at: tree.location)
        let parameters = Parameters(
            reader.take("params"), given: given, file: start, directory: directory, expander: &expander,
            diagnostics: diagnostics)
        expander.parameters = parameters.trees
        expander.emptyPaths = parameters.emptyPaths
        let name = reader.string("name") ?? stem
        let summary = reader.string("description") ?? ""
        let settings = RunSettings.read(section(&reader, "run"), directory: directory, diagnostics)
        let devicesTree = section(&reader, "devices")
        let devices = checkedDevices(devicesTree)
        let resources = ResourceChecker(
            registry: registry, pipeline: name, directory: directory, devices: devices, network: settings.network,
            diagnostics: diagnostics)
        let models = section(&reader, "models")
        let connections = section(&reader, "connections")
        let checkedResources =
            resources.read(.models, models, expander: &expander)
            + resources.read(.connections, connections, expander: &expander)
        let specs = nodeSpecs(section(&reader, "nodes"), at: tree.location)
        let graph = GraphChecker(specs, registry: registry, settings: settings, diagnostics: diagnostics)
        LoopChecker(nodes: graph.nodes, edges: graph.edges, diagnostics: diagnostics).check()
        let names: [ResourceSection: [String]] = [
            .models: (models?.entries ?? []).map(\.key), .connections: (connections?.entries ?? []).map(\.key),
        ]
        let nodes = graph.nodes.map { checkedNode($0, devices: devices, resourceNames: names) }
        let tests = TestReader(graph: graph, directory: directory, diagnostics: diagnostics).read(section(&reader, "tests"))
        reader.finish()
        try diagnostics.check()
        return CheckedPipeline(
            name: name, summary: summary, path: path, directory: directory, parameters: parameters.checked, nodes: nodes,
            edges: graph.edges.map(\.edge), resources: checkedResources, devices: devices, settings: settings, tests: tests,
            warnings: diagnostics.sorted, redactor: Redactor(secrets: expander.secrets.used))
    }

    private mutating func section(_ reader: inout MapReader, _ key: String) -> Tree? {
        reader.take(key).map { expander.expand($0) }
    }

    private var stem: String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.split(separator: ".").first.map(String.init) ?? file
    }

    private func checkVersion(_ tree: Tree?, at location: SourceLocation) {
        guard let tree else {
            return diagnostics.error(at: location, "the file has no 'version'", suggestion: "start with version: \(Self.version)")
        }
        if tree.scalar != .int(Self.version) {
            diagnostics.error(
                at: tree.location, "version \(tree.shownText) of the format is unknown",
                suggestion: "this build reads version: \(Self.version)")
        }
    }

    private func nodeSpecs(_ tree: Tree?, at location: SourceLocation) -> [NodeSpec] {
        guard let tree else {
            diagnostics.error(at: location, "the file has no 'nodes'")
            return []
        }
        guard let entries = tree.entries, !entries.isEmpty else {
            if !tree.isUnresolved {
                let found = tree.entries == nil ? tree.kindText : "empty"
                diagnostics.error(at: tree.location, "'nodes' must be a mapping from names to nodes, but it is \(found)")
            }
            return []
        }
        return entries.compactMap { NodeSpec.read($0, diagnostics) }
    }

    private mutating func checkedDevices(_ tree: Tree?) -> Value {
        guard let tree, !tree.isUnresolved else { return .null }
        guard let entries = tree.entries else {
            diagnostics.error(at: tree.location, "'devices' must be a mapping, but it is \(tree.kindText)")
            return .null
        }
        guard let fields = registry.deviceFields else { return tree.value }
        let before = diagnostics.problems.count
        var result = ValueMap()
        var checker = ConfigChecker(directory: directory, diagnostics: diagnostics)
        for entry in entries {
            result[entry.key] = .map(
                checker.check(
                    entry.value, fields, owner: "device '\(entry.key)'", at: entry.keyLocation, expander: &expander))
        }
        if diagnostics.problems[before...].allSatisfy({ $0.severity == .warning }) {
            for problem in registry.checkDevices(.map(result)) {
                let owner = problem.path.first.map { "device '\($0)': " } ?? ""
                diagnostics.error(
                    at: tree.location(of: problem.path), "\(owner)\(problem.message)", suggestion: problem.suggestion)
            }
        }
        return .map(result)
    }

    private mutating func checkedNode(
        _ draft: GraphChecker.Draft, devices: Value, resourceNames: [ResourceSection: [String]]
    ) -> CheckedNode {
        let (spec, type) = (draft.spec, draft.type)
        let owner = "config of node '\(spec.name)'"
        let before = diagnostics.problems.count
        var checker = ConfigChecker(directory: directory, diagnostics: diagnostics)
        let values = checker.check(
            spec.config, type.configuration, owner: owner, at: spec.configLocation, expander: &expander)
        checkResource(.models, spec.model, isNeeded: type.needsModel, spec, resourceNames)
        checkResource(.connections, spec.connection, isNeeded: type.needsConnection, spec, resourceNames)
        let node = CheckedNode(
            name: spec.name, type: type, config: Configuration(values: values, owner: "node '\(spec.name)'"),
            modelName: spec.model?.value, connectionName: spec.connection?.value, condition: draft.condition,
            onError: draft.onError, restart: spec.restart?.value,
            parallel: spec.parallel?.value ?? (type.isParallel ? Machine.coreCount : 1), batch: spec.batch?.value,
            outputTypes: draft.outputTypes, devices: devices, directory: directory, location: spec.location)
        if diagnostics.problems[before...].allSatisfy({ $0.severity == .warning }) {
            for problem in type.check(node) {
                diagnostics.error(
                    at: spec.config?.location(of: problem.path) ?? spec.configLocation,
                    "node '\(spec.name)': \(problem.message)", suggestion: problem.suggestion)
            }
        }
        return node
    }

    private func checkResource(
        _ section: ResourceSection, _ given: Located<String>?, isNeeded: Bool, _ spec: NodeSpec,
        _ names: [ResourceSection: [String]]
    ) {
        let key = section == .models ? "model" : "connection"
        let known = names[section] ?? []
        guard let given else {
            if isNeeded, registry.nodeType(named: spec.type.value) != nil {
                diagnostics.error(
                    at: spec.location, "node '\(spec.name)' (\(spec.type.value)) needs a '\(key)'",
                    suggestion: known.isEmpty
                        ? "declare one under '\(section.rawValue)'" : "\(key): \(known.joined(separator: " or "))")
            }
            return
        }
        if !isNeeded {
            diagnostics.error(at: given.location, "\(spec.type.value) uses no '\(key)'", suggestion: "remove it")
        } else if !known.contains(given.value) {
            diagnostics.error(
                at: given.location, "there is no \(key) '\(given.value)'",
                suggestion: suggestion(for: given.value, among: known, section.rawValue)
                    ?? "declare it under '\(section.rawValue)'")
        }
    }
}
