import Glibc
import MillTestSupport
import MillValue
import Testing

@Suite("The millrace program")
struct CommandTests {
    @Test("a valid file is said to be valid, with exit code 0")
    func valid() throws {
        let result = try Program.run("validate", "\(Program.root)/pipelines/smart-home.yaml")
        #expect(result.code == 0)
        #expect(result.output.contains("valid, 10 nodes"))
    }

    @Test("an invalid file ends with exit code 2 and file, line and column")
    func invalid() throws {
        let path = try Program.file("version: 1\nname: broken\nnodes:\n  image: {type: image.decod}\n")
        let result = try Program.run("validate", path)
        #expect(result.code == 2)
        #expect(result.output.contains("\(path):4:17: error:"))
        #expect(result.output.contains("image.decode"))
    }

    @Test("wrong usage ends with exit code 2", arguments: [["frobnicate"], ["run"], ["inspect", "no.such"], ["generate", "x"]])
    func usage(arguments: [String]) throws {
        #expect(try Program.run(arguments).code == 2)
    }

    @Test(
        "a word that is no command is called so, with the command that was probably meant",
        arguments: [
            (["rnu", "x.yaml"], "there is no command 'rnu'; did you mean run?"),
            (["models", "inspct"], "there is no command 'models inspct'; did you mean inspect?"),
            (["frobnicate"], "there is no command 'frobnicate'; there are run, test, validate"),
        ])
    func unknownCommand(arguments: [String], message: String) throws {
        let result = try Program.run(arguments)
        #expect(result.code == 2)
        #expect(result.output.contains(message))
    }

    @Test("validate takes secrets from a file, and says without one where they may come from")
    func secrets() throws {
        let path = try Program.file(
            """
            version: 1
            name: guarded
            connections: {home: {url: "virtual:", username: me, password: "${secret.mqtt}"}}
            nodes:
              frames: {type: source.directory, config: {path: .}}
            """)
        let secrets = "\(try Program.folder())/secrets.yaml"
        try Program.write("mqtt: opensesame\n", to: secrets)
        let without = try Program.run("validate", path)
        #expect(without.code == 2 && without.output.contains("--secrets"))
        #expect(try Program.run("validate", path, "--secrets", secrets).code == 0)
    }

    @Test("what is wrong with a device is reported at its place, whatever the nodes are")
    func devices() throws {
        let path = try Program.file(
            """
            version: 1
            name: home
            devices:
              lamp: {can: on_of}
              oven: {can: on_off, riskyy: true}
            nodes:
              frames: {type: source.directory, config: {path: .}}
            """)
        let unknownKey = try Program.run("validate", path).output
        #expect(unknownKey.contains("\(path):5:23: error: unknown key 'riskyy' in device 'oven'; did you mean 'risky'?"))
        let text = String(decoding: try Oracles.bytes(path), as: UTF8.self)
        try Program.write(text.replacing("riskyy", with: "risky"), to: path)
        let unknownName = try Program.run("validate", path).output
        #expect(unknownName.contains("\(path):4:15: error: device 'lamp': unknown capability 'on_of'"))
    }

    @Test(
        "inspect shows the keys of models, connections and devices, and nodes lists them",
        arguments: [
            ("model", "precision"), ("virtual", "outbox"), ("mqtt", "discovery"), ("mqtts", "tls"), ("device", "simulate"),
        ])
    func keys(name: String, key: String) throws {
        #expect(try Program.run("inspect", name).output.contains("    \(key) "))
        #expect(try Program.run("nodes").output.contains("\n  \(name) "))
        #expect(try JSON.parse(try Program.run("inspect", name, "--json").output)["name"]?.string == name)
    }

    @Test("a file of another kind is no damaged model")
    func noModel() throws {
        let result = try Program.run("models", "inspect", "\(Program.root)/README.md")
        #expect(result.code == 2)
        #expect(result.output.contains("README.md is not a GGUF file; a safetensors model is a folder with config.json"))
    }

    @Test("generate prints an answer's objects with the boxes that --json gives them, schema or not", arguments: [true, false])
    func groundedText(hasSchema: Bool) throws {
        let schema = hasSchema ? ["--schema", "\(Program.root)/pipelines/schemas/scene.json"] : []
        let picture = "\(Program.root)/samples/home/10-evening-cat.jpg"
        let question = ["generate", "-m", "builtin:hearth", "--image", picture] + schema + ["Describe the scene."]
        let answer = try JSON.parse(try Program.run(question + ["--json"]).output)["answer"]
        #expect(answer?["objects"]?[0]?["box"]?.list?.count == 4)
        #expect(try JSON.parse(try Program.run(question).output) == answer)
    }

