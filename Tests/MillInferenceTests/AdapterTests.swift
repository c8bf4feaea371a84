import MillInference
import MillModels
import MillTestSupport
import MillValue
import Testing

@Suite("Adapters of answers")
struct AdapterTests {
    private let folder = Oracles.committed + "/models/llama_lora"
    private let base = Oracles.committed + "/models/llama_rope3"

    private func tokens(_ key: String) throws -> [Int32] {
        let list = try #require(try Oracles.json("\(folder)/greedy.json")[key]?.list)
        return list.compactMap { $0.int.map { Int32($0) } }
    }

    @Test("each request brings its own adapter or none, and they do not touch each other")
    func perRequest() throws {
        let host = try ModelHost(path: base)
        let adapter = try host.adapter(path: folder)
        let (prompt, expected) = (try tokens("prompt"), try tokens("ids"))
        let limit = expected.count
        let plain = try host.generate(prompt, GenerationOptions(tokenLimit: limit))
        let adapted = try host.generate(prompt, GenerationOptions(tokenLimit: limit, adapter: adapter))
        let again = try host.generate(prompt, GenerationOptions(tokenLimit: limit))
        #expect(adapted.tokens == Array(expected.prefix(adapted.tokens.count)) && !adapted.tokens.isEmpty)
        #expect(plain.tokens == again.tokens)
        #expect(plain.tokens != adapted.tokens)
    }

    @Test("a model that takes no adapters says so")
    func unsuitable() throws {
        let host = try ModelHost(path: Oracles.committed + "/models/hearth")
        #expect(throws: InferenceError.self) { try host.adapter(path: folder) }
    }
}
