import MillValue

extension NodeSpec {
    static func read(_ entry: Tree.Entry, _ diagnostics: Diagnostics) -> NodeSpec? {
        let name = entry.key
        if !isName(name) {
            diagnostics.error(
                at: entry.keyLocation, "'\(name)' cannot name a node",
                suggestion: "use letters, digits, _ and -, starting with a letter")
        }
        guard var reader = MapReader(entry.value, "node '\(name)'", diagnostics) else { return nil }
        let isRefused = refuseUnsupported(&reader, ["use": "sub-pipelines"])
        let type = reader.located("type")
        let problemCount = diagnostics.problems.count
        let inputs = reader.take("inputs").map { InputSpec.read($0, node: name, diagnostics) } ?? []
        let hasUnreadableInputs = diagnostics.problems.count > problemCount
        let config = reader.take("config")
        let restart = reader.take("restart")
        let parallel = reader.int("parallel", in: 1...64)
        let batch = reader.take("batch")
        let spec = NodeSpec(
            name: name, location: entry.keyLocation, type: type ?? Located("", at: entry.keyLocation),
            model: reader.located("model"), connection: reader.located("connection"), config: config,
            configLocation: config == nil ? entry.keyLocation : reader.keyLocation("config"),
            inputs: inputs, hasUnreadableInputs: hasUnreadableInputs, when: reader.take("when"),
            onError: reader.take("on_error").flatMap { ErrorPolicy.read($0, diagnostics) },
            restart: restart.flatMap { tree in
                RestartPolicy.read(tree, diagnostics).map { Located($0, at: reader.keyLocation("restart")) }
            },
            parallel: parallel.map { Located($0, at: reader.keyLocation("parallel")) },
            batch: batch.flatMap { tree in
                BatchSettings.read(tree, "node '\(name)'", diagnostics).map { Located($0, at: reader.keyLocation("batch")) }
            })
        reader.finish()
        guard type != nil else {
            if !isRefused, entry.value["type"] == nil {
                diagnostics.error(
                    at: entry.keyLocation, "node '\(name)' has no 'type'", suggestion: "such as type: source.directory")
            }
            return nil
        }
        return spec
    }

    private static func isName(_ name: String) -> Bool {
        name.first?.isLetter == true && name.count <= 64
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }
}

extension InputSpec {
    static func read(_ tree: Tree, node: String, _ diagnostics: Diagnostics) -> [InputSpec] {
        guard let entries = tree.entries else {
            if !tree.isUnresolved {
                diagnostics.error(
                    at: tree.location, "'inputs' of node '\(node)' must be a mapping of ports, but it is \(tree.kindText)",
                    suggestion: "inputs: {port: node/output}")
            }
            return []
        }
        return entries.flatMap { entry -> [InputSpec] in
            let items = entry.value.items ?? [entry.value]
            return items.compactMap { read($0, entry, node: node, diagnostics) }
        }
    }

    private static func read(_ tree: Tree, _ entry: Tree.Entry, node: String, _ diagnostics: Diagnostics) -> InputSpec? {
        let what = "input '\(entry.key)' of node '\(node)'"
        if let from = tree.string {
            return InputSpec(
                port: entry.key, portLocation: entry.keyLocation, from: Located(from, at: tree.location), queue: nil,
                sync: nil, timeout: nil, onTimeout: nil, isOptional: false, backEdge: nil, maximumRounds: nil, when: nil)
        }
        guard tree.entries != nil else {
            if !tree.isUnresolved {
                diagnostics.error(
                    at: tree.location, "\(what) must name an output, but it is \(tree.shownText)",
                    suggestion: "write \(entry.key): node/output")
            }
            return nil
        }
        guard var reader = MapReader(tree, what, diagnostics) else { return nil }
        refuseBatch(&reader)
        let from = reader.located("from")
        let timeout = reader.duration("timeout")
        let isBackEdge = reader.bool("back_edge") ?? false
        let spec = InputSpec(
            port: entry.key, portLocation: entry.keyLocation, from: from ?? Located("", at: tree.location),
            queue: reader.take("queue").flatMap { QueueSettings.read($0, what, diagnostics) },
            sync: reader.choice("sync"), timeout: timeout.map { Located($0, at: reader.keyLocation("timeout")) },
            onTimeout: reader.choice("on_timeout"), isOptional: reader.bool("optional") ?? false,
            backEdge: isBackEdge ? reader.keyLocation("back_edge") : nil,
            maximumRounds: reader.int("max_rounds", in: 1...1_000_000), when: reader.take("when"))
        reader.finish()
        check(spec, reader, what)
        guard from != nil else {
            if tree["from"] == nil {
                diagnostics.error(at: tree.location, "\(what) has no 'from'", suggestion: "from: node/output")
            }
            return nil
        }
        return spec
    }

    private static func check(_ spec: InputSpec, _ reader: MapReader, _ what: String) {
        if spec.onTimeout != nil, spec.timeout == nil {
            reader.diagnostics.error(
                at: reader.keyLocation("on_timeout"), "\(what) has 'on_timeout' without 'timeout'",
                suggestion: "add timeout: 2s")
        }
        if spec.maximumRounds != nil, spec.backEdge == nil {
            reader.diagnostics.error(
                at: reader.keyLocation("max_rounds"), "'max_rounds' is for inputs with 'back_edge: true'")
        }
    }
}

/// Refuses keys that the format knows and this version does not run.
private func refuseUnsupported(_ reader: inout MapReader, _ keys: KeyValuePairs<String, String>) -> Bool {
    var isRefused = false
    for (key, meaning) in keys where reader.tree[key] != nil {
        _ = reader.take(key)
        isRefused = true
        reader.diagnostics.error(at: reader.keyLocation(key), "'\(key)' (\(meaning)) is not supported in this version")
    }
    return isRefused
}

/// Batches are of nodes.
private func refuseBatch(_ reader: inout MapReader) {
    guard reader.tree["batch"] != nil else { return }
    _ = reader.take("batch")
    reader.diagnostics.error(
        at: reader.keyLocation("batch"), "'batch' is a key of nodes, not of inputs", suggestion: "put it beside 'inputs'")
}

extension MapReader {
    /// A text with the place of its value.
    mutating func located(_ key: String) -> Located<String>? {
        guard let location = tree[key]?.location else {
            _ = take(key)
            return nil
        }
        return string(key).map { Located($0, at: location) }
    }
}