    @Test(
        "a number outside its range ends with exit code 2 and says the range",
        arguments: [
            (["generate", "-m", "m", "x", "--max-tokens", "9223372036854775807"], "from 1 to 65536"),
            (["generate", "-m", "m", "x", "--max-tokens", "-1"], "from 1 to 65536"),
            (["generate", "-m", "m", "x", "--temperature", "-1"], "from 0.0 to 100.0"),
            (["generate", "-m", "m", "x", "--temperature", "nan"], "from 0.0 to 100.0"),
            (["generate", "-m", "m", "x", "--seed", "-1"], "from 0 to 18446744073709551615"),
            (["run", "p.yaml", "--workers", "-5"], "from 1 to 64"), (["run", "p.yaml", "--workers", "0"], "from 1 to 64"),
            (["bench", "m", "--prompt", "9223372036854775807"], "from 0 to 65536"),
            (["bench", "m", "--generate", "8,-1"], "from 0 to 65536"),
            (["bench", "m", "--repetitions", "0"], "from 1 to 1000"), (["bench", "m", "--threads", "-1"], "from 1 to 1024"),
            (["bench", "m", "--depth", "1,2000000"], "from 0 to 1048576"),
        ])
    func ranges(arguments: [String], range: String) throws {
        let result = try Program.run(arguments)
        #expect(result.code == 2)
        #expect(result.output.contains(range))
    }

    @Test(
        "a result that does not reach standard output ends with exit code 1 and says so",
        arguments: [
            ["nodes"], ["--help"], ["graph", "PIPELINE"], ["validate", "--json", "PIPELINE"], ["run", "--json", "PIPELINE"],
            ["run", "PIPELINE"],
        ])
    func lostResult(arguments: [String]) throws {
        let frames = try Program.folder()
        try Program.write("x", to: "\(frames)/a.txt")
        let pipeline = try Program.file(
            """
            version: 1
            nodes:
              frames: {type: source.directory, config: {path: "\(frames)"}}
              limit: {type: flow.limit, inputs: {in: frames, finished: frames}}
            """)
        let result = try Program.run(arguments.map { $0 == "PIPELINE" ? pipeline : $0 }, output: "/dev/full")
        #expect(result.code == 1)
        #expect(result.output.contains("cannot write to standard output: No space left on device"))
    }

    // The thread sanitizer writes a file of its own when it starts, which the limit would hit first.
    @Test(
        "a report page that does not fit leaves the earlier one whole, and the run ends with exit code 1",
        .enabled(if: getenv("TSAN_OPTIONS") == nil))
    func lostPage() throws {
        let out = try Program.folder()
        let frames = try Program.folder()
        try Program.write(try Oracles.bytes("\(Program.root)/samples/home/01-morning.jpg"), to: "\(frames)/a.jpg")
        try Program.write("earlier", to: "\(out)/report.html")
        let pipeline = try onePicturePipeline(frames: frames, page: "\(out)/report.html")
        // A limit on the size of files is as good as a full disk.
        let result = try Program.run(["run", pipeline], environment: "trap '' XFSZ; ulimit -f 1;")
        #expect(result.code == 1)
        #expect(result.output.contains("cannot write \(out)/report.html: File too large"))
        #expect(try Oracles.bytes("\(out)/report.html") == Array("earlier".utf8))
        #expect(try Program.run(["run", pipeline]).code == 0)
        #expect(try Oracles.bytes("\(out)/report.html").count > 512)
    }

    @Test("a run whose output file another one writes to ends with exit code 1 and names the file", .timeLimit(.minutes(1)))
    func sharedOutput() throws {
        let out = try Program.folder()
        let pipeline = try endlessPipeline(
            more: "  log: {type: sink.jsonl, inputs: {record: scene}, config: {path: \"\(out)/scenes.jsonl\"}}")
        let first = try ChildProcess([Program.path, "run", pipeline, "--json"], isGuarded: false)
        _ = try #require(first.outputLine())
        let second = try Program.run("run", pipeline)
        #expect(second.code == 1)
        #expect(second.output.contains("cannot write \(out)/scenes.jsonl: another run or node is writing to it"))
        first.signal(SIGTERM)
        while first.outputLine() != nil {}
        #expect(first.end() >> 8 == 130)
        let lines = try Oracles.bytes("\(out)/scenes.jsonl").split(separator: 0x0A)
        #expect(lines.allSatisfy { (try? JSON.parse(String(decoding: $0, as: UTF8.self))) != nil })
    }

