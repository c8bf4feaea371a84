/// Checks that every cycle is closed by exactly one marked edge and has a bound.
struct LoopChecker {
    let nodes: [GraphChecker.Draft]
    let edges: [GraphChecker.EdgeDraft]
    let diagnostics: Diagnostics
    /// The edges without a mark that leave each node.
    private let successors: [[GraphChecker.EdgeDraft]]

    init(nodes: [GraphChecker.Draft], edges: [GraphChecker.EdgeDraft], diagnostics: Diagnostics) {
        self.nodes = nodes
        self.edges = edges
        self.diagnostics = diagnostics
        var successors = [[GraphChecker.EdgeDraft]](repeating: [], count: nodes.count)
        for edge in edges where !edge.edge.isBackEdge { successors[edge.edge.from.nodeIndex].append(edge) }
        self.successors = successors
    }

    func check() {
        refuseUnmarkedCycles()
        for edge in edges where edge.edge.isBackEdge { checkBackEdge(edge) }
    }

    /// Depth first along the edges without a mark; an edge to a node on the current path closes a cycle.
    private func refuseUnmarkedCycles() {
        var isDone = [Bool](repeating: false, count: nodes.count)
        /// Where on the current path a node stands.
        var place = [Int?](repeating: nil, count: nodes.count)
        for start in nodes.indices where !isDone[start] {
            var path = [start]
            var pending = [successors[start][...]]
            place[start] = 0
            while var next = pending.popLast() {
                guard let edge = next.popFirst() else {
                    let node = path.removeLast()
                    (isDone[node], place[node]) = (true, nil)
                    continue
                }
                pending.append(next)
                let target = edge.edge.to.nodeIndex
                if let first = place[target] {
                    report(path[first...], edge)
                } else if !isDone[target] {
                    place[target] = path.count
                    path.append(target)
                    pending.append(successors[target][...])
                }
            }
        }
    }

    private func report(_ cycle: ArraySlice<Int>, _ edge: GraphChecker.EdgeDraft) {
        diagnostics.error(
            at: edge.fromLocation, "these nodes form a cycle: \(Self.text(of: cycle.map { nodes[$0].spec.name }))",
            suggestion: "mark the input that closes it: \(edge.edge.to.port): {from: \(edge.edge.from), back_edge: true}")
    }

    /// The names in a ring; of a long one only the two ends.
    private static func text(of names: [String]) -> String {
        let shown = names.count <= 40 ? names : names.prefix(20) + ["… (\(names.count - 40) more)"] + names.suffix(20)
        return (shown + [names[0]]).joined(separator: " → ")
    }

    private func checkBackEdge(_ draft: GraphChecker.EdgeDraft) {
        let edge = draft.edge
        let location = draft.backEdgeLocation ?? draft.fromLocation
        guard reaches(edge.to.nodeIndex, edge.from.nodeIndex, where: { _ in true }, through: { _ in true }) else {
            return diagnostics.error(
                at: location, "\(edge.label) closes no cycle: nothing leads from '\(edge.to.node)' to '\(edge.from.node)'",
                suggestion: "remove back_edge")
        }
        // A packet at a `latest` input makes no node run, so it cannot go round.
        if edge.sync == .latest || edge.maximumRounds != nil { return }
        guard
            reaches(
                edge.to.nodeIndex, edge.from.nodeIndex, where: { $0.sync != .latest },
                through: { !nodes[$0].type.boundsLoop })
        else { return }
        diagnostics.error(
            at: location, "the loop that \(edge.label) closes has no bound",
            suggestion: "add max_rounds: 8, or sync: latest, or a flow.limit in the loop")
    }

    /// Whether edges that `isUsed` lead from `start` to `end` over nodes that are `open`, both ends among them.
    private func reaches(
        _ start: Int, _ end: Int, where isUsed: (CheckedEdge) -> Bool, through isOpen: (Int) -> Bool
    ) -> Bool {
        guard isOpen(start), isOpen(end) else { return false }
        var visited: Set<Int> = [start]
        var pending = [start]
        while let node = pending.popLast() {
            if node == end { return true }
            for edge in successors[node] where isUsed(edge.edge) && isOpen(edge.edge.to.nodeIndex) {
                if visited.insert(edge.edge.to.nodeIndex).inserted { pending.append(edge.edge.to.nodeIndex) }
            }
        }
        return false
    }
}
