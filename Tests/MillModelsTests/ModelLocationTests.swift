import MillModels
import MillTestSupport
import Testing

@Suite("Models that come with Millrace")
struct ModelLocationTests {
    private let oracles = Oracles.committed

    private func resolve(
        _ name: String, environment: String? = nil, executable: String = "/opt/bin/millrace", current: String = "/"
    ) throws -> String {
        try ModelLocation.resolve(name, environment: environment, executable: executable, currentFolder: current)
    }

    @Test("a plain path stays as it is")
    func plainPath() throws { #expect(try resolve("/models/x.gguf") == "/models/x.gguf") }

    @Test("the folder of MILLRACE_MODELS comes first")
    func environment() throws {
        #expect(try resolve("builtin:hearth", environment: oracles + "/models") == oracles + "/models/hearth")
    }

    @Test("a file NAME.gguf is found, too")
    func ggufFile() throws {
        let folder = oracles + "/gguf/llama_k256"
        #expect(try resolve("builtin:llama_k256-Q4_K", environment: folder) == folder + "/llama_k256-Q4_K.gguf")
    }

    @Test("an absent model names every place that was searched")
    func absent() throws {
        let error = #expect(throws: ModelError.self) { try resolve("builtin:hearth", environment: "/nowhere") }
        let text = "\(try #require(error))"
        #expect(text.contains("/nowhere"))
        #expect(text.contains("/opt/share/millrace/models"))
        #expect(text.contains("MILLRACE_MODELS"))
    }

    @Test("a name cannot lead out of the models' folder", arguments: ["builtin:../secret", "builtin:", "builtin:a/b"])
    func escaping(name: String) {
        #expect(throws: ModelError.self) { try resolve(name, environment: oracles) }
    }

    @Test("all that come along are listed by name, folders and files alike")
    func list() throws {
        let folders = [oracles + "/models", oracles + "/gguf/llama_k256"]
        let names = try folders.map { folder in
            try ModelLocation.builtin(environment: folder, executable: "/opt/bin/millrace", currentFolder: "/").map(\.name)
        }
        #expect(names[0].contains("hearth") && names[0].contains("llama_rope3") && !names[0].contains("llama_lora"))
        #expect(names[1] == ["llama_k256-Q4_K"])
    }

    @Test("in a file, relative paths are of its folder, and names and absolute paths stay")
    func inFolder() {
        for name in ["builtin:hearth", "name:qwen", "/models/x.gguf"] { #expect(ModelLocation.name(name, in: "/p") == name) }
        #expect(ModelLocation.name("x.gguf", in: "/p") == "/p/x.gguf")
    }

    @Test("the folder of a model is where its configuration lies, and a file has none")
    func folder() throws {
        #expect(try ModelLocation.folder(of: oracles + "/models/hearth") == oracles + "/models/hearth")
        #expect(try ModelLocation.folder(of: oracles + "/gguf/llama_k256/llama_k256-Q4_K.gguf") == nil)
    }
}