    @Test("pipes in the place of files are refused and not waited for", .timeLimit(.minutes(1)))
    func pipes() throws {
        let pipe = "\(try Program.folder())/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let schema = ["generate", "-m", "\(Program.root)/samples/models/hearth.gguf", "--schema", pipe, "x"]
        let image = ["generate", "-m", "\(Program.root)/samples/models/hearth.gguf", "--image", pipe, "x"]
        for arguments in [["validate", pipe], ["models", "inspect", pipe], schema, image, ["run", pipe]] {
            let result = try Program.run(arguments)
            #expect(result.code == 1 || result.code == 2)
            #expect(result.output.contains("not a regular file"), "\(arguments): \(result.output)")
        }
    }

    @Test("a run whose conditions let nothing pass says which, how often and why")
    func conditionsWithoutAnswer() throws {
        let frames = try Program.folder()
        for name in ["a", "b", "c"] { try Program.write(name, to: "\(frames)/\(name).txt") }
        let pipeline = try Program.file(
            """
            version: 1
            nodes:
              frames: {type: source.directory, config: {path: "\(frames)"}}
              limit:
                type: flow.limit
                inputs: {in: {from: frames, when: packet.sequence % 0 == 1}, finished: {from: frames, when: packet.sequence > 9}}
            """)
        let text = try Program.run("run", pipeline)
        #expect(text.code == 0)
        #expect(text.output.contains("A 'when' without an answer counted as false: input limit/in 3 times"))
        #expect(text.output.contains("'packet.sequence % 0 == 1': division by zero"))
        #expect(!text.output.contains("No edge dropped a packet"))
        let json = try Program.run("run", "--json", "--log", "error", pipeline)
        let edges = try JSON.parse(json.output)["edges"]?.list ?? []
        #expect(edges.map { $0["undecided"]?.int } == [3, 0] && edges.map { $0["skipped"]?.int } == [0, 3])
    }

    @Test("the graph as JSON has nodes, edges and their types")
    func graphAsJSON() throws {
        let result = try Program.run("graph", "--json", "\(Program.root)/pipelines/smart-home.yaml")
        #expect(result.code == 0)
        let graph = try JSON.parse(result.output)
        #expect(graph["nodes"]?.list?.compactMap { $0["name"]?.string }.contains("vision") == true)
        let edge = try #require(graph["edges"]?.list?.first { $0["to"]?["node"]?.string == "vision" })
        #expect(edge["from"]?["node"]?.string == "image" && edge["type"]?.string?.isEmpty == false)
    }

    @Test("runs over the same folder with a virtual home differ in nothing but latencies")
    func repeatable() throws {
        let outcomes = try (0..<2).map { _ in
            let out = try Program.folder()
            let result = try Program.run(
                "run", "--deterministic", "\(Program.root)/pipelines/smart-home.yaml", "--set", "out=\(out)")
            #expect(result.code == 0)
            return try String(decoding: Oracles.bytes("\(out)/outcomes.jsonl"), as: UTF8.self).split(separator: "\n").map {
                var outcome = try JSON.parse(String($0)).map ?? [:]
                outcome["latency_ms"] = nil
                return Value.map(outcome)
            }
        }
        #expect(outcomes[0] == outcomes[1] && outcomes[0].count == 6)
    }

    @Test(
        "a wrong setting in the environment ends with exit code 2 and says what may stand there",
        arguments: [
            ("MILLRACE_ISA", "mmx", "scalar"), ("MILLRACE_THREADS", "many", "whole number"),
            ("MILLRACE_CACHE_LIMIT", "much", "such as 8G"),
        ])
    func environment(name: String, value: String, message: String) throws {
        let result = try Program.run(["nodes"], environment: "\(name)=\(value)")
        #expect(result.code == 2)
        #expect(result.output.contains(value) && result.output.contains(message))
    }

