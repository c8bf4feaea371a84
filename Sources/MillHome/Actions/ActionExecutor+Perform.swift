import Logging
import MillStore
import MillValue
import Synchronization

extension ActionExecutor {
    /// An action under way.
    private struct Job {
        let entry: OutboxEntry
        let device: Device
        let command: DeviceCommand
        /// The key as the caller knows it.
        let key: String
        let begun: Duration
        let isRecovered: Bool
        var attempts: Int
    }

    /// Records and carries out a new action.
    func perform(_ request: ActionRequest, begun: Duration) async -> ActionOutcome {
        let run = state.withLock { $0.run } ?? 0
        let created = request.created ?? clock.wallTime
        var action = NewAction(
            key: "\(run)/\(request.key)", device: request.device, command: request.command, arguments: request.arguments,
            delivery: .set, rule: request.rule, event: request.event,
            expires: created + (request.expires ?? settings.expires).inSeconds)
        let checked: Result<(device: Device, command: DeviceCommand), CommandRefusal>
        do throws(CommandRefusal) {
            let found = try registry.command(request.command, of: request.device, request.arguments)
            action.delivery = found.command.delivery
            checked = .success(found)
        } catch {
            checked = .failure(error)
        }
        do throws(StoreError) {
            try await prune()
            let (entry, isNew) = try await outbox.record(action, at: clock.wallTime)
            if entry.state.isFinal { return outcome(of: entry, key: request.key, begun: begun, isRepeated: !isNew) }
            switch checked {
            case .failure(let refusal):
                try await outbox.finish(entry.id, as: .refused, reason: refusal.description, at: clock.wallTime)
                return outcome(
                    of: entry, key: request.key, begun: begun, isRepeated: false, as: .refused, reason: refusal.description)
            case .success(let (device, command)):
                return await carryOut(
                    Job(
                        entry: entry, device: device, command: command, key: request.key, begun: begun, isRecovered: !isNew,
                        attempts: entry.attempts))
            }
        } catch {
            // What cannot be written down is not done: after a crash nobody would know of it.
            return ActionOutcome(
                key: request.key, device: request.device, command: request.command, arguments: request.arguments,
                rule: request.rule, event: request.event, result: .failed, reason: "not sent: \(error)", reported: nil,
                latency: clock.now - begun, attempts: 0)
        }
    }

    /// Takes up an action that an earlier run began.
    func recover(_ entry: OutboxEntry) async -> ActionOutcome {
        let action = entry.action
        let begun = clock.now
        let key = action.key.firstIndex(of: "/").map { String(action.key[action.key.index(after: $0)...]) } ?? action.key
        let end: (ActionState, String)
        do throws(CommandRefusal) {
            let (device, command) = try registry.command(action.command, of: action.device, action.arguments)
            if entry.state == .pending || action.delivery == .set {
                return await carryOut(
                    Job(
                        entry: entry, device: device, command: command, key: key, begun: begun, isRecovered: true,
                        attempts: entry.attempts))
            }
            end = (.unknown, "the program ended after it was sent; whether it took effect is not known, and it is not repeated")
        } catch {
            end = entry.state == .sent && action.delivery == .once ? (.unknown, error.description) : (.refused, error.description)
        }
        var outcome = outcome(of: entry, key: key, begun: begun, isRepeated: false, as: end.0, reason: end.1)
        outcome.isRecovered = true
        await finish(entry, &outcome)
        return outcome
    }

    private func carryOut(_ job: Job) async -> ActionOutcome {
        registry.beginCommand(job.device.id)
        defer { registry.endCommand(job.device.id) }
        var job = job
        var result: (state: ActionState, reason: String?, reported: ValueMap?)
        do throws(StoreError) {
            result = try await follow(&job)
        } catch {
            result = (.failed, "not sent: \(error)", nil)
        }
        var outcome = outcome(
            of: job.entry, key: job.key, begun: job.begun, isRepeated: false, as: result.state, reason: result.reason)
        outcome.reported = result.reported
        outcome.attempts = job.attempts
        outcome.isRecovered = job.isRecovered
        if result.state.isFinal { await finish(job.entry, &outcome) }
        return outcome
    }

