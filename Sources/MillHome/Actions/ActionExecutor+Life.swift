import Logging
import MillStore
import MillValue
import Synchronization

extension ActionExecutor {
    /// Connects and takes up what an earlier run left unfinished.
    ///
    /// Returns when commands can be sent. What was left over goes ahead of new actions of the same device;
    /// ``recovered()`` says what became of it.
    public func start() async throws(HomeError) {
        let unfinished: [OutboxEntry]
        do {
            try await prune()
            let run = try await outbox.beginRun(at: clock.wallTime)
            state.withLock { $0.run = run }
            unfinished = try await outbox.unfinished()
        } catch {
            throw .store(error)
        }
        // Reports that arrive from now on may be the effect of what the earlier run sent, not of a person.
        let touched = unfinished.map(\.action.device)
        for device in touched { registry.beginCommand(device) }
        defer { for device in touched { registry.endCommand(device) } }
        try await connection.start(registry: registry, timeout: settings.startupTimeout) { [self] in receive($0) }
        for entry in unfinished { enqueueRecovery(entry) }
    }

    /// Forgets actions that ended long ago, at most once per interval: a home runs for years without a restart.
    func prune() async throws(StoreError) {
        let now = clock.wallTime
        let isDue = state.withLock { state in
            // Also when the wall clock was set back.
            if let last = state.prunedAt, abs(now - last) < settings.pruneInterval.inSeconds { return false }
            state.prunedAt = now
            return true
        }
        if isDue { try await outbox.prune(endedBefore: now - settings.keep.inSeconds) }
    }

    private func enqueueRecovery(_ entry: OutboxEntry) {
        state.withLock { state in
            let previous = state.tails[entry.action.device]
            let task = Task {
                _ = await previous?.value
                let outcome = await self.recover(entry)
                self.state.withLock { $0.running[entry.action.key] = nil }
                return outcome
            }
            state.tails[entry.action.device] = task
            state.recovery.append(task)
        }
    }

    /// What became of the actions that an earlier run left unfinished, oldest first; returns when all have ended.
    public func recovered() async -> [ActionOutcome] {
        var outcomes: [ActionOutcome] = []
        for task in state.withLock({ $0.recovery }) { outcomes.append(await task.value) }
        return outcomes
    }

    /// Ends: waits for the outcome of what was sent, leaves what was not sent to the next start, and disconnects.
    ///
    /// - Parameter isComplete: whether the run came to its own end, or was drained. After a complete run, the same keys mean
    ///   new actions; after one that broke off, the next run goes on with the old ones.
    public func stop(isComplete: Bool = true) async {
        let (tasks, waiting, run, listeners) = state.withLock { state in
            state.isStopping = true
            let listeners = state.listeners
            state.listeners = []
            return (Array(state.running.values) + state.recovery, state.connection, state.run, listeners)
        }
        waiting.resolve(false)
        for task in tasks { _ = await task.value }
        if isComplete, let run {
            do {
                try await outbox.endRun(run, at: clock.wallTime)
            } catch {
                log.warning("\(error)")
            }
        }
        await connection.stop()
        for listener in listeners { listener.finish() }
    }

    /// Takes in what the connection says.
    private func receive(_ message: HomeMessage) {
        switch message {
        case .connected:
            let waiting = state.withLock { state in
                state.isConnected = true
                return state.connection
            }
            waiting.resolve(true)
        case .disconnected(let reason):
            let waiters = state.withLock { state in
                if state.isConnected { state.connection = OneShot() }
                state.isConnected = false
                return Array(state.waiters.values)
            }
            for waiter in waiters { waiter.reply.resolve(.disconnected(reason)) }
        case .report(let report):
            receive(report)
        case .availability(let device, let isAvailable):
            registry.record(available: isAvailable, device: device)
            tellListeners()
        case .answer(let key, let refusal):
            guard let refusal else { return }
            state.withLock { $0.waiters[key] }?.reply.resolve(.refused(refusal))
        }
    }

    private func receive(_ report: StateReport) {
        let changed = registry.record(report)
        let confirmed = state.withLock { state in
            var confirmed: [(OneShot<Reply>, ValueMap)] = []
            for (key, var waiter) in state.waiters where waiter.device == report.device {
                // An old report cannot tell whether a toggle took effect; for a set command it says what is.
                if report.isRetained, waiter.command.delivery == .once { continue }
                for (field, value) in report.state { waiter.seen[field] = value }
                state.waiters[key] = waiter
                if waiter.command.isFulfilled(by: waiter.seen, before: waiter.before) {
                    confirmed.append((waiter.reply, waiter.seen))
                }
            }
            return confirmed
        }
        for (reply, seen) in confirmed { reply.resolve(.confirmed(seen)) }
        if changed { tellListeners() }
    }

    private func tellListeners() {
        let listeners = state.withLock { $0.listeners }
        guard !listeners.isEmpty else { return }
        let value = registry.value
        for listener in listeners { listener.yield(value) }
    }
}
