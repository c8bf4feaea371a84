import Logging
import MillGraph
import MillValue
import Testing

@Suite("The tests of a pipeline file")
struct PipelineTestTests {
    private static let pipeline = """
        version: 1
        nodes:
          count: {type: test.numbers, config: {count: 1000000000}}
          other: {type: test.numbers, config: {count: 5}}
          double: {type: test.double, inputs: {in: count}}
          slow: {type: test.slow, inputs: {in: double}}
          rest: {type: test.double, inputs: {in: other}}
          end: {type: test.collect, inputs: {in: slow}}

        """

    private func run(_ tests: String, files: [String: String] = [:]) async throws -> [PipelineTestResult] {
        let folder = try TemporaryFolder()
        for (name, text) in files { _ = try folder.write(name, text) }
        let path = try folder.write("a.yaml", Self.pipeline + tests)
        let pipeline = try Pipeline.load(path: path, registry: TestNodes.registry)
        var results: [PipelineTestResult] = []
        for test in pipeline.tests { results.append(await pipeline.run(test, logger: Logger(label: "test"))) }
        return results
    }

    @Test("files stand in for sources, other sources are silent, and time takes no time")
    func passes() async throws {
        let results = try await run(
            """
            tests:
              - name: doubles
                stub: {count: [a.json, b.jsonl]}
                expect: {double/out: [2, 4, 6], slow/out: [2, 4, 6], rest/out: []}
            """, files: ["a.json": "1", "b.jsonl": "2\n3\n"])
        #expect(results.map(\.failures) == [[]])
        #expect(results[0].hasPassed && results[0].observed.map(\.values) == [[2, 4, 6], [2, 4, 6], []])
    }

    @Test("each difference is one sentence that says where")
    func differences() async throws {
        let results = try await run(
            """
            tests:
              - {name: wrong, stub: {count: a.jsonl}, expect: {double/out: [2, 5]}}
              - {name: short, stub: {count: a.jsonl}, expect: {double/out: [2, 4, 6]}}
              - {name: long, stub: {count: a.jsonl}, expect: {double/out: [2]}}
              - {name: silent, expect: {double/out: [2]}}
            """, files: ["a.jsonl": "1\n2"])
        #expect(
            results.map(\.failures) == [
                ["double/out #2: is 4, expected 5"],
                ["double/out sent 2 of 3 expected values; the first that is missing is 6"],
                ["double/out sent 2 of 1 expected values; the first that is too much is 4"],
                ["double/out sent 0 of 1 expected values; the first that is missing is 2"],
            ])
    }

    @Test("a file that cannot stand in fails its test and says why")
    func badFiles() async throws {
        let results = try await run(
            """
            tests:
              - {name: none, stub: {count: nothing.json}, expect: {double/out: []}}
              - {name: broken, stub: {count: broken.json}, expect: {double/out: []}}
              - {name: text, stub: {count: text.json}, expect: {double/out: []}}
            """, files: ["broken.json": "{", "text.json": "\"a\""])
        #expect(results.map(\.failures.count) == [1, 1, 1])
        #expect(results[0].failures[0].contains("nothing.json: No such file"))
        #expect(results[1].failures[0].contains("broken.json: "))
        #expect(results[2].failures[0].hasPrefix("the run failed: node 'double' failed"))
    }

    @Test("of a mapping the expected keys count, of a list all entries, and numbers may be rounded otherwise")
    func comparison() {
        func text(_ expected: Value, _ actual: Value) -> String? {
            ValueDifference.find(expected: expected, actual: actual)?.text
        }
        #expect(text(["a": 1], ["a": 1, "b": 2]) == nil)
        #expect(text(["a": ["b": [1, 2.5]]], ["a": ["b": [1.0, 2.5000001]]]) == nil)
        #expect(text(["a": ["b": [1, 2]]], ["a": ["b": [1, 3]]]) == "a.b[1] is 3, expected 2")
        #expect(text(["a": 1], ["b": 1]) == "a is missing, expected 1")
        #expect(text([1, 2], [1]) == "is a list of 1: [1], expected 2 entries")
        #expect(text("x", 1) == "is 1, expected \"x\"")
        #expect(text(.null, .null) == nil && text(true, 1) != nil)
    }

    @Test("a connection that leads out of the process is simulated or refused")
    func connections() async throws {
        func registry(_ stub: (@Sendable (ResourceContext) async throws -> any Sendable)?) -> NodeRegistry {
            var registry = NodeRegistry()
            registry.register(
                connection: ResourceType(
                    "far", "far away", configuration: [ConfigField("url", .url, required: true)], usesNetwork: true, stub: stub
                ) { _ in throw PipelineTestError.stub(file: "far", reason: "must not be made") })
            registry.register(
                NodeType(
                    "test.ask", "asks", outputs: [.output("out", .record)], needsConnection: true
                ) { context in
                    _ = try context.connection(as: String.self)
                    return SilentSource()
                })
            return registry
        }
        let folder = try TemporaryFolder()
        _ = try folder.write("a.json", "1")
        let path = try folder.write(
            "a.yaml",
            """
            version: 1
            connections: {it: {url: "far:"}}
            nodes: {ask: {type: test.ask, connection: it}}
            tests: [{name: a, stub: {ask: a.json}, expect: {ask: [1]}}]
            """)
        for (registry, failures) in [(registry { _ in "near" }, 0), (registry(nil), 1)] {
            let pipeline = try Pipeline.load(path: path, registry: registry)
            let result = await pipeline.run(pipeline.tests[0], logger: Logger(label: "test"))
            #expect(result.failures.count == failures, "\(result.failures)")
            if failures == 1 { #expect(result.failures[0].contains("leads out of this process")) }
        }
    }
}
