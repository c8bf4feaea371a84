import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import MillValue
import Testing

@Suite("Pipeline files with the node types of Millrace")
struct PipelineFileTests {
    private static let root = "\(Oracles.committed)/../.."

    private func problems(_ text: String) throws -> String {
        var template = Array("\(TemporaryFolder.path)/millrace-pipeline-XXXXXX".utf8CString)
        let path = "\(String(cString: try #require(mkdtemp(&template))))/p.yaml"
        let file = try #require(fopen(path, "w"))
        fputs("version: 1\n\(text)", file)
        fclose(file)
        do {
            return try Pipeline.load(path: path, registry: .millrace(journal: RunJournal())).warnings.description
        } catch { return error.description }
    }

    @Test("a run that denies the network has no connection to a broker")
    func deny() throws {
        let nodes = "nodes: {frames: {type: source.directory, config: {path: .}}}\n"
        let mqtt = "run: {network: deny}\nconnections: {home: {url: \"mqtt://127.0.0.1\"}}\n"
        #expect(try problems(mqtt + nodes).contains("p.yaml:3:27: error: connection 'home' uses the network"))
        #expect(try problems("run: {network: deny}\nconnections: {home: {url: \"virtual:\"}}\n" + nodes) == "[]")
    }

    @Test("a model that is not there, and a node that nothing makes run, are found before the run")
    func missing() throws {
        let text = """
            models: {m: {path: nowhere.gguf}}
            nodes:
              frames: {type: source.directory, config: {path: .}}
              answer: {type: language.generate, model: m, config: {prompt: hi}}
            """
        let found = try problems(text)
        #expect(found.contains("2:20: error: model 'm': no model at"))
        #expect(found.contains("5:3: error: nothing makes node 'answer' run"))
    }

    @Test("a type of weights as a model's precision is refused with the command that writes such weights")
    func precision() throws {
        let model = try Oracles.committed("models/glm_edge")
        func found(_ precision: String) throws -> String {
            try problems(
                """
                models: {m: {path: "\(model)", precision: \(precision)}}
                nodes: {frames: {type: source.directory, config: {path: .}}}
                """)
        }
        #expect(
            try found("q4_k_m").contains("must be one of: auto, int8, float32, but it is \"q4_k_m\"; types of weights belong"))
        #expect(try found("float16").contains("did you mean 'float32'?"))
    }

    @Test("settings of sampling that cannot be are refused by their key")
    func sampling() throws {
        func found(_ setting: String) throws -> String {
            try problems(
                """
                models: {m: {path: "\(try Oracles.committed("models/glm_edge"))"}}
                nodes:
                  words: {type: source.directory, config: {path: .}}
                  answer: {type: language.generate, model: m, inputs: {text: words}, config: {prompt: hi, \(setting)}}
                """)
        }
        let wrong = [
            ("top_k: -1", "'top_k'", "0 to 1000000"), ("top_p: 0", "'top_p' is 0.0", "above 0, up to 1"),
            ("top_p: 1.5", "'top_p'", "0 to 1"), ("min_p: 2", "'min_p'", "0 to 1"),
            ("repeat_penalty: 0", "'repeat_penalty' is 0.0", "above 0"), ("repeat_penalty: big", "'repeat_penalty'", "a number"),
            ("repeat_window: -2", "'repeat_window'", "0 to 1048576"), ("topk: 3", "top_k", "topk"),
        ]
        for (setting, key, allowed) in wrong {
            let text = try found(setting)
            #expect(text.contains("5:") && text.contains(key) && text.contains(allowed), "\(setting): \(text)")
        }
        #expect(
            try found("top_k: 40, top_p: 0.9, min_p: 0.05, repeat_penalty: 1.1, repeat_window: 32").contains("error") == false)
    }

    @Test("what this version does not do is refused")
    func notYet() throws {
        let nodes = "nodes: {frames: {type: source.directory, batch: {size: 2}, config: {path: .}}, sub: {use: other.yaml}}\n"
        let found = try problems(nodes)
        #expect(found.contains("'use' (sub-pipelines) is not supported in this version"))
        #expect(found.contains("source.directory cannot; those that can: page.read"), "\(found)")
    }

    @Test("the README's pipeline is the one that comes along, and it acts")
    func porch() async throws {
        let readme = String(decoding: try Oracles.bytes("\(Self.root)/README.md"), as: UTF8.self)
        let file = String(decoding: try Oracles.bytes("\(Self.root)/pipelines/porch.yaml"), as: UTF8.self)
        #expect(readme.contains("```yaml\n\(file)```"))
        let pipeline = try Pipeline.load(
            path: "\(Self.root)/pipelines/porch.yaml", registry: .millrace(journal: RunJournal()))
        let report = try await Runtime(pipeline).run()
        #expect(report.outcome == .finished)
        #expect(try #require(report.nodes.first { $0.name == "log" }).count > 0)
    }
}
