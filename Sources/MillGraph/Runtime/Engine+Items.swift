import MillValue

extension Engine {
    /// A source is about to send a packet. Locked.
    func beginItem(_ packet: Packet) { items?.begin(packet, at: clock.now) }

    /// A run takes up its work, or goes on with it: the clocks of its items go. Locked.
    func beginWork(_ traces: [UInt64]) { items?.beginWork(traces, at: clock.now) }

    /// A run is over, or waits for others. Locked.
    func endWork(_ traces: [UInt64]) { items?.endWork(traces, at: clock.now) }

    /// The longest time that one of some items may still be worked on; nil without a `document_timeout`. Locked.
    func timeLeft(_ traces: [UInt64]) -> Duration? {
        guard let limit = pipeline.settings.documentTimeout else { return nil }
        return traces.compactMap { items?.timeLeft($0, of: limit, at: clock.now) }.max()
    }

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

    /// Where a ledger remembers what is done, items are dropped of which all that there is waits in queues: no node is at work on
    /// them or holds any of them, and the next run takes them up. Locked.
    func leaveWaitingItems() {
        guard items != nil, pipeline.settings.ledger != nil else { return }
        var waiting: [UInt64: Int] = [:]
        for edge in edges where edge.checked.sync != .latest {
            for packet in edge.waitingPackets { waiting[packet.trace, default: 0] += 1 }
        }
        let left = Set(waiting.filter { items?.inFlight($0.key) == $0.value }.keys)
        guard !left.isEmpty else { return }
        for trace in left { items?.leaveUndone(trace) }
        for (index, edge) in edges.enumerated() {
            let packets = edge.waitingPackets.filter { left.contains($0.trace) }
            guard !packets.isEmpty else { continue }
            let hadOverflow = !edge.overflow.isEmpty
            edge.leave(left)
            for packet in packets { drop(packet, edge, index, .aborted) }
            if hadOverflow, edge.overflow.isEmpty { unblock(nodes[edge.checked.from.nodeIndex]) }
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
