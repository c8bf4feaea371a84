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
}
