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
