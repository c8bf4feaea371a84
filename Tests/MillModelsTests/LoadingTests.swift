import MillModels
import MillTensor
import MillTestSupport
import MillTokenizer
import MillValue
import Testing

@Suite("Loading models")
struct LoadingTests {
    static let cases: [(file: String, isAccepted: Bool)] = {
        let list = (try? Oracles.json(Oracles.committed + "/malformed/cases.json"))?.list ?? []
        return list.filter { ["gguf", "hf_dir"].contains($0["kind"]?.string) }.compactMap { entry in
            entry["file"]?.string.map { ($0, entry["expect"]?.string == "accept") }
        }
    }()

    @Test("broken model files and folders are refused with an error that names them", arguments: LoadingTests.cases)
    func malformed(file: String, isAccepted: Bool) throws {
        let path = try Oracles.committed("malformed/\(file)")
        do {
            let model = try ModelLoader().load(path: path, tokenizer: false)
            #expect(isAccepted, "\(file) was loaded")
            #expect(model.description.layerCount == 1)
        } catch {
            #expect(!isAccepted, "\(error)")
            #expect("\(error)".contains(file), "\(error)")
        }
    }

    @Test("the set of broken files is there")
    func casesExist() { #expect(Self.cases.count > 30) }

    @Test("a path that does not exist is not found")
    func absent() {
        #expect(throws: ModelError.self) { try ModelLoader().load(path: "/nowhere/model.gguf") }
    }

    @Test("a folder without a model says what is missing")
    func emptyFolder() throws {
        let error = #expect(throws: ModelError.self) {
            try ModelLoader().load(path: Oracles.committed("malformed") + "/..")
        }
        #expect("\(try #require(error))".contains("neither config.json nor a .gguf file"))
    }

    @Test("the description counts parameters and memory")
    func description() throws {
        let model = try ModelLoader().load(path: Oracles.committed("gguf/glm_edge/glm_edge-Q4_0.gguf"))
        let facts = model.description
        #expect(facts.family == "glm")
        #expect(facts.layerCount == 2)
        #expect(facts.parameterCount == 86_336)
        #expect(facts.cacheByteCountPerToken == 2 * 2 * 2 * 16 * 2)
        #expect(facts.shares.first?.dtype == .q4_0)
        #expect(facts.value["memory"]?["weights"]?.int == facts.weightByteCount)
        #expect(model.tokenizer?.encode("Hello world", addSpecial: false) == [39, 68, 75, 75, 78, 220, 86, 269, 75, 67])
    }
}
