import MillValue

extension Engine {
    /// A source is about to send a packet. Locked.
    func beginItem(_ packet: Packet) { items?.begin(packet, at: clock.now) }

    /// A packet was processed. Locked.
    func leaveItem(_ packet: Packet) {
        guard let report = items?.leave(packet, at: clock.now) else { return }
        note(.finished(report))
    }

    /// The packets that made a node run were processed, but for those that it only looked at. Locked.
    func leaveItems(_ inputs: Inputs, of node: NodeState) {
        guard items != nil else { return }
        for (port, packet) in inputs.packets.enumerated() {
            guard let packet, node.incoming[port].contains(where: { edges[$0].checked.sync != .latest }) else { continue }
            leaveItem(packet)
        }
    }

    /// A packet was lost on an edge. Locked.
    func leaveItem(_ packet: Packet, lostAt edge: EdgeState, _ reason: RuntimeEvent.DropReason) {
        switch reason {
        // What is broken off is not done: the next run takes it up.
        case .aborted: return
        case .expired, .queueFull, .receiverEnded, .rounds, .unmatched:
            items?.fail(packet, node: edge.checked.to.node, reason: "\(edge.checked.label): \(reason.rawValue)")
        case .condition, .undecided: break
        }
        leaveItem(packet)
    }
}
