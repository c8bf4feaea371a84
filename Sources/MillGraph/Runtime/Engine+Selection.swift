import MillValue

extension Engine {
    /// What a worker does with a node.
    enum Work {
        case step(NodeState.Step)
        case wake
        case itemEnded(ItemReport)
        case finish
    }

    /// What a node has to do now, if anything; takes the packets for it out of their queues. Locked.
    func nextWork(_ node: NodeState) -> Work? {
        guard node.isFree, !isOver, node.phase != .ended else { return nil }
        if node.phase == .finishing {
            if node.blockedEdges == 0, !node.isBusy { end(node) }
            return nil
        }
        guard !node.isSource, node.blockedEdges == 0 else { return nil }
        if !node.retries.isEmpty {
            guard let due = node.retries.firstIndex(where: { $0.time <= clock.now }) else { return nil }
            return .step(node.retries.remove(at: due).step)
        }
        if !node.endedItems.isEmpty { return .itemEnded(node.endedItems.removeFirst()) }
        if let time = node.wakeTime, time <= clock.now {
            node.wakeTime = nil
            return .wake
        }
        if node.mayBegin, let sets = nextSets(node) {
            defer { node.nextTicket += 1 }
            return .step(NodeState.Step(sets: sets, ticket: node.nextTicket))
        }
        return !node.isBusy && mayFinish(node) ? .finish : nil
    }

    /// The sets of inputs for one run. Of a node that takes lists: a full list, or what there is when its time is up or nothing
    /// more can come.
    private func nextSets(_ node: NodeState) -> [Inputs]? {
        guard let batch = node.checked.batch else { return nextInputs(node).map { [$0] } }
        while node.gathered.count < batch.size, let inputs = nextInputs(node) {
            if node.gathered.isEmpty { node.gatheringEnds = clock.now + batch.timeout }
            node.gathered.append(inputs)
        }
        guard let end = node.gatheringEnds else { return nil }
        let isLast = node.incoming.joined().allSatisfy { edges[$0].isClosed && edges[$0].isDrained }
        guard node.gathered.count == batch.size || end <= clock.now || isLast else {
            setAlarm(end)
            return nil
        }
        defer { (node.gathered, node.gatheringEnds) = ([], nil) }
        return node.gathered
    }

    // MARK: Firing rule

    private struct Candidate {
        var port: Int
        var edge: Int
        var position: Int
        var arrival: Int
    }

    private func nextInputs(_ node: NodeState) -> Inputs? {
        guard newestArePresent(node) else { return nil }
        node.joinDeadline = nil
        while !isOver {
            guard let chosen = nextSet(node) else { return nil }
            var packets = [Packet?](repeating: nil, count: node.incoming.count)
            var trigger = node.incoming.count
            var isExpired = false
            for candidate in chosen {
                guard let item = take(candidate.edge, at: candidate.position) else { continue }
                if isOverdue(item.packet) {
                    drop(item.packet, edges[candidate.edge], candidate.edge, .expired)
                    isExpired = true
                    continue
                }
                packets[candidate.port] = item.packet
                trigger = min(trigger, candidate.port)
                edges[candidate.edge].delivered += 1
            }
            // Of a set, one expired packet makes the others worthless, too.
            if isExpired {
                for candidate in chosen where packets[candidate.port] != nil {
                    edges[candidate.edge].delivered -= 1
                    if let packet = packets[candidate.port] { drop(packet, edges[candidate.edge], candidate.edge, .expired) }
                }
                continue
            }
            guard trigger < packets.count else { continue }
            fillNewest(&packets, node)
            return Inputs(ports: node.inputNames, packets: packets, triggerIndex: trigger)
        }
        return nil
    }

    private func isOverdue(_ packet: Packet) -> Bool {
        if let deadline = packet.deadline, deadline < clock.now { return true }
        return timeLeft([packet.trace]).map { $0 < .zero } ?? false
    }

    /// Whether every `latest` input that is not optional has a packet.
    private func newestArePresent(_ node: NodeState) -> Bool {
        node.incoming.allSatisfy { port in
            port.allSatisfy { index in
                let edge = edges[index]
                return edge.checked.sync != .latest || edge.checked.isOptional || edge.checked.isBackEdge || edge.newest != nil
                    || edge.isClosed
            }
        }
    }

    private func fillNewest(_ packets: inout [Packet?], _ node: NodeState) {
        for (port, indices) in node.incoming.enumerated() {
            for index in indices where edges[index].checked.sync == .latest {
                guard let newest = edges[index].newest else { continue }
                packets[port] = newest
                if !edges[index].newestIsSeen {
                    edges[index].newestIsSeen = true
                    edges[index].delivered += 1
                }
            }
        }
    }

