import MillValue

extension CheckedPipeline {
    /// A Mermaid flowchart with types on the edges; back edges are dotted.
    public func mermaid() -> String {
        var lines = ["flowchart TD"]
        for (index, node) in nodes.enumerated() {
            lines.append("    n\(index)[\"\(node.name.escapedForMarkup)<br/><small>\(node.type.name.escapedForMarkup)</small>\"]")
        }
        for edge in edges {
            let arrow = edge.isBackEdge ? "-.->" : "-->"
            lines.append(
                "    n\(edge.from.nodeIndex) \(arrow)|\"\(edge.type.description.escapedForMarkup)\"| n\(edge.to.nodeIndex)")
        }
        return lines.joined(separator: "\n")
    }

    /// A Graphviz graph with ports and types on the edges; back edges are dashed.
    public func dot() -> String {
        var lines = [
            "digraph \(Self.quoted(name)) {",
            "    node [shape=box, style=rounded, fontname=\"sans-serif\"];",
            "    edge [fontname=\"sans-serif\", fontsize=10];",
        ]
        for (index, node) in nodes.enumerated() {
            lines.append("    n\(index) [label=\(Self.quoted(node.name + "\n" + node.type.name))];")
        }
        for edge in edges {
            let style = edge.isBackEdge ? ", style=dashed, constraint=false" : ""
            lines.append(
                "    n\(edge.from.nodeIndex) -> n\(edge.to.nodeIndex) [label=\(Self.quoted(edge.type.description)), "
                    + "tooltip=\(Self.quoted(edge.label))\(style)];")
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    /// What will run: parameters, nodes in the order of the data, edges with their queues, joins and loops. Secrets
    /// are hidden.
    public func plan() -> String {
        var lines = ["pipeline \(name)" + (summary.isEmpty ? "" : ": \(summary)")]
        lines.append("  network \(settings.network.rawValue)" + deadlineText)
        if !parameters.isEmpty {
            lines += ["", "parameters"] + Self.table(parameters.map { [$0.name, $0.type, $0.value.json()] })
        }
        if !resources.isEmpty {
            lines += ["", "models and connections"]
            lines += Self.table(resources.map { [$0.section.rawValue, $0.name, Value.map($0.config.values).json()] })
        }
        lines += ["", "nodes, in the order of the data"]
        lines += Self.table(dataOrder.map { row(nodes[$0]) })
        lines += ["", "edges"]
        lines += Self.table(edges.map(Self.row))
        return redactor.redact(lines.joined(separator: "\n"))
    }

    /// Node indices such that every edge but the back edges goes forward.
    package var dataOrder: [Int] {
        let ranks = Layout.ranks(of: self)
        return nodes.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
    }

    private var deadlineText: String { settings.deadline.map { ", deadline \($0.inSecondsText)" } ?? "" }

    private func row(_ node: CheckedNode) -> [String] {
        var notes: [String] = []
        if let model = node.modelName { notes.append("model \(model)") }
        if let connection = node.connectionName { notes.append("connection \(connection)") }
        if let condition = node.condition { notes.append("when \(condition.source)") }
        if node.parallel > 1 { notes.append("\(node.parallel) at once") }
        if let batch = node.batch {
            notes.append("lists of \(batch.size)" + (batch.timeout > .zero ? " or after \(batch.timeout.inSecondsText)" : ""))
        }
        switch node.onError {
        case .fail: break
        case .skip: notes.append("on error skip")
        case .retry(let attempts, let delay): notes.append("on error retry \(attempts) times after \(delay.inSecondsText)")
        case .deadLetter: notes.append("on error dead letter")
        }
        if let restart = node.restart, restart.onFailure {
            notes.append("restarts after \(restart.delay.inSecondsText) to \(restart.maximumDelay.inSecondsText)")
        }
        return [node.name, node.type.name, notes.joined(separator: ", ")]
    }

    private static func row(_ edge: CheckedEdge) -> [String] {
        var notes = ["queue \(edge.queue.size) \(edge.queue.policy.rawValue)", "sync \(edge.sync.rawValue)"]
        if let timeout = edge.timeout { notes.append("timeout \(timeout.inSecondsText) \(edge.onTimeout.rawValue)") }
        if edge.isOptional { notes.append("optional") }
        if edge.isBackEdge { notes.append("back edge") }
        if let rounds = edge.maximumRounds { notes.append("at most \(rounds) rounds") }
        if let condition = edge.condition { notes.append("when \(condition.source)") }
        return [edge.label, edge.type.description, notes.joined(separator: ", ")]
    }

    /// Rows with aligned columns.
    private static func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = " "
            for (text, width) in zip(row, widths) { line += " " + text + String(repeating: " ", count: width - text.count + 1) }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result + "\""
    }
}