    @Test("help and lists end with exit code 0", arguments: [["--help"], ["run", "--help"], ["nodes"], ["doctor"], ["schema"]])
    func help(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(result.code == 0)
        #expect(result.output.count > 100)
    }

    @Test(
        "machine-readable output is JSON",
        arguments: [
            ["nodes", "--json"], ["inspect", "flow.limit", "--json"], ["doctor", "--json"], ["schema"], ["schema", "--json"],
        ])
    func json(arguments: [String]) throws {
        let result = try Program.run(arguments)
        #expect(throws: Never.self) { try JSON.parse(result.output) }
    }

    @Test("extract reads a file, and eval measures annotated reports")
    func reports() throws {
        let model = "\(Program.root)/Tests/Oracles/models/ledger"
        let report = try Program.file("Aldgate Foods plc (AGF LN)\nBuy, TP 640p. 1H25 revenue rose 6.1% to £842m.")
        let found = try JSON.parse(try Program.run("extract", report, "-m", model).output)
        #expect(found["entities"]?.list?.isEmpty == false && found["figures"]?.list != nil)
        let tables = try Program.run("eval", "ledger", "\(Program.root)/samples/models/ledger/test/handwritten", "-m", model)
        #expect(tables.code == 0 && tables.output.hasPrefix("| handwritten | en | zh | all |"))
        #expect(try Program.run("models", "inspect", model).output.contains("ledger (safetensors)"))
    }

