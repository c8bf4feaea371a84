/// Joins whose sets can never be complete because what feeds them is held up by the join itself.
///
/// A branch that drops or skips packets leaves gaps. While the other branch waits in a full queue for a partner that
/// was lost, its sender is held up, and with it the source that both branches come from: nothing newer can arrive to
/// show that the partner is not coming. Then the packet that waits is dropped from the join and counted as unmatched.
extension Engine {
    /// Drops one packet from a starved join. Called when no node is ready; false if no join is starved. Locked.
    func releaseStarvedJoin() -> Bool {
        for (index, edge) in edges.enumerated() where !edge.overflow.isEmpty && edge.checked.sync == .exact {
            let node = nodes[edge.checked.to.nodeIndex]
            guard node.phase == .open, !node.isBusy, node.blockedEdges == 0, node.joinDeadline == nil, node.retries.isEmpty,
                node.gates.allSatisfy(\.self), let packet = edge.queue.first?.packet, isStarved(node, of: packet, at: index),
                let item = take(index)
            else { continue }
            drop(item.packet, edge, index, .unmatched)
            schedule(node.index)
            return true
        }
        return false
    }

    /// Whether some other input of the join will never bring the partner of `packet`.
    private func isStarved(_ node: NodeState, of packet: Packet, at index: Int) -> Bool {
        node.incoming.joined().contains { other in
            let edge = edges[other]
            guard other != index, edge.checked.sync == .exact, !edge.checked.isOptional,
                edge.queue.index(key: packet.key, sequence: packet.sequence) == nil, edge.overflow.isEmpty
            else { return false }
            let sender = nodes[edge.checked.from.nodeIndex]
            return nothingMoves(upTo: sender)
        }
    }

    /// Whether neither a node nor any of those that lead to it can move.
    private func nothingMoves(upTo node: NodeState) -> Bool {
        var visited: Set<Int> = [node.index]
        var pending = [node]
        while let node = pending.popLast() {
            guard cannotMove(node) else { return false }
            for index in node.incoming.joined() {
                let sender = edges[index].checked.from.nodeIndex
                if visited.insert(sender).inserted { pending.append(nodes[sender]) }
            }
        }
        return true
    }

    /// Whether a node that is not ready waits for other nodes only, and not for time, a device or a caller.
    private func cannotMove(_ node: NodeState) -> Bool {
        if node.phase == .ended { return true }
        if node.isSource { return !node.waiters.isEmpty }
        return node.running == node.waitingRuns && !node.isQueued
            && (node.blockedEdges > 0 || node.nextTime == nil)
    }
}