    /// The packets of the next run: of all `any` inputs and the join of the `exact` ones, what came first.
    private func nextSet(_ node: NodeState) -> [Candidate]? {
        var best: Candidate?
        var exact: [(port: Int, edge: Int)] = []
        var joinIsOpen = true
        for (port, indices) in node.incoming.enumerated() {
            for index in indices {
                switch edges[index].checked.sync {
                case .latest: continue
                case .exact:
                    exact.append((port, index))
                    joinIsOpen = joinIsOpen && node.gates[port]
                case .any:
                    guard node.gates[port] else { continue }
                    if let first = edges[index].queue.first, first.arrival < best?.arrival ?? .max {
                        best = Candidate(port: port, edge: index, position: 0, arrival: first.arrival)
                    }
                }
            }
        }
        let joined = exact.isEmpty || !joinIsOpen ? nil : nextJoin(node, exact)
        guard let joined else { return best.map { [$0] } }
        if let best, best.arrival < joined.map(\.arrival).max() ?? .max { return [best] }
        return joined
    }

    // MARK: Joins

    private func nextJoin(_ node: NodeState, _ exact: [(port: Int, edge: Int)]) -> [Candidate]? {
        let required = exact.filter { isRequired(edges[$0.edge]) }
        let leaders = required.isEmpty ? exact : required
        if required.count <= 1 {
            // Nothing to wait for: the first packet runs, with whatever fits it.
            guard let leader = leaders.filter({ !edges[$0.edge].queue.isEmpty }).min(by: { arrival($0.edge) < arrival($1.edge) })
            else { return nil }
            return set(led: leader, at: 0, exact)
        }
        discardUnmatchable(required)
        guard let leader = required.first else { return nil }
        for position in 0..<edges[leader.edge].queue.count {
            guard let packet = edges[leader.edge].queue[position]?.packet else { continue }
            let isComplete = required.dropFirst().allSatisfy {
                edges[$0.edge].queue.index(key: packet.key, sequence: packet.sequence) != nil
            }
            if isComplete { return set(led: leader, at: position, exact) }
        }
        return timedOut(node, required, exact)
    }

    private func isRequired(_ edge: EdgeState) -> Bool {
        !edge.checked.isOptional && (!edge.checked.isBackEdge || edge.hasDelivered)
    }

    private func arrival(_ edge: Int) -> Int { edges[edge].queue.first?.arrival ?? .max }

    /// The packet of `leader` with the ones of the same key and sequence at the other inputs; drops the ones before
    /// them, which nothing can match any more.
    private func set(led leader: (port: Int, edge: Int), at position: Int, _ exact: [(port: Int, edge: Int)]) -> [Candidate]? {
        guard let packet = edges[leader.edge].queue[position]?.packet else { return nil }
        return exact.compactMap { port, index in
            var found = index == leader.edge ? position : edges[index].queue.index(key: packet.key, sequence: packet.sequence)
            guard var at = found else { return nil }
            var earlier = 0
            while earlier < at {
                if let other = edges[index].queue[earlier]?.packet, other.key == packet.key, other.sequence < packet.sequence,
                    let item = take(index, at: earlier)
                {
                    drop(item.packet, edges[index], index, .unmatched)
                    at -= 1
                } else {
                    earlier += 1
                }
            }
            found = at
            return Candidate(port: port, edge: index, position: at, arrival: edges[index].queue[at]?.arrival ?? 0)
        }
    }

    /// Drops packets at the head of a queue that can never be matched: another input has ended, or is past them.
    private func discardUnmatchable(_ required: [(port: Int, edge: Int)]) {
        for (_, index) in required {
            while let packet = edges[index].queue.first?.packet {
                let isLost = required.contains { _, other in
                    other != index && cannotFollow(packet, on: edges[other])
                }
                guard isLost, let item = take(index) else { break }
                drop(item.packet, edges[index], index, .unmatched)
            }
        }
    }

    private func cannotFollow(_ packet: Packet, on edge: EdgeState) -> Bool {
        var isPassed = edge.isClosed && edge.overflow.isEmpty
        for position in 0..<edge.queue.count {
            guard let other = edge.queue[position]?.packet, other.key == packet.key else { continue }
            if other.sequence == packet.sequence { return false }
            if other.sequence > packet.sequence { isPassed = true }
        }
        return isPassed
    }

    /// What an incomplete set does when the one that waits longest has waited long enough.
    private func timedOut(
        _ node: NodeState, _ required: [(port: Int, edge: Int)], _ exact: [(port: Int, edge: Int)]
    ) -> [Candidate]? {
        guard let timeout = exact.compactMap({ edges[$0.edge].checked.timeout }).min() else { return nil }
        while let oldest = required.filter({ !edges[$0.edge].queue.isEmpty }).min(by: { arrival($0.edge) < arrival($1.edge) }),
            let item = edges[oldest.edge].queue.first
        {
            let deadline = item.time + timeout
            guard deadline <= clock.now else {
                node.joinDeadline = deadline
                setAlarm(deadline)
                return nil
            }
            switch exact.map({ edges[$0.edge].checked }).first(where: { $0.timeout != nil })?.onTimeout ?? .skip {
            case .partial: return set(led: oldest, at: 0, exact)
            case .skip:
                if let item = take(oldest.edge) { drop(item.packet, edges[oldest.edge], oldest.edge, .unmatched) }
            case .fail:
                let missing = required.filter {
                    edges[$0.edge].queue.index(key: item.packet.key, sequence: item.packet.sequence) == nil
                }
                fail(
                    .joinTimedOut(
                        node: node.checked.name, missing: missing.map { edges[$0.edge].checked.to.port }, timeout: timeout))
                return nil
            }
        }
        return nil
    }
}
