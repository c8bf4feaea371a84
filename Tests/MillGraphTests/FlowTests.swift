import MillGraph
import MillValue
import Testing

@Suite("Packets through a graph")
struct FlowTests {
    @Test("numbers flow through a chain in order, and the report counts them")
    func chain() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 10}}
              double: {type: test.double, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: double}}
            """, recorder)
        #expect(report.outcome == .finished)
        #expect(recorder.values() == (0..<10).map { "\(2 * $0)" })
        #expect(try report.node("double").count == 10)
        #expect(try report.edge("double/out → end/in").delivered == 10)
        #expect(report.paths.map { "\($0.source) → \($0.sink): \($0.latency.count)" } == ["count → end: 10"])
    }

    @Test("a deterministic run repeats event by event")
    func repeats() async throws {
        let text = """
            version: 1
            nodes:
              slow: {type: test.numbers, config: {count: 20, rate: 3Hz}}
              fast: {type: test.numbers, config: {count: 50, rate: 7Hz}}
              pair: {type: test.latest, inputs: {in: fast, state: slow}}
              end: {type: test.collect, inputs: {in: [pair, slow]}}
            """
        let (first, second) = (Recorder(), Recorder())
        try await run(text, first)
        try await run(text, second)
        #expect(first.events.count > 100)
        #expect(first.events == second.events)
    }

    @Test("one packet reaches every reader of an output")
    func fanOut() async throws {
        let recorder = Recorder()
        try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers}
              a: {type: test.collect, inputs: {in: count}}
              b: {type: test.collect, inputs: {in: count}}
            """, recorder)
        #expect(recorder.values("a") == ["0", "1", "2"])
        #expect(recorder.values("b") == ["0", "1", "2"])
    }

    @Test("exact inputs join packets of the same sequence")
    func exactJoin() async throws {
        let recorder = Recorder()
        try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers}
              double: {type: test.double, inputs: {in: count}}
              join: {type: test.join, inputs: {a: count, b: double}}
              end: {type: test.collect, inputs: {in: join}}
            """, recorder)
        #expect(recorder.values() == ["[0,0]", "[1,2]", "[2,4]"])
    }

    @Test("a packet whose partner was lost is dropped from the join and counted")
    func unmatched() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 5}}
              flaky: {type: test.flaky, on_error: skip, inputs: {in: count}, config: {fail_on: [1, 3]}}
              join: {type: test.join, inputs: {a: count, b: flaky}}
              end: {type: test.collect, inputs: {in: join}}
            """, recorder)
        #expect(recorder.values() == ["[0,0]", "[2,2]", "[4,4]"])
        #expect(try report.edge("count/number → join/a").unmatched == 2)
        #expect(report.failedPackets == 2)
        #expect(report.outcome == .finished)
    }

    @Test("a join whose partner was lost does not hold up the source for ever")
    func starvedJoin() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 30}}
              later: {type: test.later, inputs: {in: {from: count, when: packet.sequence % 10 == 0}}}
              join: {type: test.join, inputs: {a: {from: count, queue: {size: 1}}, b: later}}
              end: {type: test.collect, inputs: {in: join}}
            """, recorder)
        #expect(report.outcome == .finished)
        #expect(recorder.values() == ["[0,0]", "[10,10]", "[20,20]"])
        #expect(try report.edge("count/number → join/a").unmatched == 27)
    }

    @Test("a latest input gives the newest packet and never makes the node run")
    func latest() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 4, rate: 1Hz}}
              state: {type: test.numbers, config: {count: 7, rate: 2Hz}}
              pair: {type: test.latest, inputs: {in: count, state: state}}
              end: {type: test.collect, inputs: {in: pair}}
            """, recorder)
        #expect(recorder.packets("pair").count == 4)
        #expect(recorder.values().last == "[3,5]")
        #expect(try report.edge("state/number → pair/state").superseded > 0)
    }

    @Test("a loop behind a limiter processes every packet, one at a time, and ends")
    func loop() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 20}}
              limit: {type: test.limit, inputs: {in: count, finished: {from: double, back_edge: true}}}
              double: {type: test.double, inputs: {in: limit}}
              end: {type: test.collect, inputs: {in: double}}
            """, recorder)
        #expect(report.outcome == .finished)
        #expect(recorder.values() == (0..<20).map { "\(2 * $0)" })
    }
}
