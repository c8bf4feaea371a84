import MillGraph
import MillValue
import Testing

@Suite("End of stream and stopping")
struct EndTests {
    @Test("a closed input holds its packets back until the node opens it again, and none is lost at the end")
    func gate() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 5}}
              gate: {type: test.gate, inputs: {in: {from: count, queue: {size: 1}}}}
              end: {type: test.collect, inputs: {in: gate}}
            """, recorder)
        #expect(recorder.values() == ["0", "1", "2", "3", "4"])
        #expect(report.duration == .seconds(4))
    }

    @Test("an asynchronous node emits beside its inputs and when it finishes")
    func asynchronousNode() async throws {
        let recorder = Recorder()
        try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers}
              echo: {type: test.echo, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: echo}}
              reports: {type: test.collect, inputs: {in: echo/report}}
            """, recorder)
        #expect(recorder.values() == ["0", "1", "2"])
        #expect(recorder.values("reports") == ["\"online\"", "\"offline\""])
    }

    @Test("a loop through an asynchronous node ends although the node could still report")
    func asynchronousLoop() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {rate: 1Hz}}
              pair: {type: test.latest, inputs: {in: count, state: {from: echo/report, back_edge: true}}}
              echo: {type: test.echo, inputs: {in: pair}}
              end: {type: test.collect, inputs: {in: echo}}
            """, recorder)
        #expect(report.outcome == .finished)
        #expect(recorder.values().count == 3)
        #expect(recorder.values().last == "[2,\"online\"]")
    }

    @Test("stop ends the sources and lets everything on its way arrive in order", .timeLimit(.minutes(1)))
    func stop() async throws {
        let recorder = Recorder()
        let pipeline = try load(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 1000000000}}
              double: {type: test.double, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: double}}
            """)
        let stopper = Stopper(after: 500)
        let runtime = Runtime(
            pipeline,
            options: RuntimeOptions(
                execution: .realTime(workers: 3), logger: .quiet,
                observer: { event in
                    recorder.observe(event)
                    stopper.observe(event)
                }))
        stopper.runtime = runtime
        let report = try await runtime.run()
        #expect(report.outcome == .stopped)
        let numbers = recorder.packets("end").compactMap { $0.payload.value?.int }
        #expect(numbers == (0..<numbers.count).map { 2 * $0 })
        #expect(numbers.count >= 500)
        for edge in report.edges { #expect(edge.sent == edge.delivered) }
    }

    @Test("abort drops what is on its way and counts it", .timeLimit(.minutes(1)))
    func abort() async throws {
        let pipeline = try load(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 1000000000}}
              gate: {type: test.gate, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: gate}}
            """)
        let stopper = Stopper(after: 1, aborts: true)
        let runtime = Runtime(
            pipeline, options: RuntimeOptions(execution: .realTime(workers: 2), logger: .quiet, observer: stopper.observe))
        stopper.runtime = runtime
        let report = try await runtime.run()
        #expect(report.outcome == .aborted)
        for edge in report.edges { #expect(edge.sent == edge.delivered + edge.dropped + edge.depth) }
    }

    @Test("cancelling the task of a run stops it", .timeLimit(.minutes(1)))
    func cancellation() async throws {
        let pipeline = try load(
            """
            version: 1
            nodes:
              wait: {type: test.silent}
              end: {type: test.collect, inputs: {in: wait}}
            """)
        let task = Task { try await Runtime(pipeline, options: RuntimeOptions(logger: .quiet)).run() }
        task.cancel()
        #expect(try await task.value.outcome == .stopped)
    }

    @Test("100 000 packets pass four nodes on four workers without loss", .timeLimit(.minutes(2)))
    func manyPackets() async throws {
        let report = try await Runtime(
            try load(
                """
                version: 1
                nodes:
                  count: {type: test.numbers, config: {count: 100000}}
                  a: {type: test.pass, inputs: {in: count}}
                  b: {type: test.double, inputs: {in: a}}
                  join: {type: test.join, inputs: {a: a, b: b}}
                  end: {type: test.collect, inputs: {in: join}}
                """), options: RuntimeOptions(execution: .realTime(workers: 4), logger: .quiet)
        ).run()
        #expect(report.outcome == .finished)
        #expect(try report.node("end").count == 100_000)
        for edge in report.edges { #expect(edge.delivered == 100_000 && edge.dropped == 0 && edge.unmatched == 0) }
        print("100 000 packets in \(report.duration)")
    }
}
