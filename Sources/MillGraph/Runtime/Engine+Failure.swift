import CoreMetrics
import Logging
import MillValue

extension Engine {
    /// Does what a node's `on_error` says. Locked.
    ///
    /// - Parameter step: nil when the error came from outside a run: `wake`, `finish` or background work.
    /// - Returns: whether the run is to be repeated.
    @discardableResult
    func handle(_ error: any Error, of node: NodeState, _ step: NodeState.Step?) -> Bool {
        let reason = pipeline.redactor.redact("\(error)")
        note(.failed(node: node.checked.name, reason: reason, packet: step?.sets.first?.trigger))
        counters.nodeFailures[node.index].increment()
        node.failed += 1
        switch node.checked.onError {
        case .fail: fail(.nodeFailed(node: node.checked.name, reason: place(step) + reason))
        case .skip: record(reason, of: node, step)
        case .retry(let attempts, let delay):
            guard var step, step.attempt <= attempts else {
                // Of a batch only the item is lost.
                if step != nil, pipeline.settings.mode == .batch {
                    record(reason, of: node, step)
                } else {
                    fail(.nodeFailed(node: node.checked.name, reason: place(step) + reason))
                }
                return false
            }
            node.failed -= 1
            node.retried += 1
            let time = clock.now + delay
            log(.warning, "node '\(node.checked.name)', attempt \(step.attempt) of \(attempts + 1): \(place(step))\(reason)")
            step.attempt += 1
            node.retries.append(NodeState.Retry(step: step, time: time))
            setAlarm(time)
            return true
        case .deadLetter:
            record(reason, of: node, step)
            sendDeadLetters(reason, of: node, step)
        }
        return false
    }

    private func record(_ reason: String, of node: NodeState, _ step: NodeState.Step?) {
        // In a batch the end of the item tells it; what belongs to no item is told at the end.
        log(items == nil ? .warning : .info, "node '\(node.checked.name)' failed: \(place(step))\(reason)")
        if items != nil, step == nil {
            outsideFailure = outsideFailure ?? .nodeFailed(node: node.checked.name, reason: reason)
        }
        for trigger in step?.sets.map(\.trigger) ?? [nil] {
            failedPackets += 1
            if let trigger { items?.fail(trigger, node: node.checked.name, reason: reason) }
            guard failures.count < Self.maximumFailures else { continue }
            failures.append(
                PacketFailure(
                    node: node.checked.name, key: trigger?.key ?? "", sequence: trigger?.sequence ?? 0, reason: reason))
        }
    }

    /// Which packets it was about, for messages.
    private func place(_ step: NodeState.Step?) -> String {
        guard let trigger = step?.sets.first?.trigger else { return "" }
        let others = (step?.sets.count ?? 1) - 1
        return "\(trigger.key.isEmpty ? "" : "\(trigger.key), ")packet \(trigger.sequence)"
            + (others > 0 ? " and \(others) more: " : ": ")
    }

    private func sendDeadLetters(_ reason: String, of node: NodeState, _ step: NodeState.Step?) {
        guard let port = node.outputNames.firstIndex(of: NodeType.deadLetterPort) else { return }
        for trigger in step?.sets.compactMap(\.trigger) ?? [] {
            let letter = trigger.with(
                .value([
                    "node": .string(node.checked.name), "error": .string(reason), "key": .string(trigger.key),
                    "sequence": .int(trigger.sequence), "timestamp": .double(trigger.timestamp.inSeconds),
                ]))
            deliver(letter, from: node, port: port, verdicts(node, port, letter))
        }
    }

    /// Ends the run with an error; the first one counts. Locked.
    func fail(_ error: GraphError) {
        guard !isOver else { return }
        finishRun(.failed(error))
    }
}
