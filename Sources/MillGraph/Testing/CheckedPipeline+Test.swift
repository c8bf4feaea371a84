import Logging
import MillValue
import Synchronization

extension CheckedPipeline {
    /// Runs one of the file's tests: its files stand in for sources, and what the outputs send is compared with what the test
    /// expects.
    ///
    /// Nothing leaves the process: sources without files send nothing, nodes without outputs are left out, and what stands in
    /// for connections says itself (``ResourceType/stub``). One worker runs on a clock that jumps to whatever is next, so a
    /// test takes no longer than its computations and gives the same each time.
    ///
    /// - Parameters:
    ///   - test: of ``tests``. Node types may keep state per registry, so each test wants a pipeline that was loaded with a
    ///     registry of its own.
    ///   - limit: of real time, after which the test is ended and has failed.
    public func run(_ test: PipelineTest, limit: Duration = .seconds(300), logger: Logger) async -> PipelineTestResult {
        let clock = ContinuousClock()
        let start = clock.now
        let recorder = PacketRecorder(test.expectations.map(\.output))
        var failures: [String] = []
        do {
            let runtime = Runtime(self, options: try options(of: test, recorder: recorder, logger: logger))
            let watch = Task {
                try await Task.sleep(for: limit)
                runtime.abort()
            }
            defer { watch.cancel() }
            let report = try await runtime.run()
            switch report.outcome {
            case .finished: break
            case .failed(let error): failures.append("the run failed: \(error)")
            case .stopped: failures.append("the run was stopped")
            case .aborted: failures.append("the run did not end within \(limit.inSecondsText)")
            }
        } catch { failures.append("\(error)") }
        let observed = recorder.values
        // What a run that failed did not send needs no words of its own.
        if failures.isEmpty {
            for (expectation, values) in zip(test.expectations, observed) {
                failures += Self.differences(expectation.output, expected: expectation.values, actual: values)
            }
        }
        return PipelineTestResult(
            name: test.name, failures: failures.map(redactor.redact),
            observed: zip(test.expectations, observed).map { ($0.output, $1) }, duration: clock.now - start)
    }

    private func options(of test: PipelineTest, recorder: PacketRecorder, logger: Logger) throws -> RuntimeOptions {
        var options = RuntimeOptions(
            execution: .deterministic, clock: ManualClock(), logger: logger, observer: { recorder.note($0) })
        options.isTest = true
        for node in nodes where node.type.isSource {
            let files = test.stubs.first { $0.node == node.name }?.files ?? []
            // Read now, so that a file that is not there is told before anything runs.
            let source = UncheckedBox(try StubSource(files: files, type: node.outputTypes.first ?? .any))
            options.replacements[node.name] = { _ in source.value }
        }
        for node in nodes where node.outputTypes.isEmpty { options.replacements[node.name] = { _ in DiscardNode() } }
        return options
    }

    private static func differences(_ output: PortReference, expected: [Value], actual: [Value]) -> [String] {
        var failures: [String] = []
        for (index, (wanted, given)) in zip(expected, actual).enumerated() {
            if let difference = ValueDifference.find(expected: wanted, actual: given) {
                failures.append("\(output) #\(index + 1): \(difference.text)")
            }
        }
        if expected.count != actual.count {
            let rest = actual.count > expected.count ? actual[expected.count].json() : expected[actual.count].json()
            failures.append(
                "\(output) sent \(actual.count) of \(expected.count) expected values; the first "
                    + (actual.count > expected.count ? "that is too much" : "that is missing") + " is \(rest.prefix(300))")
        }
        return failures
    }
}

/// Keeps what some outputs send.
private final class PacketRecorder: Sendable {
    private let outputs: [PortReference]
    private let state: Mutex<[[Value]]>

    init(_ outputs: [PortReference]) {
        self.outputs = outputs
        state = Mutex(Array(repeating: [], count: outputs.count))
    }

    func note(_ event: RuntimeEvent) {
        guard case .emitted(let node, let port, let packet) = event else { return }
        for (index, output) in outputs.enumerated() where output.node == node && output.port == port {
            state.withLock { $0[index].append(packet.payload.expressionValue) }
        }
    }

    /// In the order of the outputs.
    var values: [[Value]] { state.withLock { $0 } }
}
