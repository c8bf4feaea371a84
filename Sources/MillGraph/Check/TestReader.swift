import MillValue

/// Reads the `tests` section.
struct TestReader {
    let graph: GraphChecker
    let directory: String
    let diagnostics: Diagnostics

    func read(_ tree: Tree?) -> [PipelineTest] {
        guard let tree, !tree.isUnresolved else { return [] }
        guard let items = tree.items else {
            diagnostics.error(at: tree.location, "'tests' must be a list, but it is \(tree.kindText)")
            return []
        }
        return items.enumerated().compactMap { read($0.element, number: $0.offset + 1) }
    }

    private func read(_ tree: Tree, number: Int) -> PipelineTest? {
        guard var reader = MapReader(tree, "test \(number)", diagnostics) else { return nil }
        let name = reader.string("name")
        let stubs = reader.take("stub").map(readStubs) ?? []
        let expectations = reader.take("expect").map(readExpectations) ?? []
        reader.finish()
        if tree["name"] == nil { diagnostics.error(at: tree.location, "test \(number) has no 'name'") }
        if tree["expect"] == nil {
            diagnostics.error(at: tree.location, "test \(number) expects nothing", suggestion: "expect: {node/output: [value]}")
        }
        return PipelineTest(name: name ?? "test \(number)", stubs: stubs, expectations: expectations, location: tree.location)
    }

    private func readStubs(_ tree: Tree) -> [(node: String, files: [String])] {
        guard let entries = tree.entries else {
            diagnostics.error(at: tree.location, "'stub' must be a mapping from sources to files, but it is \(tree.kindText)")
            return []
        }
        return entries.compactMap { entry in
            guard let node = graph.nodes.first(where: { $0.spec.name == entry.key }) else {
                diagnostics.error(
                    at: entry.keyLocation, "there is no node '\(entry.key)'",
                    suggestion: suggestion(for: entry.key, among: graph.nodes.map(\.spec.name), "nodes"))
                return nil
            }
            if !node.type.isSource {
                diagnostics.error(at: entry.keyLocation, "'\(entry.key)' is no source; files can only stand in for sources")
            }
            let files = entry.value.items ?? [entry.value]
            return (
                entry.key,
                files.compactMap { file in
                    if let path = file.string { return FileAccess.absolute(path, in: directory) }
                    diagnostics.error(at: file.location, "a stub is the path of a file, but this is \(file.shownText)")
                    return nil
                }
            )
        }
    }

    private func readExpectations(_ tree: Tree) -> [(output: PortReference, values: [Value])] {
        guard let entries = tree.entries else {
            diagnostics.error(at: tree.location, "'expect' must be a mapping from outputs to values, but it is \(tree.kindText)")
            return []
        }
        return entries.compactMap { entry in
            let reference = graph.reference(Located(entry.key, at: entry.keyLocation), reader: "'expect'", [])
            guard let items = entry.value.items else {
                diagnostics.error(at: entry.value.location, "the values expected at '\(entry.key)' must be a list")
                return nil
            }
            return reference.map { ($0, items.map(\.value)) }
        }
    }
}
