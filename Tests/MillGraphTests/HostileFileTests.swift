import MillGraph
import MillValue
import Testing

@Suite("Hostile files")
struct HostileFileTests {
    private static let seedFile = """
        version: 1
        name: "hostile \\u00e9"
        params:
          threshold: {type: number, default: 0.5, minimum: 0, maximum: 1}
          mode: {type: enum, values: [a, b], default: a}
        models: {eye: {path: eye.gguf}}
        connections: {home: {url: "virtual:", password: "${secret.home:-}"}}
        devices: &devices
          lamp: {name: Lamp, can: [on_off]}
        run: {mode: batch, deadline: 5m, on_error: {retry: {attempts: 2, delay: 1s}}}
        nodes:
          count: {type: test.numbers, config: {count: 3, rate: 2Hz}, restart: {policy: on_failure, delay: 1s}}
          limit: {type: test.limit, inputs: {in: count, finished: {from: double, back_edge: true}}}
          double:
            type: test.double   # a comment
            inputs: {in: {from: limit, queue: {size: 8, policy: drop_oldest}, when: value > 1}}
          text: {type: test.any, config: {value: [*devices, "${env.X:-y}", 'it''s', "${params.threshold}"]}}
          note:
            type: test.any
            config:
              value: |
                literal
                  text
              # the end
          end: {type: test.collect, inputs: {in: [double, limit]}}
        tests:
          - {name: x, stub: {count: a.json}, expect: {double/out: [1]}}
        """

    private static let pieces = [
        "*", "&a ", "*a", "!include x", "!!int ", "? ", ": ", "- ", "{", "}", "[", "]", "\"", "'", "|", ">", "#", "%", "@", "`",
        "\t", "\n",
        "\r", "\u{0}", "\u{85}", "\u{FEFF}", "${", "}", "$${params.", "---\n", "...\n", "<<: *devices\n", "~", "0x", "1e999", ",",
        "\u{1F600}", "\\x", "\\U00110000", "  ", "node: {", "999999999999999999999",
    ]

    @Test("files with random damage are refused or read, never worse", arguments: 0..<8)
    func mutations(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let folder = try TemporaryFolder()
        var accepted = 0
        for _ in 0..<150 {
            var bytes = Array(Self.seedFile.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) { Self.damage(&bytes, &generator) }
            let path = try folder.write("pipeline.yaml", bytes: bytes)
            do {
                let pipeline = try Pipeline.load(
                    path: path, registry: TestNodes.registry, options: LoadOptions(environment: [:]))
                accepted += pipeline.svg().isEmpty ? 0 : 1
            } catch {
                #expect(error.problems.contains { $0.severity == .error && $0.location.line >= 1 && $0.location.column >= 1 })
            }
        }
        #expect(accepted < 150)
    }

