import MillGraph
import MillValue
import Testing

@Suite("Nodes that take several packets: at once, or as lists")
struct ParallelTests {
    private func values(_ text: String) async throws -> (values: [String], report: RunReport, recorder: Recorder) {
        let recorder = Recorder()
        let report = try await run(text, recorder)
        return (recorder.values(), report, recorder)
    }

    @Test("several at once leave in the order in which they came, and a slow one does not keep the others from working")
    func order() async throws {
        let text = """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 8}}
              work: {type: test.work, parallel: 4, inputs: {in: count}, config: {takes: [400, 100, 300, 200]}}
              end: {type: test.collect, inputs: {in: work}}
            """
        let (values, report, _) = try await values(text)
        #expect(values == (0..<8).map(String.init))
        #expect(report.duration == .milliseconds(600))
        let alone = try await self.values(text.replacing("parallel: 4", with: "parallel: 1"))
        #expect(alone.values == values && alone.report.duration == .milliseconds(2000))
    }

    @Test("behind a slow one, no more wait with their results than work at once")
    func waiting() async throws {
        let (values, report, _) = try await values(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 8}}
              work: {type: test.work, parallel: 2, inputs: {in: count}, config: {takes: [1000, 10, 10, 10, 10, 10, 10, 10]}}
              end: {type: test.collect, inputs: {in: work}}
            """)
        #expect(values == (0..<8).map(String.init))
        // Two wait with the first; the five others take three times 10 ms after it.
        #expect(report.duration == .milliseconds(1030))
    }

    @Test("one that fails holds up nobody; one that is tried again keeps its place")
    func failures() async throws {
        for (policy, expected) in [("skip", [0, 2, 3, 4, 5]), ("{retry: {attempts: 2, delay: 50ms}}", [0, 2, 3, 4, 5])] {
            let (values, report, _) = try await values(
                """
                version: 1
                run: {mode: batch}
                nodes:
                  count: {type: test.numbers, config: {count: 6}}
                  work: {type: test.work, parallel: 3, on_error: \(policy), inputs: {in: count}, config: {takes: [40, 10, 30], fail_on: [1]}}
                  end: {type: test.collect, inputs: {in: work}}
                """)
            #expect(values == expected.map(String.init) && report.failedPackets == 1)
            #expect(try report.node("work").retried == (policy == "skip" ? 0 : 2))
        }
    }

    @Test("a list is full, or its time is up, or nothing more comes")
    func lists() async throws {
        func text(_ rate: String, _ timeout: String) -> String {
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 8, rate: \(rate)}}
              list: {type: test.list, parallel: 1, batch: {size: 3, timeout: \(timeout)}, inputs: {in: {from: count, queue: {size: 8}}}}
              end: {type: test.collect, inputs: {in: list}}
            """
        }
        #expect(try await values(text("10Hz", "1h")).values == ["[0,1,2]", "[3,4,5]", "[6,7]"])
        #expect(try await values(text("10Hz", "150ms")).values == ["[0,1]", "[2,3]", "[4,5]", "[6,7]"])
        #expect(try await values(text("10Hz", "0s")).values == (0..<8).map { "[\($0)]" })
    }

    @Test("an error fails all of a list, and each of them has its dead letter")
    func failedList() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            run: {mode: batch}
            nodes:
              count: {type: test.numbers, config: {count: 6, rate: 10Hz}}
              list: {type: test.list, on_error: dead_letter, batch: {size: 3, timeout: 1h}, inputs: {in: count}, config: {fail_on: [1]}}
              lost: {type: test.collect, inputs: {in: list/dead_letter}}
              end: {type: test.collect, inputs: {in: list}}
            """, recorder)
        #expect(recorder.values() == ["[3,4,5]"])
        #expect(recorder.packets("lost").map(\.sequence) == [0, 1, 2])
        #expect(report.failedPackets == 3 && report.items?.failed == 3 && report.items?.succeeded == 3)
    }

    @Test("what a condition leaves out is in no list")
    func conditions() async throws {
        let (values, report, _) = try await values(
            """
            version: 1
            nodes:
              count: {type: test.numbers, config: {count: 6, rate: 10Hz}}
              list: {type: test.list, when: value % 2 == 0, batch: {size: 4, timeout: 1h}, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: list}}
            """)
        #expect(values == ["[0,2]", "[4]"])
        #expect(try report.node("list").skipped == 3 && report.node("list").count == 3)
    }

    @Test("a node that watches hears the end of every item, also of those that never reached it, before it finishes")
    func watching() async throws {
        let (values, _, _) = try await values(
            """
            version: 1
            run: {mode: batch, document_timeout: 10s}
            nodes:
              count: {type: test.numbers, config: {count: 4}}
              work: {type: test.work, parallel: 2, inputs: {in: count}, config: {takes: [10, 20000], fail_on: [2]}}
              slow: {type: test.slow, inputs: {in: work}}
              watch: {type: test.watch, inputs: {in: work}}
              end: {type: test.collect, inputs: {in: watch}}
            """)
        #expect(values.last == "\"4 ended\"" && values.count == 5)
        #expect(values.contains("\"2 2 is bad\"") && values.contains("\"0 done\""))
        #expect(values.filter { $0.contains("deadline passed") }.count == 2)
    }

    @Test("what is left of a failed item does not wait in a join for what was lost")
    func joins() async throws {
        let recorder = Recorder()
        let report = try await run(
            """
            version: 1
            run: {mode: batch}
            nodes:
              count: {type: test.numbers, config: {count: 12, rate: 1Hz}}
              risky: {type: test.flaky, inputs: {in: count}, config: {fail_on: [0, 1, 2, 3, 4, 5, 6, 7, 8]}}
              join: {type: test.join, inputs: {a: risky, b: count}}
              end: {type: test.collect, inputs: {in: join}}
            """, recorder)
        #expect(recorder.packets("end").map(\.sequence) == [9, 10, 11])
        #expect(try report.edge("count/number → join/b").maximumDepth == 1)
        let ends = recorder.events.filter { $0.hasPrefix("item ") }
        #expect(ends.prefix(9) == ArraySlice((0..<9).map { "item \($0) failed 1" }))
    }

    @Test("types that work on one packet refuse both keys, and say which do not")
    func refused() throws {
        let found = try problems(
            """
            version: 1
            nodes:
              count: {type: test.numbers}
              a: {type: test.double, parallel: 2, inputs: {in: count}}
              b: {type: test.work, batch: {size: 4}, inputs: {in: count}}
              c: {type: test.list, batch: {timeout: 1s}, parallel: 65, inputs: {in: count}}
              end: {type: test.collect, inputs: {in: [a, b, c]}}
            """)
        #expect(
            found == [
                "4:26 'parallel' is for types that can work on several packets at once, and test.double cannot; "
                    + "those that can: test.work, test.list",
                "5:24 'batch' is for types that can take lists, and test.work cannot; those that can: test.list",
                "6:31 'batch' of node 'c' has no 'size'; batch: {size: 8, timeout: 50ms}",
                "6:56 'parallel' of node 'c' must be a whole number from 1 to 64, but it is 65",
            ])
    }
}
