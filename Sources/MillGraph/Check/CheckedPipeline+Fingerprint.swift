import MillValue

extension CheckedPipeline {
    /// The same for all files that say the same of nodes, edges, models, connections and devices, whatever their order, comments and
    /// names for people are; what a batch has done under another one is not done.
    package var fingerprint: String {
        let nodes = nodes.map { node in
            "\(node.name) \(node.type.name) \(node.config.values.sortedText) \(node.modelName ?? "")"
                + " \(node.connectionName ?? "") \(node.condition?.source ?? "") \(node.onError)"
        }
        let edges = edges.map { "\($0.label) \($0.sync.rawValue) \($0.isOptional) \($0.condition?.source ?? "")" }
        let resources = resources.map { "\($0.section.rawValue) \($0.name) \($0.config.values.sortedText)" }
        return Fingerprint.letters(
            (nodes.sorted() + edges.sorted() + resources.sorted() + [devices.json()]).joined(separator: "\n"))
    }
}

extension ValueMap {
    fileprivate var sortedText: String {
        map { "\($0.key)=\($0.value.json())" }.sorted().joined(separator: ",")
    }
}
