import MillGraph
import MillValue
import Synchronization
import Testing

@Suite("Batch runs: each packet of a source is an item that succeeds or fails by itself")
struct BatchTests {
    private func items(_ recorder: Recorder) -> [String] { recorder.events.filter { $0.hasPrefix("item ") } }

    @Test("a failed item ends nothing, and each item ends after everything that goes back to it")
    func outcomes() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            run: {mode: batch}
            nodes:
              count: {type: test.numbers, config: {count: 5}}
              risky: {type: test.flaky, inputs: {in: count}, config: {fail_on: [1, 3]}}
              many: {type: test.twice, inputs: {in: risky}}
              slow: {type: test.slow, inputs: {in: many}}
              end: {type: test.collect, inputs: {in: slow}}
            """, recorder)
        #expect(report.outcome == .finished && report.failedPackets == 2)
        #expect(report.items?.begun == 5 && report.items?.succeeded == 3 && report.items?.failed == 2)
        #expect(report.items?.doneBefore == 0)
        #expect(
            Set(items(recorder)) == [
                "item 0 succeeded", "item 1 failed 1", "item 2 succeeded", "item 3 failed 1", "item 4 succeeded",
            ])
        for sequence in [0, 2, 4] {
            let end = try #require(recorder.events.firstIndex(of: "item \(sequence) succeeded"))
            let runs = recorder.events.indices.filter {
                recorder.events[$0].hasPrefix("end ran") && recorder.events[$0].hasSuffix("for \(sequence)")
            }
            #expect(runs.count == 2 && runs.allSatisfy { $0 < end })
        }
    }

    @Test("in other runs there are no items")
    func stream() async throws {
        let recorder = Recorder()
        let report = try await run(
            "version: 1\nnodes:\n  count: {type: test.numbers}\n  end: {type: test.collect, inputs: {in: count}}", recorder)
        #expect(report.items == nil && items(recorder).isEmpty)
    }

    @Test("when all attempts have failed, the item has, and not the run")
    func retries() async throws {
        for (times, failed) in [(2, 0), (9, 1)] {
            let recorder = Recorder()
            let report = try await run(
                """
                version: 1
                run: {mode: batch, on_error: {retry: {attempts: 2, delay: 1s}}}
                nodes:
                  count: {type: test.numbers, config: {count: 3}}
                  risky: {type: test.flaky, inputs: {in: count}, config: {fail_on: [1], times: \(times)}}
                  end: {type: test.collect, inputs: {in: risky}}
                """, recorder)
            #expect(report.outcome == .finished)
            #expect(report.items?.failed == failed && report.items?.succeeded == 3 - failed)
        }
    }

    @Test("waiting for others takes nothing from the time of an item: in queues, for its turn, for room")
    func waiting() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            run: {mode: batch, document_timeout: 2500ms}
            nodes:
              count: {type: test.numbers, config: {count: 8}}
              work: {type: test.work, parallel: 3, inputs: {in: {from: count, queue: {size: 8}}}, config: {takes: [2400, 10, 10]}}
              slow: {type: test.slow, inputs: {in: {from: work, queue: {size: 1}}}}
              again: {type: test.slow, inputs: {in: {from: count, queue: {size: 8}}}}
              end: {type: test.collect, inputs: {in: [slow, again]}}
            """, recorder)
        // Those that take 2400 ms of their own have no second more; the others have waited longer than they may work.
        #expect(report.items?.failed == 3 && report.items?.succeeded == 5)
        #expect(report.duration > .milliseconds(7000))
    }

    @Test("an item that takes too long fails, with the place where it was")
    func timeouts() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            run: {mode: batch, document_timeout: 1500ms}
            nodes:
              count: {type: test.numbers, config: {count: 5}}
              work: {type: test.work, inputs: {in: {from: count, queue: {size: 8}}}, config: {takes: [100, 600]}}
              slow: {type: test.slow, inputs: {in: work}}
              end: {type: test.collect, inputs: {in: slow}}
            """, recorder)
        #expect(report.items?.succeeded == 3 && report.items?.failed == 2)
        #expect(report.failures.allSatisfy { $0.node == "slow" && $0.reason.contains("deadline passed") })
        #expect(items(recorder).filter { $0.hasSuffix("failed 1") }.count == 2)
    }

    @Test("what runs for an item is cancelled when its time is up, and the others go on")
    func cancelled() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            run: {mode: batch, document_timeout: 10s}
            nodes:
              count: {type: test.numbers, config: {count: 4}}
              work: {type: test.work, parallel: 4, inputs: {in: count}, config: {takes: [10, 3600000]}}
              end: {type: test.collect, inputs: {in: work}}
            """, recorder)
        #expect(report.items?.succeeded == 2 && report.items?.failed == 2)
        #expect(report.failures.allSatisfy { $0.reason.contains("deadline passed") && $0.node == "work" })
        #expect(report.duration < .seconds(11))
    }

    @Test("a source that fails is no item; the run tells it when the others are done")
    func failedSource() async throws {
        let recorder = Recorder()
        var registry = TestNodes.registry
        registry.register(
            NodeType("test.torn", "fails in the middle", outputs: [.output("out", .record)]) { _ in TornSource() })
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "a.yaml",
            """
            version: 1
            run: {mode: batch}
            nodes:
              torn: {type: test.torn}
              end: {type: test.collect, inputs: {in: torn}}
            """)
        let pipeline = try Pipeline.load(path: path, registry: registry)
        let report = try await Runtime(pipeline, options: RuntimeOptions(observer: recorder.observe)).run()
        #expect(report.items?.succeeded == 1)
        guard case .failed(let error) = report.outcome else {
            Issue.record("\(report.outcome)")
            return
        }
        #expect("\(error)".contains("torn") && "\(error)".contains("the paper is gone"))
    }

    @Test("what waits inside a node is not done")
    func kept() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            run: {mode: batch}
            nodes:
              count: {type: test.numbers, config: {count: 3}}
              limit: {type: test.limit, inputs: {in: count, finished: {from: slow, back_edge: true}}}
              slow: {type: test.slow, inputs: {in: limit}}
              end: {type: test.collect, inputs: {in: slow}}
            """, recorder)
        #expect(report.items?.succeeded == 3)
        for sequence in 0..<3 {
            let end = try #require(recorder.events.firstIndex(of: "item \(sequence) succeeded"))
            let run = try #require(recorder.events.firstIndex { $0.hasPrefix("end ran") && $0.hasSuffix("for \(sequence)") })
            #expect(run < end)
        }
    }

    @Test("a lost part of an item fails it, one that a condition left out does not")
    func lostParts() async throws {
        let report = try await run(
            """
            version: 1
            run: {mode: batch}
            nodes:
              count: {type: test.numbers, config: {count: 6}}
              slow: {type: test.slow, inputs: {in: {from: count, queue: {size: 1, policy: drop_newest}}}}
              odd: {type: test.double, inputs: {in: {from: count, when: value % 2 == 1}}}
              end: {type: test.collect, inputs: {in: [slow, odd]}}
            """)
        let items = try #require(report.items)
        #expect(items.begun == 6 && items.failed > 0 && items.succeeded > 0)
        #expect(try items.failed == report.edge("count/number → slow/in").dropped)
    }

    @Test("what an earlier run has finished is left out")
    func resumed() async throws {
        let recorder = Recorder()
        var registry = TestNodes.registry
        registry.register(
            NodeType("test.named", "sends names", outputs: [.output("out", .record)]) { _ in NamedSource() })
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "a.yaml",
            """
            version: 1
            run: {mode: batch}
            nodes: {names: {type: test.named}, end: {type: test.collect, inputs: {in: names}}}
            """)
        var options = RuntimeOptions(
            execution: .deterministic, clock: ManualClock(), logger: .quiet, observer: recorder.observe)
        options.isDone = { $0 == "b" || $0 == "d" }
        let report = try await Runtime(try Pipeline.load(path: path, registry: registry), options: options).run()
        #expect(recorder.values() == ["\"a\"", "\"c\""])
        #expect(report.items?.doneBefore == 2 && report.items?.succeeded == 2 && report.items?.begun == 2)
    }

    @Test("who keeps results is told what will come, and is asked about each item with its identity")
    func keepers() async throws {
        let recorder = Recorder()
        let keeper = Keeper()
        var registry = TestNodes.registry
        registry.register(
            NodeType("test.named", "sends names", outputs: [.output("out", .record)]) { _ in NamedSource() })
        registry.register(NodeType("test.keeper", "keeps", inputs: [.input("in", .record)]) { _ in keeper })
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "a.yaml",
            """
            version: 1
            run: {mode: batch}
            nodes: {names: {type: test.named}, end: {type: test.keeper, inputs: {in: names}}}
            """)
        var options = RuntimeOptions(
            execution: .deterministic, clock: ManualClock(), logger: .quiet, observer: recorder.observe)
        options.isDone = { _ in true }
        let report = try await Runtime(try Pipeline.load(path: path, registry: registry), options: options).run()
        #expect(report.items?.doneBefore == 3 && report.items?.succeeded == 1)
        #expect(keeper.calls.withLock { $0 } == ["a b c d", "a a", "b b", "c c", "d d"])
    }

    @Test("an aborted run leaves open what was on its way")
    func aborted() async throws {
        let stopper = Stopper(after: 2, aborts: true)
        let recorder = Recorder()
        let options = RuntimeOptions(
            execution: .deterministic, clock: ManualClock(), logger: .quiet,
            observer: {
                recorder.observe($0)
                stopper.observe($0)
            })
        let runtime = Runtime(
            try load(
                """
                version: 1
                run: {mode: batch}
                nodes:
                  count: {type: test.numbers, config: {count: 9}}
                  gate: {type: test.gate, inputs: {in: count}}
                  end: {type: test.collect, inputs: {in: gate}}
                """), options: options)
        stopper.runtime = runtime
        let report = try await runtime.run()
        let items = try #require(report.items)
        #expect(report.outcome == .aborted && items.begun > items.succeeded + items.failed)
        #expect(items.failed == 0)
    }

    @Test(
        "a stopped run with a ledger leaves what waits, whole, for the next one; without one it does everything that was sent",
        arguments: [true, false])
    func stopped(hasLedger: Bool) async throws {
        let stopper = Stopper(after: 2)
        let recorder = Recorder()
        let options = RuntimeOptions(
            execution: .deterministic, clock: ManualClock(), logger: .quiet,
            observer: {
                recorder.observe($0)
                stopper.observe($0)
            })
        let runtime = Runtime(
            try load(
                """
                version: 1
                run: {mode: batch\(hasLedger ? ", ledger: l.sqlite" : "")}
                nodes:
                  count: {type: test.numbers, config: {count: 9}}
                  slow: {type: test.slow, inputs: {in: {from: count, queue: {size: 2}}}}
                  end: {type: test.collect, inputs: {in: slow}}
                """), options: options)
        stopper.runtime = runtime
        let report = try await runtime.run()
        let items = try #require(report.items)
        #expect(report.outcome == .stopped && items.failed == 0)
        #expect(items.begun == items.succeeded + items.left && items.begun < 9)
        #expect(hasLedger ? items.left > 0 : items.left == 0)
        #expect(recorder.values() == (0..<items.succeeded).map { "\($0)" })
    }

    @Test("document_timeout is for batches")
    func misplaced() throws {
        #expect(
            try problems("version: 1\nrun: {document_timeout: 5s}\nnodes:\n  count: {type: test.numbers}") == [
                "2:7 'document_timeout' is for runs with 'mode: batch'; add mode: batch, or bound the whole run with 'deadline'"
            ])
    }
}

private final class TornSource: SourceNode {
    struct Torn: Error, CustomStringConvertible { let description = "the paper is gone" }

    func run(_ emit: AsyncEmitter) async throws {
        try await emit(.value("a"), key: "a", identity: "a")
        throw Torn()
    }
}

private final class NamedSource: SourceNode {
    func run(_ emit: AsyncEmitter) async throws {
        emit.expect(["a", "b", "c", "d"].map { ExpectedItem(key: $0, identity: $0) })
        for name in ["a", "b", "c", "d"] { try await emit(.value(.string(name)), key: name, identity: name) }
    }
}

/// Has lost what it kept of c.
private final class Keeper: Node, ItemKeeper {
    let calls = Mutex<[String]>([])

    func step(_ inputs: Inputs, _ emit: Emitter) throws {}

    func expect(_ items: [ExpectedItem]) { calls.withLock { $0.append(items.map(\.key).joined(separator: " ")) } }

    func keeps(_ key: String, identity: String) -> Bool {
        calls.withLock { $0.append("\(key) \(identity)") }
        return key != "c"
    }
}
