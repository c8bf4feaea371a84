import MillGraph
import MillValue
import Testing

@Suite("Queues, conditions and failures")
struct PolicyTests {
    /// A fast source before a node that runs once per second of the clock.
    private func burst(_ queue: String, count: Int = 10) -> String {
        """
        version: 1
        nodes:
          count: {type: test.numbers, config: {count: \(count)}}
          slow: {type: test.slow, inputs: {in: {from: count, queue: \(queue)}}}
          end: {type: test.collect, inputs: {in: slow}}
        """
    }

    @Test("a blocking queue holds up the sender and loses nothing")
    func block() async throws {
        let recorder = Recorder()
        let report = try await run(burst("{size: 2, policy: block}"), recorder)
        #expect(recorder.values() == (0..<10).map { "\($0)" })
        let edge = try report.edge("count/number → slow/in")
        #expect(edge.dropped == 0)
        #expect(edge.maximumDepth == 2)
    }

    @Test("drop_oldest keeps the newest packets and counts the others")
    func dropOldest() async throws {
        let recorder = Recorder()
        let report = try await run(burst("{size: 2, policy: drop_oldest}"), recorder)
        let edge = try report.edge("count/number → slow/in")
        #expect(recorder.values().suffix(2) == ["8", "9"])
        #expect(edge.dropped > 0)
        #expect(edge.sent == edge.delivered + edge.dropped)
        #expect(edge.sent == 10)
    }

    @Test("drop_newest keeps the oldest packets and counts the others")
    func dropNewest() async throws {
        let recorder = Recorder()
        let report = try await run(burst("{size: 2, policy: drop_newest}"), recorder)
        let edge = try report.edge("count/number → slow/in")
        #expect(recorder.values().prefix(2) == ["0", "1"])
        #expect(!recorder.values().contains("9"))
        #expect(edge.sent == edge.delivered + edge.dropped)
    }

    @Test("a full queue with policy error fails the run and names the edge")
    func error() async throws {
        let report = try await run(burst("{size: 2, policy: error}"))
        #expect(report.outcome == .failed(.queueOverflow(edge: "count/number → slow/in", size: 2)))
    }

