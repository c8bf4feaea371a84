import MillCompute
import MillModels
import MillTestSupport
import Testing

/// Every case is a seeded random model with the results of a trusted implementation.
@Suite("Models agree with their references")
struct VerificationTests {
    static let text = [
        "glm_edge", "glm_bias", "glm_k256", "llama_tied", "llama_rope3", "llama_lora", "qwen2", "qwen3", "mixtral", "qwen2_moe",
        "qwen3_moe",
    ]
    static let gguf = [
        "glm_edge", "glm_bias_qkv", "glm_k256", "llama_rope3", "llama_k256", "qwen2", "qwen2_k256", "qwen3", "qwen3_k256",
    ]

    private func verify(_ path: String) throws {
        for report in try ModelVerifier().verify(path: path) {
            #expect(report.isPassed, "\(report)")
        }
    }

    @Test("every committed case passes, layer by layer and in greedy continuation", arguments: ["models", "gguf"])
    func committed(folder: String) throws { try verify(Oracles.committed(folder)) }

    @Test("on GGUF files the logits are at least as close to the reference as llama.cpp's")
    func llamaCpp() throws {
        let runs = try ModelVerifier().verify(path: Oracles.committed("gguf")).flatMap(\.runs)
        let compared = runs.compactMap(\.peer).filter(\.isCompared)
        #expect(compared.count >= 4)
        for peer in compared { #expect(peer.isPassed && peer.ours <= 1.5 * peer.error) }
    }

    @Test("a run that is farther from the reference than llama.cpp does not pass")
    func worseThanPeer() throws {
        var run = VerificationReport.Run(title: "Q8_0 int8")
        run.comparisons = [.equality("logits", true)]
        run.peer = VerificationReport.Peer(error: 1e-4, ours: 1.4e-4, isCompared: true)
        #expect(run.isPassed)
        run.peer = VerificationReport.Peer(error: 1e-4, ours: 1.6e-4, isCompared: true)
        #expect(!run.isPassed)
        run.peer = VerificationReport.Peer(error: 1e-4, ours: 1.6e-4, isCompared: false)
        #expect(run.isPassed)
    }

    @Test("every committed folder of data passes", arguments: ["quants", "images", "malformed", "tokenizers"])
    func data(folder: String) throws { try verify(Oracles.committed(folder)) }

    @Test("ids and texts equal those of the reference implementations", arguments: ["bpe_glm", "bpe_gpt2"])
    func tokenizer(name: String) throws { try checkTokenizer("\(name).cases.json", in: Oracles.committed("tokenizers")) }

    @Test(
        "tokenizers of other families, and vocabularies of llama.cpp, too", .enabled(if: Oracles.isFullSetExpected),
        arguments: [
            "spm_bpe.cases.json", "unigram.cases.json", "wordpiece.cases.json", "ggml-vocab-gpt-2.gguf.inp",
            "ggml-vocab-qwen2.gguf.inp", "ggml-vocab-llama-spm.gguf.inp",
        ])
    func otherTokenizers(name: String) throws { try checkTokenizer(name, in: Oracles.full("tokenizers")) }

    private func checkTokenizer(_ name: String, in folder: String) throws {
        let cases = try TokenizerCases(name, in: folder)
        #expect(cases.cases.count > (name.hasSuffix(".json") ? 50 : 40))
        for (what, texts) in cases.differences() { #expect(texts.isEmpty, "\(what): \(texts)") }
    }

    @Test(
        "towers and encoders of the full set pass", .enabled(if: Oracles.isFullSetExpected),
        arguments: ["siglip", "vit", "vit_cls", "bert"])
    func encoder(name: String) throws { try verify(Oracles.full("models/\(name)")) }

    @Test("hub checkpoints of the full set pass", .enabled(if: Oracles.isFullSetExpected), arguments: VerificationTests.text)
    func hub(name: String) throws { try verify(Oracles.full("models/\(name)")) }

    @Test(
        "GGUF files of every type of the full set pass", .enabled(if: Oracles.isFullSetExpected),
        arguments: VerificationTests.gguf)
    func file(name: String) throws { try verify(Oracles.full("gguf/\(name)")) }

    @Test(
        "models that see pass, as checkpoint and as two GGUF files", .enabled(if: Oracles.isFullSetExpected),
        arguments: ["models/glm_edge_v", "gguf/glm_edge_v", "models/mllama"])
    func vision(name: String) throws { try verify(Oracles.full(name)) }

    @Test("a kind that is not known is named, and does not pass")
    func unknownKind() throws {
        try withTemporaryFolder { folder in
            try write(#"{"kind": "novel", "name": "n"}"#, to: "\(folder)/case.json")
            let report = try #require(try ModelVerifier().verify(path: folder).first)
            #expect(!report.isPassed)
            #expect(report.unsupported?.contains("kind novel is not supported yet; supported: text, lora") == true)
        }
    }
}
