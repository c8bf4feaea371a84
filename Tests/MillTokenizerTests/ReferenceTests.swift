import MillTestSupport
import MillTokenizer
import MillValue
import Testing

@Suite("Ids equal those of the reference implementations")
struct ReferenceTests {
    /// Tokenizers trained for these tests, with the ids that the `tokenizers` library gives.
    @Test(
        "tokenizer.json, with and without the tokens around the text",
        arguments: ["bpe_glm", "bpe_gpt2"])
    func tokenizerJSON(_ name: String) throws {
        try check(name, from: try Oracles.committed("tokenizers"))
    }

    @Test(
        "tokenizer.json of other families", .enabled(if: Oracles.isFullSetExpected),
        arguments: ["spm_bpe", "unigram", "wordpiece"])
    func otherFamilies(_ name: String) throws {
        try check(name, from: try Oracles.full("tokenizers"))
    }

    @Test("vocabularies of llama.cpp", .enabled(if: Oracles.isFullSetExpected), arguments: ["gpt-2", "qwen2", "llama-spm"])
    func ggufVocabulary(_ name: String) throws {
        let path = try Oracles.full("tokenizers/ggml-vocab-\(name).gguf")
        let tokenizer = try Tokenizer(gguf: try Oracles.ggufMetadata(path, prefix: "tokenizer."))
        let texts = String(decoding: try Oracles.bytes(path + ".inp"), as: UTF8.self).components(
            separatedBy: "\n__ggml_vocab_test__\n")
        let lines = String(decoding: try Oracles.bytes(path + ".out"), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(texts.count > 40 && lines.count >= texts.count - 1)
        for (text, line) in zip(texts, lines) {
            let expected = line.split(separator: " ").compactMap { Int32($0) }
            #expect(tokenizer.encode(text, addSpecial: false, parseSpecial: false) == expected, "\(text.debugDescription)")
        }
    }

    @Test("the vocabulary inside a model's GGUF file", arguments: ["glm_edge"])
    func ggufModel(_ name: String) throws { try checkModel(name, in: try Oracles.committed("gguf/\(name)")) }

    @Test(
        "the vocabularies inside other models' GGUF files", .enabled(if: Oracles.isFullSetExpected),
        arguments: ["llama_rope3", "qwen2"])
    func otherGGUFModels(_ name: String) throws { try checkModel(name, in: try Oracles.full("gguf/\(name)")) }

    private func check(_ name: String, from folder: String) throws {
        let tokenizer = try Tokenizer(json: try Oracles.json("\(folder)/\(name).json"))
        let cases = try #require(Oracles.json("\(folder)/\(name).cases.json")["cases"]?.list)
        #expect(cases.count > 50)
        for entry in cases {
            let text = try #require(entry["text"]?.string)
            let ids = try Self.ids(entry["ids"])
            #expect(tokenizer.encode(text, addSpecial: true, parseSpecial: true) == ids, "\(text.debugDescription)")
            #expect(
                tokenizer.encode(text, addSpecial: false, parseSpecial: true) == (try Self.ids(entry["ids_plain"])),
                "\(text.debugDescription)")
            #expect(tokenizer.decode(ids, skipSpecial: true) == entry["decoded"]?.string, "\(text.debugDescription)")
            #expect(tokenizer.decode(ids, skipSpecial: false) == entry["decoded_full"]?.string, "\(text.debugDescription)")
        }
    }

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