    @Test("when on an input skips packets and counts them on the edge")
    func conditionOnInput() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 6}}
              end: {type: test.collect, inputs: {in: {from: count, when: value >= 4}}}
            """, recorder)
        #expect(recorder.values() == ["4", "5"])
        #expect(try report.edge("count/number → end/in").skipped == 4)
    }

    @Test("when on a node skips runs and counts them at the node")
    func conditionOnNode() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 6}}
              double: {type: test.double, inputs: {in: count}, when: value % 2 == 0 && packet.sequence > 0}
              end: {type: test.collect, inputs: {in: double}}
            """, recorder)
        #expect(recorder.values() == ["4", "8"])
        #expect(try report.node("double").skipped == 4)
    }

    @Test(
        "a when without an answer lets nothing pass and is counted apart from false",
        arguments: [
            "value % (packet.sequence - packet.sequence) == 1", "9223372036854775807 + value > 0", "packet.sequence", "null",
        ])
    func undecided(condition: String) async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 3}}
              double: {type: test.double, inputs: {in: count}, when: "value > 0 && \(condition)"}
              end: {type: test.collect, inputs: {in: [{from: count, when: "value > 0 && \(condition)"}, double]}}
            """, recorder)
        #expect(recorder.values().isEmpty)
        #expect(report.outcome == .finished)
        let edge = try report.edge("count/number → end/in")
        #expect((edge.skipped, edge.undecided) == (1, 2))
        let node = try report.node("double")
        #expect((node.count, node.skipped, node.undecided) == (0, 1, 2))
        #expect(recorder.events.contains("count/number → end/in dropped 1: when has no answer"))
    }

    @Test("the log says once per place why a when has no answer")
    func undecidedIsLogged() async throws {
        let lines = LogLines()
        let options = RuntimeOptions(execution: .deterministic, clock: ManualClock(), logger: lines.logger)
        _ = try await Runtime(
            try load(
                """
                version: 1
                nodes:
                  count: {type: test.numbers, config: {count: 5}}
                  end: {type: test.collect, when: value.missing, inputs: {in: {from: count, when: value % 0 == 1}}}
                  all: {type: test.collect, when: packet.sequence, inputs: {in: count}}
                """), options: options
        ).run()
        let edge = lines.all.filter { $0.contains("input end/in") }
        let node = lines.all.filter { $0.contains("node 'all'") }
        #expect(edge.count == 1 && edge.allSatisfy { $0.contains("value % 0 == 1") && $0.contains("packet count #0") })
        #expect(node.count == 1 && node.allSatisfy { $0.contains("must be true or false, but it is of type integer") })
    }

    private func flaky(_ onError: String, _ config: String = "fail_on: [1]") -> String {
        """
        version: 1
        nodes:
          count: {type: test.numbers}
          flaky: {type: test.flaky, inputs: {in: count}, config: {\(config)}, on_error: \(onError)}
          end: {type: test.collect, inputs: {in: flaky}}
        """
    }

    @Test("on_error: fail ends the run with the node and the reason")
    func failing() async throws {
        let report = try await run(flaky("fail"))
        #expect(report.outcome == .failed(.nodeFailed(node: "flaky", reason: "count, packet 1: cannot take 1")))
    }

    @Test("on_error: skip goes on and keeps a record of the packet")
    func skipping() async throws {
        let recorder = Recorder()
        let report = try await run(flaky("skip"), recorder)
        #expect(recorder.values() == ["0", "2"])
        #expect(report.failures == [PacketFailure(node: "flaky", key: "count", sequence: 1, reason: "cannot take 1")])
    }

    @Test("retry calls the node again after its delay")
    func retrying() async throws {
        let recorder = Recorder()
        let report = try await run(flaky("{retry: {attempts: 3, delay: 2s}}", "fail_on: [1], times: 2"), recorder)
        #expect(recorder.values() == ["0", "1", "2"])
        #expect(try report.node("flaky").retried == 2)
        #expect(report.duration == .seconds(4))
    }

    @Test("retry gives up after its attempts")
    func retryingInVain() async throws {
        let report = try await run(flaky("{retry: {attempts: 2, delay: 1s}}"))
        #expect(report.outcome == .failed(.nodeFailed(node: "flaky", reason: "count, packet 1: cannot take 1")))
        #expect(report.duration == .seconds(2))
    }

    @Test("on_error: dead_letter sends a record of the failure to its own output")
    func deadLetter() async throws {
        let recorder = Recorder()
        let report = try await run(
            flaky("dead_letter") + "\n  morgue: {type: test.collect, inputs: {in: flaky/dead_letter}}", recorder)
        #expect(recorder.values() == ["0", "2"])
        #expect(recorder.packets("morgue").map { $0.payload.value?["error"]?.string } == ["cannot take 1"])
        #expect(report.failedPackets == 1)
    }

    @Test("a source that fails is started again with growing delays, and gives up after max_attempts")
    func restart() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count:
                type: test.numbers
                config: {fail_at: 0}
                restart: {policy: on_failure, delay: 1s, max_delay: 3s, max_attempts: 4}
              end: {type: test.collect, inputs: {in: count}}
            """, recorder)
        #expect(report.outcome == .failed(.nodeFailed(node: "count", reason: "the camera is gone")))
        #expect(try report.node("count").restarts == 4)
        let delays = recorder.events.compactMap { event in
            event.hasPrefix("count restarts after ") ? Double(event.dropFirst("count restarts after ".count)) : nil
        }
        for (delay, expected) in zip(delays, [1000.0, 2000, 3000, 3000]) { #expect(abs(delay / expected - 1) <= 0.2) }
        #expect(Set(delays).count == 4)
    }

    @Test("a source that sends nothing within its startup_timeout is started again")
    func startupTimeout() async throws {
        let report = try await run(
            """
            version: 1
            nodes:
              count:
                type: test.silent
                restart: {policy: on_failure, delay: 1s, startup_timeout: 5s, max_attempts: 1}
              end: {type: test.collect, inputs: {in: count}}
            """)
        #expect(try report.node("count").restarts == 1)
        guard case .failed(.nodeFailed("count", _)) = report.outcome else {
            Issue.record("the run ended with \(report.outcome)")
            return
        }
    }

    @Test("a run that outlasts its deadline fails")
    func deadline() async throws {
        let report = try await run(
            """
            version: 1
            run: {deadline: 10s}
            nodes:
              count: {type: test.numbers, config: {count: 100, rate: 1Hz}}
              end: {type: test.collect, inputs: {in: count}}
            """)
        #expect(report.outcome == .failed(.deadlineExceeded(.seconds(10))))
    }

    @Test("an incomplete join ends at its timeout, as on_timeout says", arguments: ["skip", "partial", "fail"])
    func joinTimeout(action: String) async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 3, rate: 1Hz}}
              flaky: {type: test.flaky, on_error: skip, inputs: {in: count}, config: {fail_on: [2]}}
              join: {type: test.join, inputs: {a: {from: count, timeout: 250ms, on_timeout: \(action)}, b: flaky}}
              end: {type: test.collect, inputs: {in: join}}
            """, recorder)
        switch action {
        case "skip":
            #expect(recorder.values() == ["[0,0]", "[1,1]"])
            #expect(try report.edge("count/number → join/a").unmatched == 1)
        case "partial": #expect(recorder.values() == ["[0,0]", "[1,1]", "[2]"])
        default: #expect(report.outcome == .failed(.joinTimedOut(node: "join", missing: ["b"], timeout: .milliseconds(250))))
        }
    }

    @Test("full blocking queues that wait for one another are reported with their edges")
    func deadlock() async throws {
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 50}}
              merge: {type: test.merge, inputs: {in: [count, {from: twice, back_edge: true, max_rounds: 9}]}}
              twice: {type: test.twice, inputs: {in: merge}}
            """)
        guard case .failed(.deadlock(let edges)) = report.outcome else {
            Issue.record("the run ended with \(report.outcome)")
            return
        }
        #expect(Set(edges) == ["merge/out → twice/in", "twice/out → merge/in"])
    }

    @Test("max_rounds bounds a loop and counts what goes no further")
    func rounds() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 1}}
              merge: {type: test.merge, inputs: {in: [count, {from: double, back_edge: true, max_rounds: 3}]}}
              double: {type: test.double, inputs: {in: merge}}
              end: {type: test.collect, inputs: {in: merge}}
            """, recorder)
        #expect(report.outcome == .finished)
        #expect(recorder.values().count == 4)
        #expect(try report.edge("double/out → merge/in").dropped == 1)
    }
}
