import CoreMetrics
import MillValue

extension Engine {
    /// What a call of a synchronous node led to, until it is taken over under the lock.
    private struct Done {
        let node: NodeState
        let work: Work
        let start: Duration
        let duration: Duration
        let error: (any Error)?
        /// What the node's condition says.
        let verdict: Condition.Verdict
        /// Per emitted packet, which edges want it.
        let verdicts: [[EdgeVerdict]]
    }

    private enum Next {
        case call(NodeState, Work)
        case job(UnownedJob)
        /// Tell the observer, then ask again.
        case look
        case leave
    }

    /// A worker's life.
    func work() {
        var done: Done?
        while true {
            let next = monitor.withLock { () -> Next in
                if let done { complete(done) }
                return nextForWorker()
            }
            done = nil
            tellObserver()
            switch next {
            case .call(let node, let work): done = call(node, work)
            case .job(let job): deterministic?.run(job)
            case .look: continue
            case .leave: return
            }
        }
    }

    /// Finds something to do, waits for it, or finds that all is over. Locked.
    private func nextForWorker() -> Next {
        while true {
            if !isOver, let node = nextReady() {
                guard let work = nextWork(node) else { continue }
                wakeWorker()
                if case .finish = work { node.phase = .finishing }
                node.running += 1
                if case .step(let step) = work { beginWork(step.traces) }
                busyCount += 1
                patience = Self.patience
                guard node.behavior is any AsyncNode else { return .call(node, work) }
                startProcess(node, work)
                if node.isFree { schedule(node.index) }
                continue
            }
            if let job = deterministic?.next() {
                patience = Self.patience
                return .job(job)
            }
            if !isOver, liveNodes == 0 { finishRun(.finished) }
            if !events.isEmpty, !isTelling { return .look }
            if isOver {
                // The observer hears everything before the run counts as done.
                if isTelling {
                    monitor.wait()
                    continue
                }
                leave()
                return .leave
            }
            if releaseStarvedJoin() { continue }
            if isStuck {
                fail(.deadlock(edges: edges.filter { !$0.isDrained }.map(\.checked.label)))
                continue
            }
            if deterministic != nil, let clock = clock as? ManualClock, let next = clock.nextDeadline {
                if options.isTest, busyCount > 0, patience > 0 {
                    patience -= 1
                    monitor.pause()
                    continue
                }
                patience = Self.patience
                clock.advance(by: max(.zero, next - clock.now))
                continue
            }
            idleWorkers += 1
            monitor.wait()
            idleWorkers -= 1
        }
    }

    private func leave() {
        runningWorkers -= 1
        monitor.broadcast()
        guard runningWorkers == 0, let completion else { return }
        self.completion = nil
        completion.resume()
    }

    // MARK: Calling a node

    /// Runs a synchronous node. Not locked.
    private func call(_ node: NodeState, _ work: Work) -> Done {
        let start = clock.now
        var verdict = Condition.Verdict.holds
        var failure: (any Error)?
        do {
            let emit = Emitter(sink: node.sink)
            switch work {
            case .step(let step):
                let inputs = step.sets[0]
                node.sink.reset(envelope: inputs.trigger ?? node.sink.envelope)
                verdict = Self.verdict(node, inputs)
                if case .holds = verdict { try (node.behavior as? any Node)?.step(inputs, emit) }
            case .wake:
                resetEnvelope(node, start)
                try (node.behavior as? any Node)?.wake(emit)
            case .itemEnded(let item):
                resetEnvelope(node, start)
                try (node.behavior as? any ItemObserver)?.itemEnded(item, emit)
            case .finish:
                resetEnvelope(node, start)
                try (node.behavior as? any Node)?.finish(emit)
            }
        } catch {
            failure = error
        }
        let verdicts = failure == nil ? node.sink.emitted.map { self.verdicts(node, $0.port, $0.packet) } : []
        return Done(
            node: node, work: work, start: start, duration: clock.now - start, error: failure, verdict: verdict,
            verdicts: verdicts)
    }

