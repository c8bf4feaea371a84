import MillTestSupport
import MillTokenizer
import MillValue
import Testing

/// Tokenizers by themselves are compared by the verification (`TokenizerCases`, in the tests of MillModels).
@Suite("Ids equal those of the reference implementations")
struct ReferenceTests {
    @Test("the vocabulary inside a model's GGUF file", arguments: ["glm_edge"])
    func ggufModel(_ name: String) throws { try checkModel(name, in: try Oracles.committed("gguf/\(name)")) }

    @Test(
        "the vocabularies inside other models' GGUF files", .enabled(if: Oracles.isFullSetExpected),
        arguments: ["llama_rope3", "qwen2"])
    func otherGGUFModels(_ name: String) throws { try checkModel(name, in: try Oracles.full("gguf/\(name)")) }

    private func checkModel(_ name: String, in folder: String) throws {
        let file = try #require(try Oracles.list(folder).first { $0.hasSuffix("Q4_0.gguf") })
        let tokenizer = try Tokenizer(gguf: try Oracles.ggufMetadata("\(folder)/\(file)", prefix: "tokenizer."))
        let cases = try #require(Oracles.json("\(folder)/text.json")["cases"]?.list)
        #expect(cases.count > 20)
        for entry in cases {
            let text = try #require(entry["text"]?.string)
            let expected = try Self.ids(entry["ids"])
            #expect(tokenizer.encode(text, addSpecial: false, parseSpecial: true) == expected, "\(text.debugDescription)")
        }
    }

    private static func ids(_ value: Value?) throws -> [Int32] {
        try #require(value?.list).map { Int32(try #require($0.int)) }
    }
}
