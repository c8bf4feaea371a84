/// Checks that every cycle is closed by exactly one marked edge and has a bound.
struct LoopChecker {
    let nodes: [GraphChecker.Draft]
    let edges: [GraphChecker.EdgeDraft]
    let diagnostics: Diagnostics

    func check() {
        refuseUnmarkedCycles()
        for edge in edges where edge.edge.isBackEdge { checkBackEdge(edge) }
    }

    private func successors(_ node: Int, where isUsed: (CheckedEdge) -> Bool = { _ in true }) -> [GraphChecker.EdgeDraft] {
        edges.filter { $0.edge.from.nodeIndex == node && !$0.edge.isBackEdge && isUsed($0.edge) }
    }

    /// Depth first along the edges without a mark; an edge to a node on the current path closes a cycle.
    private func refuseUnmarkedCycles() {
        var isDone = [Bool](repeating: false, count: nodes.count)
        for start in nodes.indices where !isDone[start] {
            var path = [start]
            var pending = [successors(start)[...]]
            while var next = pending.popLast() {
                guard let edge = next.popFirst() else {
                    isDone[path.removeLast()] = true
                    continue
                }
                pending.append(next)
                let target = edge.edge.to.nodeIndex
                if let first = path.firstIndex(of: target) {
                    report(path[first...].map { nodes[$0].spec.name }, edge)
                } else if !isDone[target] {
                    path.append(target)
                    pending.append(successors(target)[...])
                }
            }
        }
    }

    private func report(_ names: [String], _ edge: GraphChecker.EdgeDraft) {
        diagnostics.error(
            at: edge.fromLocation, "these nodes form a cycle: \((names + [names[0]]).joined(separator: " → "))",
            suggestion: "mark the input that closes it: \(edge.edge.to.port): {from: \(edge.edge.from), back_edge: true}")
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
            for edge in successors(node, where: isUsed) where isOpen(edge.edge.to.nodeIndex) {
                if visited.insert(edge.edge.to.nodeIndex).inserted { pending.append(edge.edge.to.nodeIndex) }
            }
        }
        return false
    }
}