    /// Sends until there is an outcome.
    private func follow(_ job: inout Job) async throws(StoreError) -> (ActionState, String?, ValueMap?) {
        let expires = clock.now + remainingTime(job.entry)
        let nobodyListensUntil = clock.now + settings.timeout
        while true {
            if let end = await obstacle(job, expires: expires) { return end }
            // A command that was sent before may have had its effect: look before repeating it.
            if job.attempts > 0, job.command.delivery == .set, let state = registry.state(of: job.device.id)?.reported,
                job.command.isFulfilled(by: state, before: nil)
            {
                return (.confirmed, nil, state)
            }
            if clock.now >= expires { return (.expired, "its time was over before it could be sent", nil) }
            try await outbox.markSent(job.entry.id, at: clock.wallTime)
            job.attempts += 1
            let reply = OneShot<Reply>()
            let waiter = Waiter(
                device: job.device.id, command: job.command, before: registry.state(of: job.device.id)?.reported, reply: reply)
            state.withLock { $0.waiters[job.key] = waiter }
            defer { state.withLock { $0.waiters[job.key] = nil } }
            let handover = await connection.send(job.command, to: job.device, key: job.key, expires: expires - clock.now)
            switch handover {
            case .handedOver: break
            case .refused(let reason): return (.refused, reason, nil)
            case .notConnected: continue
            case .interrupted: reply.resolve(.disconnected("before it was acknowledged"))
            case .nobodyListens:
                if clock.now >= nobodyListensUntil { return (.failed, "nothing listens to this device's commands", nil) }
                try? await clock.sleep(until: min(clock.now + settings.retryDelay, nobodyListensUntil))
                continue
            }
            switch await reply.value(until: clock.now + settings.timeout, clock: clock, otherwise: .timeout) {
            case .confirmed(let seen): return (.confirmed, nil, seen)
            case .refused(let reason): return (.refused, reason, nil)
            case .timeout:
                let state = registry.state(of: job.device.id)?.reported
                return (.timeout, "the device reported nothing fitting within \(settings.timeout.inSeconds) s", state)
            case .disconnected(let reason):
                guard job.command.delivery == .once else { continue }
                return (.unknown, "the connection was lost after it was sent (\(reason)); it is not repeated", nil)
            }
        }
    }

    /// How long the action still makes sense, within what a `Duration` can hold.
    private func remainingTime(_ entry: OutboxEntry) -> Duration {
        let century = 3e9
        guard let expires = entry.action.expires else { return .seconds(century) }
        return .seconds(min(max(expires - clock.wallTime, -century), century))
    }

    /// Waits for a connection; returns why the action ends here, if it does.
    private func obstacle(_ job: Job, expires: Duration) async -> (ActionState, String?, ValueMap?)? {
        let (replacement, waiting, isConnected) = state.withLock { ($0.superseded[job.key], $0.connection, $0.isConnected) }
        if let replacement, job.attempts == 0 { return (.expired, "replaced by \(replacement)", nil) }
        if !isConnected { _ = await waiting.value(until: expires, clock: clock, otherwise: false) }
        let (isStopping, isConnectedNow) = state.withLock { ($0.isStopping, $0.isConnected) }
        // Once the run ends, nothing is sent any more, also not once more: a broker that hangs would hold up the end.
        if isStopping {
            return (job.attempts == 0 ? .pending : .sent, "the run ended first; the next start takes it up", nil)
        }
        if !isConnectedNow, clock.now >= expires { return (.expired, "there was no connection in time", nil) }
        return nil
    }

    private func finish(_ entry: OutboxEntry, _ outcome: inout ActionOutcome) async {
        do {
            try await outbox.finish(
                entry.id, as: outcome.result, reason: outcome.reason, reported: outcome.reported, at: clock.wallTime)
        } catch {
            log.error("the outcome of \(outcome.key) could not be recorded: \(error)")
        }
    }

    private func outcome(
        of entry: OutboxEntry, key: String, begun: Duration, isRepeated: Bool, as result: ActionState? = nil,
        reason: String? = nil
    ) -> ActionOutcome {
        ActionOutcome(
            key: key, device: entry.action.device, command: entry.action.command, arguments: entry.action.arguments,
            rule: entry.action.rule, event: entry.action.event, result: result ?? entry.state, reason: reason ?? entry.reason,
            reported: entry.reported, latency: clock.now - begun, attempts: entry.attempts, isRepeated: isRepeated)
    }
}
