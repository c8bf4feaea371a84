import Logging
import MillValue

extension Engine {
    /// Starts sources and background work, and looks at every node once. Locked.
    func startNodes() {
        for node in nodes {
            switch node.behavior {
            case is any SourceNode: startSource(node)
            case let behavior as any AsyncNode: startBackground(node, behavior)
            default: break
            }
            schedule(node.index)
        }
    }

    // MARK: Emissions

    private func emitter(
        _ node: NodeState, envelope: Packet?, generation: Int? = nil, step: NodeState.Step? = nil
    ) -> AsyncEmitter {
        AsyncEmitter(
            node: node.checked.name, ports: node.outputNames, envelope: envelope, clock: clock,
            announce: { count in self.announce(count, by: node) },
            expect: { items in for keeper in self.keepers { keeper.expect(items) } },
            deliver: { port, packet in
                if let step, node.checked.parallel > 1 { try await self.waitForTurn(of: step, node) }
                try await self.emit(packet, from: node, port: port, generation: generation, traces: step?.traces ?? [])
            })
    }

    /// Of several runs of a node at once, each emits when those before it are done.
    private func waitForTurn(of step: NodeState.Step, _ node: NodeState) async throws {
        try await waiting(with: step.traces) { continuation in
            monitor.withLock {
                if isOver {
                    continuation.resume(throwing: CancellationError())
                } else if step.ticket <= node.turn {
                    continuation.resume()
                } else {
                    node.turnWaiters[step.ticket, default: []].append(continuation)
                    schedule(node.index)
                    monitor.signal()
                }
            }
        }
    }

    /// Waits for others, in which time the clocks of some items stand still.
    private func waiting(with traces: [UInt64], _ body: (CheckedContinuation<Void, any Error>) -> Void) async throws {
        monitor.withLock { endWork(traces) }
        defer { monitor.withLock { beginWork(traces) } }
        try await withCheckedThrowingContinuation(body)
    }

    /// A run has emitted all that it will. Locked.
    private func passTurn(_ ticket: Int, of node: NodeState) {
        node.doneTickets.insert(ticket)
        while node.doneTickets.remove(node.turn) != nil {
            node.turn += 1
            for waiter in node.turnWaiters.removeValue(forKey: node.turn) ?? [] { waiter.resume() }
        }
    }

    private func announce(_ count: Int, by node: NodeState) {
        monitor.withLock { note(.announced(node: node.checked.name, count: count)) }
        tellObserver()
    }

    private func emit(
        _ new: NewPacket, from node: NodeState, port: Int, generation: Int?, traces: [UInt64]
    ) async throws {
        if node.isSource, pipeline.settings.mode == .batch, case .fresh(_, let key, let identity?, _) = new,
            keepers.allSatisfy({ $0.keeps(key ?? node.checked.name, identity: identity) }), options.isDone(identity)
        {
            try Task.checkCancellation()
            return monitor.withLock { items?.noteDoneBefore() }
        }
        let packet = try monitor.withLock { try stamped(new, node, generation) }
        let verdicts = verdicts(node, port, packet)
        let mustWait = try monitor.withLock {
            // A source that was ended while the conditions were looked at has not sent this any more.
            guard generation == nil || generation == node.generation else {
                node.count -= 1
                throw CancellationError()
            }
            if node.isSource { beginItem(packet) }
            deliver(packet, from: node, port: port, verdicts)
            if node.isSource { leaveItem(packet) }
            wakeWorker()
            return node.blockedEdges > 0
        }
        tellObserver()
        guard mustWait else { return }
        try await waiting(with: traces) { continuation in
            monitor.withLock {
                if isOver {
                    continuation.resume(throwing: CancellationError())
                } else if node.blockedEdges == 0 {
                    continuation.resume()
                } else {
                    node.waiters.append(continuation)
                    // The last one to wait may find that nobody is left to move anything.
                    monitor.signal()
                }
            }
        }
    }

    /// Gives a packet its envelope. Locked.
    private func stamped(_ new: NewPacket, _ node: NodeState, _ generation: Int?) throws -> Packet {
        guard !isOver, node.phase != .ended, generation == nil || generation == node.generation else {
            throw CancellationError()
        }
        if node.isSource {
            node.hasStarted = true
            node.failuresInARow = 0
            node.count += 1
        }
        switch new {
        case .derived(let packet): return packet
        case .fresh(let payload, let key, let identity, let deadline):
            let sequence = node.nextSequence
            node.nextSequence += 1
            return Packet(
                payload: payload, timestamp: clock.now, sequence: sequence, key: key ?? node.checked.name,
                identity: identity ?? "\(clock.wallTime)/\(sequence)",
                trace: UInt64(node.index + 1) << 48 | UInt64(sequence) & 0xFFFF_FFFF_FFFF,
                deadline: deadline, origin: node.index)
        }
    }