    /// What is emitted without a packet as cause goes on where the last packet left off, with the time of now.
    private func resetEnvelope(_ node: NodeState, _ now: Duration) {
        var envelope = node.sink.envelope
        envelope.timestamp = now
        envelope.deadline = nil
        node.sink.reset(envelope: envelope)
    }

    /// What the `when` of a node says of its inputs. It sees each input's value, null where there is none, and as
    /// `value` and `packet` the value and the envelope of the packet that makes the node run.
    static func verdict(_ node: NodeState, _ inputs: Inputs) -> Condition.Verdict {
        guard let condition = node.checked.condition else { return .holds }
        var result: [String: Value] = [:]
        for (name, packet) in zip(inputs.ports, inputs.packets) { result[name] = packet?.payload.expressionValue ?? .null }
        result["value"] = inputs.trigger?.payload.expressionValue ?? .null
        result["packet"] = inputs.trigger?.envelopeValue ?? .null
        return condition.verdict(result)
    }

    /// Takes over what a call led to. Locked.
    private func complete(_ done: Done) {
        let node = done.node
        node.running -= 1
        busyCount -= 1
        var isRetried = false
        if case .step(let step) = done.work {
            endWork(step.traces)
            if ran(node, step.sets[0], done.verdict, start: done.start, duration: done.duration), let error = done.error {
                isRetried = handle(error, of: node, step)
            }
        } else if let error = done.error {
            handle(error, of: node, nil)
        }
        if !isOver {
            takeOver(done)
            if case .step(let step) = done.work, !isRetried { leaveItems(step.sets, of: node) }
        }
        settle(node)
    }

    private func takeOver(_ done: Done) {
        let node = done.node
        for (input, isReady) in node.sink.gates {
            if let port = node.inputNames.firstIndex(of: input) { node.gates[port] = isReady }
        }
        if let wake = node.sink.wake {
            node.wakeTime = node.wakeTime.map { min($0, wake) } ?? wake
            setAlarm(wake)
        }
        for packet in node.sink.kept { items?.enter(packet) }
        defer { for packet in node.sink.released { leaveItem(packet) } }
        guard done.error == nil else { return }
        for (emitted, verdicts) in zip(node.sink.emitted, done.verdicts) {
            deliver(emitted.packet, from: node, port: emitted.port, verdicts)
        }
    }

    /// Counts what became of a node's inputs; false when its condition left them out. Locked.
    func ran(
        _ node: NodeState, _ inputs: Inputs, _ verdict: Condition.Verdict, start: Duration, duration: Duration
    ) -> Bool {
        switch verdict {
        case .holds:
            account(node, inputs, start: start, duration: duration)
            return true
        case .fails: node.skipped += 1
        case .isUndecided(let reason):
            node.undecided += 1
            if node.undecided == 1 { warn(ofUndecided: "node '\(node.checked.name)'", inputs.trigger, reason) }
        }
        return false
    }

    /// Counts a run. Locked.
    private func account(_ node: NodeState, _ inputs: Inputs, start: Duration, duration: Duration) {
        node.count += 1
        node.latency.record(duration)
        counters.nodeTimers[node.index].recordNanoseconds(Int64((duration / .nanoseconds(1)).rounded()))
        note(.ran(node: node.checked.name, start: start, duration: duration, trigger: inputs.trigger))
        if node.isSink, let trigger = inputs.trigger {
            paths[[trigger.origin, node.index], default: LatencyHistogram()].record(start + duration - trigger.timestamp)
        }
    }

    /// Looks again at a node that has become idle, and at the others of its loop. Locked.
    func settle(_ node: NodeState) {
        guard !isOver else { return }
        if node.phase == .finishing, node.blockedEdges == 0 {
            end(node)
        } else {
            schedule(node.index)
        }
        for member in node.loop where nodes[member].hasBackEdge { schedule(member) }
    }
}
