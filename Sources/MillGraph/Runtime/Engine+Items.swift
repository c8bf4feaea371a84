import MillValue

extension Engine {
    /// A source is about to send a packet. Locked.
    func beginItem(_ packet: Packet) { items?.begin(packet, at: clock.now) }

    /// A packet was processed. Locked.
    func leaveItem(_ packet: Packet) {
        guard let report = items?.leave(packet, at: clock.now) else { return dropHopeless(of: packet) }
        note(.finished(report))
        for node in nodes where node.phase == .open && node.behavior is any ItemObserver {
            node.endedItems.append(report)
            schedule(node.index)
        }
    }

    /// When all that is left of a failed item waits in joins for what was lost, it is dropped from them. Locked.
    private func dropHopeless(of packet: Packet) {
        guard let left = items?.inFlightOfFailed(packet.trace) else { return }
        var waiting: [(edge: Int, packet: Packet)] = []
        for (index, edge) in edges.enumerated() where edge.checked.sync == .exact && !edge.checked.isBackEdge {
            for position in 0..<edge.queue.count {
                guard let other = edge.queue[position]?.packet, other.trace == packet.trace else { continue }
                let joined = nodes[edge.checked.to.nodeIndex].incoming.joined().map { edges[$0] }
                let isHopeless = joined.contains { partner in
                    partner.checked.sync == .exact && !partner.checked.isOptional && partner.checked.timeout == nil
                        && partner.queue.index(key: other.key, sequence: other.sequence) == nil
                }
                if isHopeless { waiting.append((index, other)) }
            }
        }
        guard waiting.count == left else { return }
        for (index, other) in waiting {
            guard let position = edges[index].queue.index(key: other.key, sequence: other.sequence),
                let item = take(index, at: position)
            else { continue }
            drop(item.packet, edges[index], index, .unmatched)
        }
    }

    /// The packets that made a node run were processed, but for those that it only looked at. Locked.
    func leaveItems(_ sets: [Inputs], of node: NodeState) {
        guard items != nil else { return }
        for (port, packet) in sets.lazy.map(\.packets).flatMap({ $0.enumerated() }) {
            guard let packet, node.incoming[port].contains(where: { edges[$0].checked.sync != .latest }) else { continue }
            leaveItem(packet)
        }
    }

    /// A packet was lost on an edge. Locked.
    func leaveItem(_ packet: Packet, lostAt edge: EdgeState, _ reason: RuntimeEvent.DropReason) {
        switch reason {
        // What is broken off is not done: the next run takes it up.
        case .aborted: return
        // What has failed already leaves others without their match.
        case .unmatched where items?.inFlightOfFailed(packet.trace) != nil: break
        case .expired, .queueFull, .receiverEnded, .rounds, .unmatched:
            items?.fail(packet, node: edge.checked.to.node, reason: "\(edge.checked.label): \(reason.rawValue)")
        case .condition, .undecided: break
        }
        leaveItem(packet)
    }
}