    @Test("the model that comes along tells ratings, target prices before and now, and figures apart, in English and Chinese")
    func extractByDefault() throws {
        let report = try Program.file(
            """
            Aldgate Foods plc (AGF LN)
            Buy, target price 640p (from 610p). 1H25 revenue rose 6.1% to £842m; EBITDA was £97.4m.

            云岭茶业（603871.SH）：2025年前三季度营收18.64亿元，同比增长3.2%。维持“增持”评级，目标价由21.5元下调至20.0元。
            """)
        let found = try JSON.parse(try Program.run("extract", report).output)
        func texts(_ label: String) -> [String] {
            (found["entities"]?.list ?? []).filter { $0["label"]?.string == label }.compactMap { $0["text"]?.string }
        }
        #expect(texts("company") == ["Aldgate Foods plc", "云岭茶业"])
        #expect(texts("rating") == ["Buy", "增持"])
        #expect(texts("target_price") == ["640", "20.0"] && texts("previous_target") == ["610", "21.5"])
        let figures = (found["figures"]?.list ?? []).map { figure in
            ["metric", "period", "value", "change"].map { figure[$0]?["text"]?.string ?? "" }
        }
        #expect(
            figures == [
                ["revenue", "1H25", "842", "6.1"], ["EBITDA", "1H25", "97.4", ""], ["营收", "2025年前三季度", "18.64", "3.2"],
            ])
    }

    @Test("without a model for reports the error says how to get one; a model that writes reads none, nor the other way round")
    func unsuitableModels() throws {
        let missing = try Program.run("extract", "-", "-m", "builtin:nobody")
        #expect(missing.code == 2 && missing.output.contains("Tools/train-ledger/train"))
        #expect(try Program.run("extract", "-", "-m", "builtin:hearth").output.contains("reads no reports"))
        let writing = try Program.run("generate", "-m", "\(Program.root)/Tests/Oracles/models/ledger", "Hello")
        #expect(writing.code == 1 && writing.output.contains("writes no text"))
        #expect(try Program.run("extract", "/nowhere/report.txt", "-m", "\(Program.root)/Tests/Oracles/models/ledger").code == 2)
    }

    @Test("models verify passes a committed case and says so")
    func verify() throws {
        let result = try Program.run("models", "verify", "\(Program.root)/Tests/Oracles/models/hearth")
        #expect(result.code == 0)
        #expect(result.output.contains("hearth"))
    }

    @Test("a missing model is an error that says where it was looked for, with exit code 2")
    func missingModel() throws {
        let result = try Program.run("models", "inspect", "builtin:nobody")
        #expect(result.code == 2)
        #expect(result.output.contains("samples/models"))
    }

    @Test("a run writes its page and its outcomes")
    func run() throws {
        let out = try Program.folder()
        let result = try Program.run("run", "\(Program.root)/pipelines/smart-home.yaml", "--set", "out=\(out)")
        #expect(result.code == 0)
        #expect(result.output.contains("living_room_lamp turn_on → confirmed (on)"))
        let page = String(decoding: try Oracles.bytes("\(out)/report.html"), as: UTF8.self)
        #expect(
            page.contains("<svg") && page.contains("01-morning.jpg") && !page.contains("src=\"http") && !page.contains("href="))
        #expect(try Oracles.bytes("\(out)/outcomes.jsonl").count { $0 == 0x0A } == 6)
    }

    /// Runs the loop on other pictures than the samples.
    private func loop(on frames: String, out: String, _ more: String...) throws -> (code: Int32, output: String) {
        let parameters = ["frames=\(frames)", "out=\(out)"] + more
        return try Program.run(
            ["run", "\(Program.root)/pipelines/smart-home.yaml"] + parameters.flatMap { ["--set", $0] })
    }

    /// A new folder with one sample picture under another name.
    private func ownPictures() throws -> String {
        let folder = try Program.folder()
        let picture = try Oracles.bytes("\(Program.root)/samples/home/01-morning.jpg")
        try Program.write(picture, to: "\(folder)/mine.jpg")
        return folder
    }

    @Test("pictures that the ground truth does not describe get no score, and a line that says so")
    func ownPicturesAreNotScored() throws {
        let out = try Program.folder()
        let frames = try ownPictures()
        let scored = try loop(on: frames, out: out)
        #expect(scored.code == 0)
        #expect(scored.output.contains("No score: the ground truth describes none of these frames."))
        #expect(!scored.output.contains("F1"))
        let none = try loop(on: frames, out: out, "truth=")
        #expect(none.code == 0)
        #expect(!none.output.contains("score") && !none.output.contains("F1"))
    }

    @Test("the last line says where the page is, also when packets failed; the page says why they did")
    func pageOfADamagedPicture() throws {
        let out = try Program.folder()
        let frames = try ownPictures()
        let picture = try Oracles.bytes("\(frames)/mine.jpg")
        try Program.write(Array(picture.prefix(3000)), to: "\(frames)/torn.jpg")
        let result = try loop(on: frames, out: out)
        #expect(result.code == 3)
        #expect(result.output.hasSuffix("Report: \(out)/report.html\n"))
        let page = String(decoding: try Oracles.bytes("\(out)/report.html"), as: UTF8.self)
        #expect(page.contains("no picture") && page.contains("image: damaged JPEG"))
    }

    @Test("a run that fails before the first frame prints its error alone and leaves an earlier page as it is")
    func failureBeforeTheFirstFrame() throws {
        let out = try Program.folder()
        try Program.write("an earlier page", to: "\(out)/report.html")
        let result = try loop(on: "\(out)/nowhere", out: out)
        #expect(result.code == 1)
        #expect(result.output.hasPrefix("millrace: ") && result.output.count { $0 == "\n" } == 1)
        #expect(String(decoding: try Oracles.bytes("\(out)/report.html"), as: UTF8.self) == "an earlier page")
    }

    private func onePicturePipeline(frames: String, page: String) throws -> String {
        try scenePipeline(frames: frames, source: "", report: ", config: {page: \"\(page)\"}")
    }

    /// The loop over the sample pictures without an end.
    private func endlessPipeline(frames: String = "\(Program.root)/samples/home", more: String = "") throws -> String {
        try scenePipeline(frames: frames, source: ", repeat: true", more: more)
    }

    /// Pictures of a folder to scenes and their report.
    private func scenePipeline(frames: String, source: String, report: String = "", more: String = "") throws -> String {
        let path = try Program.file(
            """
            version: 1
            name: endless
            models: {hearth: {path: "\(Program.root)/samples/models/hearth.gguf"}}
            nodes:
              frames: {type: source.directory, config: {path: "\(frames)"\(source)}}
              image: {type: image.decode, inputs: {bytes: frames}, on_error: skip}
              vision: {type: vision.encode, model: hearth, inputs: {image: image}}
              scene: {type: language.generate, model: hearth, inputs: {vision: vision}, config: {prompt: Look., schema: s.json}}
              report: {type: sink.report, inputs: {scene: scene}\(report)}
            \(more)
            """)
        let schema = String(decoding: try Oracles.bytes("\(Program.root)/pipelines/schemas/scene.json"), as: UTF8.self)
        try Program.write(schema, to: "\(path.dropLast("pipeline.yaml".count))s.json")
        return path
    }

    @Test(
        "an interrupt lets frames on their way finish and ends with exit code 130", .timeLimit(.minutes(1)),
        arguments: [SIGINT, SIGTERM])
    func interrupt(signal: Int32) throws {
        let program = try ChildProcess([Program.path, "run", try endlessPipeline(), "--json"], isGuarded: false)
        let first = try #require(program.outputLine())
        #expect(first.contains(".jpg: "))
        program.signal(signal)
        var isTold = false
        while let line = program.outputLine() { isTold = isTold || line.contains("press Ctrl-C again to break off") }
        #expect(isTold)
        #expect(program.end() >> 8 == 130)
    }

    @Test("control characters in the name of a file are written out", .timeLimit(.minutes(1)))
    func controlCharacters() throws {
        let frames = try Program.folder()
        let picture = try Oracles.bytes("\(Program.root)/samples/home/01-morning.jpg")
        try Program.write(picture, to: "\(frames)/a\u{1b}[31m\nb.jpg")
        let program = try ChildProcess([Program.path, "run", try endlessPipeline(frames: frames), "--json"], isGuarded: false)
        #expect(program.outputLine()?.hasPrefix(#"a\u{1b}[31m\u{a}b.jpg: "#) == true)
        program.signal(SIGTERM)
        while program.outputLine() != nil {}
        #expect(program.end() >> 8 == 130)
    }

    @Test("models lists what comes along, and a text model's folder becomes a GGUF file")
    func models() throws {
        let environment = "MILLRACE_MODELS='\(Oracles.committed)/models'"
        let list = try Program.run(["models"], environment: environment)
        let line = list.output.split(separator: "\n").first { $0.hasPrefix("builtin:llama_rope3 ") } ?? ""
        #expect(list.code == 0 && line.contains(" llama (safetensors), ") && line.contains(", F32, context "))
        let folder = try Program.folder()
        let converted = try Program.run(
            "models", "convert", "\(Oracles.committed)/models/glm_edge", "-o", "\(folder)/a.gguf", "--precision", "int4")
        #expect(converted.code == 0, "\(converted.output)")
        let generated = try Program.run("generate", "-m", "\(folder)/a.gguf", "--max-tokens", "4", "--json", "Hello")
        #expect(generated.code == 0 && generated.output.contains("\"tokens\": "))
    }

    @Test("the tests that stand in pipeline files pass")
    func pipelineTests() throws {
        for name in ["porch", "smart-home"] {
            let result = try Program.run("test", "\(Program.root)/pipelines/\(name).yaml")
            #expect(result.code == 0 && result.output.contains("2 tests, 0 failed"), "\(result.output)")
        }
    }

    @Test("a test that fails says what differs, with exit code 1 and a file for build servers")
    func failingPipelineTest() throws {
        let path = try Program.file(
            """
            version: 1
            nodes:
              frames: {type: source.directory, config: {path: .}}
              image: {type: image.decode, inputs: {bytes: frames}}
            tests:
              - {name: "a <picture>", stub: {frames: "\(Program.root)/samples/home/01-morning.jpg"}, expect: {frames: [1]}}
              - {name: nothing, expect: {image: []}}
            """)
        let junit = "\(try Program.folder())/results.xml"
        let result = try Program.run("test", path, "--junit", junit)
        #expect(result.code == 1 && result.output.contains("2 tests, 1 failed"))
        #expect(result.output.contains("frames/bytes #1: is null, expected 1"))
        let xml = String(decoding: try Oracles.bytes(junit), as: UTF8.self)
        #expect(xml.contains("<testcase name=\"a &lt;picture&gt;\"") && xml.contains("failures=\"1\""))
        #expect(try Program.run("test", path, "--filter", "nothing").code == 0)
        #expect(try Program.run("test", path, "--filter", "absent").code == 2)
        #expect(try Program.run("test", "\(Program.root)/pipelines/schemas/scene.json").code == 2)
    }

    @Test("a pipeline that denies the network runs exactly where the kernel can see to it")
    func networkDenied() throws {
        let path = try Program.file(
            """
            version: 1
            run: {network: deny}
            nodes:
              files: {type: source.directory, config: {path: "\(Program.root)/samples/home", pattern: "0[12]*"}}
              image: {type: image.decode, inputs: {bytes: files}}
            """)
        // It opens sockets in a child process, and tells whether they are refused.
        let isPossible = try Program.run("doctor").output.contains("ok      network: deny")
        let run = try Program.run("run", path)
        #expect(run.code == (isPossible ? 0 : 1), "\(run.output)")
        #expect(isPossible || run.output.contains("cannot be enforced"))
    }

    @Test("a batch goes on where it was, and tries again what failed")
    func batch() throws {
        let folder = try Program.folder()
        mkdir("\(folder)/in", 0o700)
        for name in ["01-morning.jpg", "05-sitting.jpg"] {
            try Program.write(try Oracles.bytes("\(Program.root)/samples/home/\(name)"), to: "\(folder)/in/\(name)")
        }
        try Program.write("no picture", to: "\(folder)/in/torn.jpg")
        let path = "\(folder)/a.yaml"
        try Program.write(
            """
            version: 1
            run: {mode: batch, ledger: out/ledger.sqlite}
            nodes:
              files: {type: source.directory, config: {path: in}}
              image: {type: image.decode, inputs: {bytes: files}}
            """, to: path)
        let first = try Program.run("run", path)
        #expect(first.code == 3 && first.output.contains("Items: 2 succeeded, 1 failed."), "\(first.output)")
        #expect(first.output.contains("failed: torn.jpg: image: "))
        let second = try Program.run("run", path)
        #expect(second.code == 3 && second.output.contains("Items: 0 succeeded, 1 failed, 2 done before."))
        try Program.write(try Oracles.bytes("\(Program.root)/samples/home/06-reading.jpg"), to: "\(folder)/in/torn.jpg")
        let third = try Program.run("run", path, "--json")
        #expect(third.code == 0 && third.output.contains("\"doneBefore\": 2"))
        let fourth = try Program.run("run", path)
        #expect(fourth.code == 0 && fourth.output.contains("Items: 0 succeeded, 0 failed, 3 done before."))
        // Under another pipeline nothing is done.
        try Program.write(
            """
            version: 1
            run: {mode: batch, ledger: out/ledger.sqlite}
            nodes:
              files: {type: source.directory, config: {path: in, pattern: "0*"}}
              image: {type: image.decode, inputs: {bytes: files}}
            """, to: path)
        #expect(try Program.run("run", path).output.contains("Items: 2 succeeded, 0 failed."))
    }

    @Test("models cache shows what is kept and removes it")
    func cache() throws {
        let folder = try Program.folder()
        let environment = "MILLRACE_CACHE='\(folder)/cache'"
        let empty = try Program.run(["models", "cache"], environment: environment)
        #expect(empty.code == 0 && empty.output.contains("\(folder)/cache: 0 files"))
        mkdir("\(folder)/cache", 0o700)
        let panels = "\(folder)/cache/\(String(repeating: "ab", count: 32)).panels"
        try Program.write(String(repeating: "x", count: 5000), to: panels)
        try Program.write("x", to: "\(folder)/cache/millrace-2.part")
        let list = try Program.run(["models", "cache", "--json"], environment: environment)
        #expect(try JSON.parse(list.output)["files"]?.list?.map { $0["bytes"]?.int } == [5000])
        #expect(try Program.run(["models", "cache", "--clear", "--prune"], environment: environment).code == 2)
        let cleared = try Program.run(["models", "cache", "--clear"], environment: environment)
        #expect(cleared.code == 0 && cleared.output.contains("removed 1 files") && cleared.output.contains("cache: 0 files"))
        #expect(try Oracles.list("\(folder)/cache").isEmpty)
        try Program.write(String(repeating: "y", count: 5000), to: panels)
        let verified = try Program.run(["models", "cache", "--verify"], environment: environment)
        #expect(verified.code == 0 && verified.output.contains("is damaged") && access(panels, F_OK) != 0)
        let off = try Program.run(["models", "cache"], environment: "MILLRACE_CACHE=off")
        #expect(off.code == 0 && off.output.contains("MILLRACE_CACHE is off"))
    }

    @Test("an adapter that does not fit the model is refused by its name")
    func adapter() throws {
        let result = try Program.run(
            "generate", "-m", "\(Oracles.committed)/models/glm_edge", "--adapter", "\(Oracles.committed)/models/llama_lora",
            "Hello")
        #expect(result.code == 2 && result.output.contains("mlp.up_proj"), "\(result.output)")
    }
}
