import MillExpression
import MillValue
import Synchronization

extension RuleEngine {
    /// How long an occasion counts as under way when no outcome comes back.
    private static let defaultRunLimit = Duration.seconds(30)
    private static let queueLimitPerRule = 100

    /// Decides about one event.
    ///
    /// - Parameter scene: the settled scene; nil takes the event's own `scene`.
    /// - Returns: the actions to carry out now, those of earlier occasions that were waiting among them.
    public func decide(event: Value, scene: Value? = nil) -> Decision {
        let wallTime = clock.wallTime
        let local = LocalTime(wallTime)
        let variables: [String: Value] = [
            "event": event, "scene": scene ?? event["scene"] ?? .null, "home": registry.value, "now": .double(wallTime),
            "local": local.value,
        ]
        let isQuestion = event["type"]?.string == "question" || event["intent"]?.string == "question"
        var decision = Decision()
        decision.actions = release()
        for (index, rule) in rules.enumerated() {
            switch holds(rule, variables) {
            case .failure(let error): decision.notes.append(Note(rule: rule.name, reason: .error(error.description)))
            case .success(false): continue
            case .success(true):
                if isQuestion {
                    decision.notes.append(Note(rule: rule.name, reason: .question))
                } else {
                    act(index, event: event, wallTime: wallTime, minute: local.minuteOfDay, &decision)
                }
            }
        }
        return decision
    }

    /// The actions of earlier occasions that were waiting and may go now; to be asked whenever an outcome is known.
    public func release() -> [ActionRequest] {
        let now = clock.now
        return state.withLock { states in
            var released: [ActionRequest] = []
            for index in states.indices {
                forgetEnded(&states[index], now: now)
                guard states[index].runs.isEmpty, !states[index].queue.isEmpty else { continue }
                let requests = states[index].queue.removeFirst()
                states[index].runs.append(run(requests, now: now))
                released += requests
            }
            return released
        }
    }

    private func forgetEnded(_ state: inout RuleState, now: Duration) {
        state.runs.removeAll { run in
            if registry.isUnderWay(run.keys), run.until > now { return false }
            for key in run.keys { registry.end(key) }
            return true
        }
    }

    private func holds(_ rule: Rule, _ variables: [String: Value]) -> Result<Bool, ExpressionError> {
        do throws(ExpressionError) {
            let value = try rule.condition.evaluate(variables)
            guard let holds = value.bool else {
                throw .evaluation(offset: 0, message: "'when' must give true or false, it gave \(value.kind)")
            }
            return .success(holds)
        } catch {
            return .failure(error)
        }
    }

    private func act(_ index: Int, event: Value, wallTime: Double, minute: Int, _ decision: inout Decision) {
        let rule = rules[index]
        let now = clock.now
        if rule.quiet?.contains(minute: minute) == true {
            decision.notes.append(Note(rule: rule.name, reason: .quietHours))
            return
        }
        var requests: [ActionRequest] = []
        for (position, step) in rule.steps.enumerated() {
            if let changed = registry.state(of: step.device)?.changedByOthersAt, now - changed < rule.hold {
                decision.notes.append(Note(rule: rule.name, reason: .manualOverride(device: step.device)))
                continue
            }
            requests.append(request(rule, step, position, event: event, wallTime: wallTime))
        }
        guard !requests.isEmpty else { return }
        let (issued, reason) = state.withLock { states in admit(requests, rule: rule, state: &states[index], now: now) }
        if let reason { decision.notes.append(Note(rule: rule.name, reason: reason)) }
        decision.actions += issued
    }

    /// Applies cooldown, rate and mode to actions whose condition held; only actions that are issued (or queued) use up either.
    private func admit(
        _ requests: [ActionRequest], rule: Rule, state: inout RuleState, now: Duration
    ) -> ([ActionRequest], Note.Reason?) {
        if let until = state.coolsUntil, now < until { return ([], .cooldown) }
        if let rate = rule.rate {
            state.occasions.removeAll { now - $0 >= rate.period }
            if state.occasions.count >= rate.count { return ([], .rateLimit) }
        }
        forgetEnded(&state, now: now)
        var requests = requests
        let isBusy = !state.runs.isEmpty
        switch rule.mode {
        case .single where isBusy: return ([], .busy)
        case .parallel where state.runs.count >= rule.maximum: return ([], .busy)
        case .queued where isBusy:
            if state.queue.count >= min(rule.maximum, Self.queueLimitPerRule) { return ([], .busy) }
            state.queue.append(requests)
        case .restart:
            let replaced = state.runs.flatMap(\.keys).sorted()
            for index in requests.indices { requests[index].supersedes = replaced }
            state.runs = []
            fallthrough
        default:
            state.runs.append(run(requests, now: now))
        }
        if rule.cooldown > .zero { state.coolsUntil = now + rule.cooldown }
        if rule.rate != nil { state.occasions.append(now) }
        return rule.mode == .queued && isBusy ? ([], .queued) : (requests, nil)
    }

    private func run(_ requests: [ActionRequest], now: Duration) -> Run {
        let limit = requests.compactMap(\.expires).max() ?? Self.defaultRunLimit
        let keys = Set(requests.map(\.key))
        registry.begin(keys)
        return Run(keys: keys, until: now + limit)
    }

    private func request(_ rule: Rule, _ step: Rule.Step, _ position: Int, event: Value, wallTime: Double) -> ActionRequest {
        let id = event["after"]?["id"]?.string ?? event["id"]?.string
        let type = event["type"]?.string ?? ""
        // An object is new once and ends once, but may change many times: only the frame tells the changes apart.
        let change = type == "update" ? event["frame"]?.string ?? event["after"]?["frame_time"]?.json() : nil
        let occasion = [id ?? "event:\(wallTime)", type, change].compactMap(\.self).joined(separator: ":")
        return ActionRequest(
            key: "\(occasion)/\(rule.name)/\(position)", device: step.device, command: step.command, arguments: step.arguments,
            rule: rule.name, event: id, expires: rule.expires, created: wallTime)
    }
}