    // MARK: Sources

    private func startSource(_ node: NodeState) {
        guard let source = node.behavior as? any SourceNode else { return }
        let generation = node.generation
        node.hasStarted = false
        let box = UncheckedBox(source)
        node.task = Task(executorPreference: deterministic) {
            let emitter = self.emitter(node, envelope: nil, generation: generation)
            var failure: (any Error)?
            do { try await box.value.run(emitter) } catch { failure = error }
            self.monitor.withLock { self.sourceReturned(node, generation, failure) }
            self.tellObserver()
        }
        guard let timeout = node.checked.restart?.startupTimeout else { return }
        let deadline = clock.now + timeout
        node.startupTask?.cancel()
        node.startupTask = Task(executorPreference: deterministic) {
            guard (try? await self.clock.sleep(until: deadline)) != nil else { return }
            self.monitor.withLock {
                guard node.generation == generation, !node.hasStarted, node.phase == .open else { return }
                node.task?.cancel()
                self.sourceFailed(node, GraphError.sourceStartTimedOut(node: node.checked.name, timeout: timeout))
            }
            self.tellObserver()
        }
    }

    private func sourceReturned(_ node: NodeState, _ generation: Int, _ failure: (any Error)?) {
        guard generation == node.generation, node.phase == .open, !isOver else { return }
        if let failure { sourceFailed(node, failure) } else { sourceEnded(node) }
        monitor.signal()
    }

    /// Lets no more packets in and ends the node when all it sent has found room. Locked.
    func sourceEnded(_ node: NodeState) {
        node.generation += 1
        node.startupTask?.cancel()
        node.phase = .finishing
        if node.blockedEdges == 0 { end(node) }
    }

    private func sourceFailed(_ node: NodeState, _ error: any Error) {
        node.generation += 1
        guard let restart = node.checked.restart, restart.onFailure,
            node.failuresInARow < restart.maximumAttempts ?? .max
        else {
            if case .retry = node.checked.onError {
                fail(.nodeFailed(node: node.checked.name, reason: pipeline.redactor.redact("\(error)")))
            } else {
                handle(error, of: node, nil)
            }
            return isOver ? () : sourceEnded(node)
        }
        let delay = delay(node, restart)
        node.failed += 1
        node.failuresInARow += 1
        node.restarts += 1
        let reason = pipeline.redactor.redact("\(error)")
        log(.warning, "source '\(node.checked.name)' failed and starts again in \(delay.inSeconds) s: \(reason)")
        note(.restarted(node: node.checked.name, delay: delay, reason: reason))
        restartSource(node, after: delay)
    }

    /// Doubles with each failure in a row, with up to ± 20 % of jitter so that many sources do not come back at once.
    private func delay(_ node: NodeState, _ restart: RestartPolicy) -> Duration {
        let doubled = restart.delay * (1 << min(node.failuresInARow, 30))
        var generator = SeededGenerator(seed: options.seed &+ UInt64(node.index) << 32 &+ UInt64(node.restarts))
        return min(doubled, restart.maximumDelay) * Double.random(in: 0.8...1.2, using: &generator)
    }

    private func restartSource(_ node: NodeState, after delay: Duration) {
        let generation = node.generation
        let time = clock.now + delay
        timers += 1
        node.task = Task(executorPreference: deterministic) {
            let isDue = (try? await self.clock.sleep(until: time)) != nil
            let made = isDue ? Result { try UncheckedBox(self.makeNode(node.index)) } : nil
            self.monitor.withLock {
                self.timers -= 1
                guard !self.isOver, node.generation == generation, node.phase == .open, let made else { return }
                switch made {
                case .success(let behavior):
                    node.behavior = behavior.value
                    self.startSource(node)
                case .failure(let error): self.sourceFailed(node, error)
                }
            }
            self.tellObserver()
        }
    }

    // MARK: Asynchronous nodes

