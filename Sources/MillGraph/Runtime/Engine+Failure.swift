import CoreMetrics
import Logging
import MillValue

extension Engine {
    /// Does what a node's `on_error` says. Locked.
    ///
    /// - Parameter inputs: nil when the error came from outside a run: `wake`, `finish` or background work.
    func handle(_ error: any Error, of node: NodeState, _ inputs: Inputs?, attempt: Int) {
        let reason = pipeline.redactor.redact("\(error)")
        note(.failed(node: node.checked.name, reason: reason, packet: inputs?.trigger))
        counters.nodeFailures[node.index].increment()
        node.failed += 1
        switch node.checked.onError {
        case .fail: fail(.nodeFailed(node: node.checked.name, reason: place(inputs) + reason))
        case .skip: record(reason, of: node, inputs)
        case .retry(let attempts, let delay):
            guard let inputs, attempt <= attempts else {
                // Of a batch only the item is lost.
                if inputs != nil, pipeline.settings.mode == .batch { return record(reason, of: node, inputs) }
                return fail(.nodeFailed(node: node.checked.name, reason: place(inputs) + reason))
            }
            node.failed -= 1
            node.retried += 1
            let time = clock.now + delay
            node.retry = NodeState.Retry(inputs: inputs, attempt: attempt + 1, time: time)
            setAlarm(time)
            log(.warning, "node '\(node.checked.name)', attempt \(attempt) of \(attempts + 1): \(place(inputs))\(reason)")
        case .deadLetter:
            record(reason, of: node, inputs)
            sendDeadLetter(reason, of: node, inputs)
        }
    }

    private func record(_ reason: String, of node: NodeState, _ inputs: Inputs?) {
        failedPackets += 1
        if let trigger = inputs?.trigger { items?.fail(trigger, node: node.checked.name, reason: reason) }
        log(.warning, "node '\(node.checked.name)' failed: \(place(inputs))\(reason)")
        guard failures.count < Self.maximumFailures else { return }
        failures.append(
            PacketFailure(
                node: node.checked.name, key: inputs?.trigger?.key ?? "", sequence: inputs?.trigger?.sequence ?? 0, reason: reason
            ))
    }

    /// Which packet it was about, for messages.
    private func place(_ inputs: Inputs?) -> String {
        inputs?.trigger.map { "\($0.key.isEmpty ? "" : "\($0.key), ")packet \($0.sequence): " } ?? ""
    }

    private func sendDeadLetter(_ reason: String, of node: NodeState, _ inputs: Inputs?) {
        guard let trigger = inputs?.trigger, let port = node.outputNames.firstIndex(of: NodeType.deadLetterPort) else { return }
        let letter = trigger.with(
            .value([
                "node": .string(node.checked.name), "error": .string(reason), "key": .string(trigger.key),
                "sequence": .int(trigger.sequence), "timestamp": .double(trigger.timestamp.inSeconds),
            ]))
        deliver(letter, from: node, port: port, verdicts(node, port, letter))
    }

    /// Ends the run with an error; the first one counts. Locked.
    func fail(_ error: GraphError) {
        guard !isOver else { return }
        finishRun(.failed(error))
    }
}