    private static func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &generator)))
        case 3:
            let end = min(bytes.count, place + Int.random(in: 1...60, using: &generator))
            let target = Int.random(in: 0..<bytes.count, using: &generator)
            bytes.insert(contentsOf: bytes[place..<end], at: target)
        case 4: bytes.removeSubrange(place...)
        default: bytes.insert(contentsOf: Array((pieces.randomElement(using: &generator) ?? "").utf8), at: place)
        }
        if bytes.isEmpty { bytes = [UInt8(ascii: "x")] }
    }

    @Test("a missing file, a folder and an empty file are refused")
    func noFile() throws {
        let folder = try TemporaryFolder()
        for path in [
            folder.path + "/none.yaml", folder.path, try folder.write("empty.yaml", ""), try folder.write("c.yaml", "# c\n"),
        ] {
            #expect(throws: PipelineErrors.self) { try Pipeline.load(path: path, registry: TestNodes.registry) }
        }
    }

    private func errors(_ text: String) throws -> [PipelineProblem] {
        let folder = try TemporaryFolder()
        let path = try folder.write("pipeline.yaml", text)
        let errors = #expect(throws: PipelineErrors.self) {
            try Pipeline.load(path: path, registry: TestNodes.registry, options: LoadOptions(environment: [:]))
        }
        return errors?.problems.filter { $0.severity == .error } ?? []
    }

    @Test("a text that grows beyond bounds by what stands for ${…} is refused before it is made", .timeLimit(.minutes(1)))
    func substitutions() throws {
        func file(_ value: String) -> String {
            """
            version: 1
            params: {a: {type: string, default: "\(String(repeating: "x", count: 100_000))"}}
            nodes: {node: {type: test.any, config: {value: \(value)}}}
            """
        }
        let one = try errors(file("\"\(String(repeating: "${params.a}", count: 4000))\""))
        #expect(one.count == 1 && one.allSatisfy { $0.message.contains("this text has more than 4 MiB") })
        for use in ["\"${params.a}\"", "\"y${params.a}\""] {
            let all = try errors(file("[\(String(repeating: use + ", ", count: 1000))]"))
            #expect(!all.isEmpty && all.allSatisfy { $0.message.contains("more than 16 MiB together") })
        }
    }

    @Test("aliases that stand for much text, and long conditions, are refused", .timeLimit(.minutes(1)))
    func texts() throws {
        let text = String(repeating: "1 + ", count: 20_000) + "1"
        func messages(uses: Int) throws -> [String] {
            let nodes = (1...uses).map { "  n\($0): {type: test.double, when: *text, inputs: {in: n0}}" }
            return try errors(
                """
                version: 1
                description: &text "\(text)"
                nodes:
                  n0: {type: test.numbers}
                \(nodes.joined(separator: "\n"))
                """
            ).map(\.message)
        }
        #expect(try messages(uses: 1) == ["'when' of node 'n1' has more than 8192 bytes"])
        #expect(try messages(uses: 2500).contains("the aliases expand to more than 4 MiB of text"))
    }

    @Test("included files are bounded in bytes together and in values each", .timeLimit(.minutes(1)))
    func includes() throws {
        let folder = try TemporaryFolder()
        try folder.write("values.json", "[" + String(repeating: "0,", count: 200_000) + "0]")
        try folder.write("long.txt", String(repeating: "x", count: 3 << 20))
        func problems(_ include: String, times: Int) throws -> [String] {
            let list = Array(repeating: "!include \(include)", count: times).joined(separator: ", ")
            let path = try folder.write(
                "pipeline.yaml", "version: 1\nnodes: {node: {type: test.any, config: {value: [\(list)]}}}\n")
            let errors = #expect(throws: PipelineErrors.self) { try Pipeline.load(path: path, registry: TestNodes.registry) }
            return errors?.problems.map(\.message) ?? []
        }
        #expect(try problems("values.json", times: 1) == ["the file has more than 100000 values"])
        let long = try problems("long.txt", times: 20)
        #expect(!long.isEmpty && long.allSatisfy { $0 == "the files that are included have more than 16 MiB together" })
    }

    @Test("thousands of nodes in a row are checked, drawn and run quickly", .timeLimit(.minutes(1)))
    func chain() async throws {
        let count = 3000
        let nodes = (1..<count).map { "  n\($0): {type: test.limit, inputs: {in: n\($0 - 1), finished: n0}}" }
        let text = "version: 1\nnodes:\n  n0: {type: test.numbers, config: {count: 1}}\n" + nodes.joined(separator: "\n")
        let pipeline = try load(text)
        #expect(pipeline.nodes.count == count)
        #expect(pipeline.edges.last?.type == pipeline.edges.first?.type)
        #expect(pipeline.svg().contains(">n\(count - 1)<"))
        let options = RuntimeOptions(execution: .deterministic, clock: ManualClock(), logger: .quiet)
        let report = try await Runtime(pipeline, options: options).run()
        #expect(report.outcome == .finished)
        #expect(report.nodes.last?.count == 2)
    }

    @Test("thousands of nodes in one ring, and thousands that name nothing, are refused quickly", .timeLimit(.minutes(1)))
    func rings() throws {
        let count = 3000
        let ring = (0..<count).map { "  n\($0): {type: test.double, inputs: {in: n\(($0 + count - 1) % count)}}" }
        let cycle = try errors("version: 1\nnodes:\n" + ring.joined(separator: "\n"))
        #expect(cycle.count == 1 && cycle.allSatisfy { $0.message.contains("form a cycle") && $0.message.count < 1000 })
        let lost = (0..<count).map { "  n\($0): {type: test.double, inputs: {in: x\($0)}}" }
        #expect(try errors("version: 1\nnodes:\n" + lost.joined(separator: "\n")).count == 100)
    }

    @Test("many warnings do not hide an error")
    func warnings() throws {
        let passwords = (0..<150).map { "  c\($0): {url: \"virtual:\", password: p\($0)}" }
        let problems = try errors(
            """
            version: 1
            connections:
            \(passwords.joined(separator: "\n"))
            nodes: {node: {type: test.none}}
            """)
        #expect(problems.contains { $0.message.contains("test.none") })
    }
}