    private func startBackground(_ node: NodeState, _ behavior: any AsyncNode) {
        node.isBackgroundActive = true
        node.task = Task(executorPreference: deterministic) {
            var failure: (any Error)?
            do { try await behavior.run(self.emitter(node, envelope: nil)) } catch { failure = error }
            self.monitor.withLock {
                node.isBackgroundActive = false
                if let failure, !(failure is CancellationError), node.phase == .open, !self.isOver {
                    self.handle(failure, of: node, nil)
                }
                self.schedule(node.index)
                self.monitor.signal()
            }
            self.tellObserver()
        }
    }

    /// Starts a run, or the finish, of an asynchronous node. Locked.
    func startProcess(_ node: NodeState, _ work: Work) {
        guard let behavior = node.behavior as? any AsyncNode else { return }
        var ticket = -1
        if case .step(let step) = work { ticket = step.ticket }
        node.processTasks[ticket] = Task(executorPreference: deterministic) {
            await self.process(node, behavior, work, ticket)
            self.tellObserver()
        }
        if case .step(let step) = work { startTimeout(of: step, node) }
    }

    /// Has a run cancelled when the time of the items that it works on is up. Locked.
    private func startTimeout(of step: NodeState.Step, _ node: NodeState) {
        let traces = step.traces
        guard traces.count == step.sets.count, let first = timeLeft(traces) else { return }
        node.timeouts[step.ticket] = Task(executorPreference: deterministic) {
            var left = first
            while left > .zero {
                guard (try? await self.clock.sleep(until: self.clock.now + left)) != nil else { return }
                // The clocks may have stood still.
                left = self.monitor.withLock { self.timeLeft(traces) ?? .zero }
            }
            self.monitor.withLock {
                guard let task = node.processTasks[step.ticket], node.timeouts[step.ticket] != nil else { return }
                node.overdue.insert(step.ticket)
                task.cancel()
            }
        }
    }

    private func process(_ node: NodeState, _ behavior: any AsyncNode, _ work: Work, _ ticket: Int) async {
        let start = clock.now
        var failure: (any Error)?
        var verdicts: [Condition.Verdict] = []
        do {
            switch work {
            case .step(let step):
                verdicts = step.sets.map { Self.verdict(node, $0) }
                let wanted = zip(step.sets, verdicts).compactMap { $1.isTrue ? $0 : nil }
                let emit = emitter(node, envelope: step.sets.count == 1 ? step.sets[0].trigger : nil, step: step)
                if node.checked.batch != nil, let behavior = behavior as? any BatchNode {
                    if !wanted.isEmpty { try await behavior.process(wanted, emit) }
                } else {
                    for inputs in wanted { try await behavior.process(inputs, emit) }
                }
            case .finish: try await behavior.finish(emitter(node, envelope: nil))
            case .wake, .itemEnded: break
            }
        } catch {
            failure = error
        }
        let duration = clock.now - start
        monitor.withLock {
            node.running -= 1
            node.processTasks[ticket] = nil
            node.timeouts.removeValue(forKey: ticket)?.cancel()
            if case .step(let step) = work { endWork(step.traces) }
            if node.overdue.remove(ticket) != nil, failure != nil, let timeout = pipeline.settings.documentTimeout {
                failure = GraphError.itemTimedOut(timeout)
            }
            busyCount -= 1
            defer { monitor.signal() }
            guard !isOver else { return }
            if case .step(let step) = work {
                complete(node, step, verdicts, failure, start: start, duration: duration)
            } else if let failure {
                handle(failure, of: node, nil)
            }
            settle(node)
        }
    }

    /// Locked.
    private func complete(
        _ node: NodeState, _ step: NodeState.Step, _ verdicts: [Condition.Verdict], _ failure: (any Error)?, start: Duration,
        duration: Duration
    ) {
        var hasRun = false
        for (inputs, verdict) in zip(step.sets, verdicts) {
            hasRun = ran(node, inputs, verdict, start: start, duration: duration) || hasRun
        }
        if hasRun, let failure {
            let wanted = zip(step.sets, verdicts).compactMap { $1.isTrue ? $0 : nil }
            let others = zip(step.sets, verdicts).compactMap { $1.isTrue ? nil : $0 }
            let step = NodeState.Step(sets: wanted, attempt: step.attempt, ticket: step.ticket)
            if handle(failure, of: node, step) { return leaveItems(others, of: node) }
        }
        passTurn(step.ticket, of: node)
        leaveItems(step.sets, of: node)
    }
}

/// Carries a node into the task that alone uses it from then on.
struct UncheckedBox<Wrapped>: @unchecked Sendable {
    let value: Wrapped
    init(_ value: Wrapped) { self.value = value }
}
