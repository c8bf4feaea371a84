import Logging
import MillValue

extension Engine {
    // MARK: End of stream

    /// Whether nothing can arrive any more that would make the node run. Locked.
    func mayFinish(_ node: NodeState) -> Bool {
        let incoming = node.incoming.flatMap(\.self)
        if node.behavior is any ItemObserver, let items, !items.isEmpty || !node.endedItems.isEmpty { return false }
        if incoming.isEmpty, node.isBackgroundActive, !isStopping { return false }
        guard incoming.allSatisfy({ edges[$0].checked.isBackEdge || edges[$0].isClosed }) else { return false }
        guard node.hasBackEdge else { return incoming.allSatisfy { edges[$0].isDrained } }
        guard isQuiet(node) else { return false }
        if !node.gates.allSatisfy(\.self) {
            // Nothing is left that could open the gates: what waits behind them must not be lost.
            node.gates = node.gates.map { _ in true }
            schedule(node.index)
            return false
        }
        return incoming.allSatisfy { edges[$0].isDrained }
    }

    /// Whether nothing moves inside the loop of a node, so that nothing can come over its back edge.
    private func isQuiet(_ node: NodeState) -> Bool {
        let members = Set(node.loop)
        for member in node.loop where member != node.index {
            let other = nodes[member]
            guard !other.isBusy, other.retries.isEmpty, other.gathered.isEmpty, other.blockedEdges == 0 else { return false }
        }
        return edges.allSatisfy { edge in
            !members.contains(edge.checked.from.nodeIndex) || !members.contains(edge.checked.to.nodeIndex) || edge.isDrained
        }
    }

    /// Ends a node: its outputs are closed, and what still waits for it is dropped and counted. Locked.
    func end(_ node: NodeState) {
        guard node.phase != .ended else { return }
        node.phase = .ended
        liveNodes -= 1
        node.task?.cancel()
        note(.ended(node: node.checked.name))
        for index in node.incoming.flatMap(\.self) {
            while let item = take(index) { drop(item.packet, edges[index], index, .receiverEnded) }
        }
        for index in node.outgoing.flatMap(\.self) {
            edges[index].isClosed = true
            schedule(edges[index].checked.to.nodeIndex)
        }
        for member in node.loop where nodes[member].hasBackEdge { schedule(member) }
        if liveNodes == 0 { monitor.broadcast() }
    }

    /// Ends the run. Locked.
    func finishRun(_ result: RunReport.Outcome) {
        guard !isOver else { return }
        isOver = true
        outcome = result == .finished && isStopping ? .stopped : result
        if outcome == .finished, let outsideFailure { outcome = .failed(outsideFailure) }
        endTime = clock.now
        for task in helpers { task.cancel() }
        alarmTask?.cancel()
        for node in nodes {
            node.task?.cancel()
            for task in node.processTasks.values { task.cancel() }
            for task in node.timeouts.values { task.cancel() }
            node.startupTask?.cancel()
            let waiters = node.waiters + node.turnWaiters.values.joined()
            node.waiters.removeAll()
            node.turnWaiters.removeAll()
            for waiter in waiters { waiter.resume(throwing: CancellationError()) }
        }
        for (index, edge) in edges.enumerated() {
            while let item = edge.queue.popFirst() { drop(item.packet, edge, index, .aborted) }
            while let item = edge.overflow.popFirst() { drop(item.packet, edge, index, .aborted) }
        }
        monitor.broadcast()
    }

    func stop() {
        monitor.withLock {
            guard !isOver, !isStopping else { return }
            isStopping = true
            log(.info, "stopping: the sources end, what is on its way is processed")
            leaveWaitingItems()
            for node in nodes where node.isSource && node.phase == .open {
                node.task?.cancel()
                sourceEnded(node)
            }
            for node in nodes { schedule(node.index) }
            monitor.broadcast()
        }
        tellObserver()
    }

    func abort() {
        monitor.withLock { finishRun(.aborted) }
        tellObserver()
    }

    // MARK: Deadlock

    /// Whether nothing can ever move again, although there is something left to move. Locked.
    var isStuck: Bool {
        let waiting = nodes.reduce(0) { $0 + $1.waitingRuns }
        guard !isOver, busyCount == waiting, timers == 0, alarm == nil, liveNodes > 0 else { return false }
        guard edges.contains(where: { !$0.isDrained }) else { return false }
        return nodes.allSatisfy { node in
            node.isSource ? node.phase != .open || !node.waiters.isEmpty : !node.isBackgroundActive
        }
    }

    /// Fails the run when the queue that has just become full closes a ring of nodes that all wait for room. Locked.
    func checkForDeadlock(from start: NodeState) {
        guard !start.loop.isEmpty else { return }
        var ring: [Int] = []
        var visited: Set<Int> = []
        func leadsBack(_ node: NodeState) -> Bool {
            for index in node.outgoing.flatMap(\.self) where !edges[index].overflow.isEmpty {
                let next = edges[index].checked.to.nodeIndex
                ring.append(index)
                if next == start.index { return true }
                if visited.insert(next).inserted, leadsBack(nodes[next]) { return true }
                ring.removeLast()
            }
            return false
        }
        if leadsBack(start) { fail(.deadlock(edges: ring.map { edges[$0].checked.label })) }
    }

    // MARK: Time

    /// Makes sure that somebody looks at the nodes at `time`. Locked.
    func setAlarm(_ time: Duration) {
        if let alarm, alarm <= time { return }
        alarm = time
        alarmTask?.cancel()
        alarmTask = Task(executorPreference: deterministic) {
            guard (try? await self.clock.sleep(until: time)) != nil else { return }
            self.monitor.withLock { self.ring(time) }
            self.tellObserver()
        }
    }

    private func ring(_ time: Duration) {
        guard !isOver, alarm == time else { return }
        alarm = nil
        let now = clock.now
        var next: Duration?
        for node in nodes where node.phase == .open {
            guard let due = node.nextTime else { continue }
            if due <= now { schedule(node.index) } else { next = min(next ?? due, due) }
        }
        if let next { setAlarm(next) }
        monitor.signal()
    }
}
