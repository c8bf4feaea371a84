import CoreMetrics
import Logging
import MillValue

extension Engine {
    /// What an edge's condition says of a packet.
    typealias EdgeVerdict = (edge: Int, verdict: Condition.Verdict)

    /// Which of an output's edges want a packet; their conditions are evaluated here, without the lock.
    func verdicts(_ node: NodeState, _ port: Int, _ packet: Packet) -> [EdgeVerdict] {
        node.outgoing[port].map { index in
            let checked = edges[index].checked
            guard let condition = checked.condition else { return (index, .holds) }
            let value = packet.payload.expressionValue
            return (index, condition.verdict([checked.to.port: value, "value": value, "packet": packet.envelopeValue]))
        }
    }

    /// Puts a packet on the edges of an output. Locked.
    func deliver(_ packet: Packet, from node: NodeState, port: Int, _ verdicts: [EdgeVerdict]) {
        note(.emitted(node: node.checked.name, port: node.outputNames[port], packet: packet))
        for (index, verdict) in verdicts {
            let edge = edges[index]
            edge.sent += 1
            counters.sent[index].increment()
            switch verdict {
            case .holds:
                if edge.checked.sync != .latest { items?.enter(packet) }
                push(packet, on: index, edge)
            case .fails:
                edge.skipped += 1
                note(.dropped(edge: edge.checked.label, packet: packet, reason: .condition))
            case .isUndecided(let reason):
                edge.undecided += 1
                if edge.undecided == 1 { warn(ofUndecided: "input \(edge.checked.to)", packet, reason) }
                note(.dropped(edge: edge.checked.label, packet: packet, reason: .undecided))
            }
        }
    }

    /// Says once per place why a `when` has no answer; the rest is counted.
    func warn(ofUndecided place: String, _ packet: Packet?, _ reason: String) {
        let packet = packet.map { " for packet \($0.key) #\($0.sequence)" } ?? ""
        log(
            .warning,
            "the 'when' of \(place) has no answer\(packet) and counts as false: \(reason); further ones are only counted")
    }

    private func push(_ packet: Packet, on index: Int, _ edge: EdgeState) {
        let target = nodes[edge.checked.to.nodeIndex]
        guard target.phase == .open, !isOver else {
            // Nobody would have looked at it in any case.
            if edge.checked.sync == .latest { return edge.superseded += 1 }
            return drop(packet, edge, index, isOver ? .aborted : .receiverEnded)
        }
        var packet = packet
        if edge.checked.isBackEdge {
            packet.rounds += 1
            if let maximum = edge.checked.maximumRounds, packet.rounds > maximum {
                return drop(packet, edge, index, .rounds)
            }
        }
        edge.hasDelivered = true
        if edge.checked.sync == .latest {
            if edge.newest != nil, !edge.newestIsSeen { edge.superseded += 1 }
            let isFirst = edge.newest == nil
            (edge.newest, edge.newestIsSeen) = (packet, false)
            edge.maximumDepth = 1
            if isFirst { schedule(target.index) }
            return
        }
        arrivals += 1
        enqueue(PacketQueue.Item(packet: packet, arrival: arrivals, time: clock.now), on: index, edge)
        schedule(target.index)
    }

    private func enqueue(_ item: PacketQueue.Item, on index: Int, _ edge: EdgeState) {
        let queue = edge.checked.queue
        if edge.queue.count >= queue.size || !edge.overflow.isEmpty {
            switch queue.policy {
            case .block:
                if edge.overflow.isEmpty {
                    let sender = nodes[edge.checked.from.nodeIndex]
                    sender.blockedEdges += 1
                    edge.overflow.append(item)
                    checkForDeadlock(from: sender)
                } else {
                    edge.overflow.append(item)
                }
                return
            case .dropOldest:
                if let oldest = edge.queue.popFirst() { drop(oldest.packet, edge, index, .queueFull) }
            case .dropNewest: return drop(item.packet, edge, index, .queueFull)
            case .error:
                drop(item.packet, edge, index, .queueFull)
                return fail(.queueOverflow(edge: edge.checked.label, size: queue.size))
            }
        }
        edge.queue.append(item)
        edge.maximumDepth = max(edge.maximumDepth, edge.queue.count)
    }

    /// Counts a packet as lost. Locked.
    func drop(_ packet: Packet, _ edge: EdgeState, _ index: Int, _ reason: RuntimeEvent.DropReason) {
        switch reason {
        case .unmatched: edge.unmatched += 1
        case .expired: edge.expired += 1
        default: edge.dropped += 1
        }
        counters.dropped[index].increment()
        note(.dropped(edge: edge.checked.label, packet: packet, reason: reason))
        leaveItem(packet, lostAt: edge, reason)
        log(.debug, "\(edge.checked.label): packet \(packet.key) #\(packet.sequence) dropped: \(reason.rawValue)")
    }

    /// Takes a packet out of an edge's queue, which lets in what waits for room. Locked.
    func take(_ index: Int, at position: Int = 0) -> PacketQueue.Item? {
        let edge = edges[index]
        let item = edge.queue.remove(at: position)
        guard !edge.overflow.isEmpty else { return item }
        while edge.queue.count < edge.checked.queue.size, let waiting = edge.overflow.popFirst() { edge.queue.append(waiting) }
        if edge.overflow.isEmpty { unblock(nodes[edge.checked.from.nodeIndex]) }
        return item
    }

    /// An edge of `sender` has lost its overflow. Locked.
    func unblock(_ sender: NodeState) {
        sender.blockedEdges -= 1
        guard sender.blockedEdges == 0 else { return }
        let waiters = sender.waiters
        sender.waiters.removeAll()
        for waiter in waiters { waiter.resume() }
        schedule(sender.index)
    }
}
