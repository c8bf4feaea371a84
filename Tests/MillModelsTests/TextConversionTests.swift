import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillTokenizer
import MillValue
import MillWeights
import Testing

@Suite("Text models as GGUF files")
struct TextConversionTests {
    static let committedCases = ["glm_bias", "glm_edge", "llama_rope3"]
    static let fullCases = ["glm_k256", "llama_tied", "qwen2", "qwen3"]
    static let fullExperts = ["mixtral", "qwen2_moe", "qwen3_moe"]

    /// All prompts' scores of a folder and of what the converter makes of it, compared.
    private func check(_ folder: String, _ precision: ModelConverter.Precision, limit: Double) throws {
        try withTemporaryFolder { temporary in
            let file = "\(temporary)/model.gguf"
            try ModelConverter(folder: folder).write(to: file, precision: precision)
            let (original, converted) = (try TextModel.load(folder), try TextModel.load(file))
            for (name, prompt) in try prompts(of: folder) {
                let error = nmse(try converted.logits(prompt), try original.logits(prompt))
                #expect(error < limit, "\(folder) \(name) as \(precision.rawValue): \(error)")
            }
            #expect(converted.contextLength == original.contextLength)
            // Of a folder, the tokenizer's files may name one more.
            let ends = try ModelLoader(panels: .off).load(path: folder).endTokenIDs
            #expect(Set(converted.endTokenIDs) == Set(ends) && Set(ends).isSuperset(of: original.endTokenIDs))
        }
    }

    private static let limits: [(ModelConverter.Precision, Double)] = [(.f16, 1e-5), (.q8, 3e-3), (.q4, 0.2)]

    @Test("the file gives the folder's scores, within what its precision allows", arguments: committedCases, limits)
    func committed(name: String, precision: (ModelConverter.Precision, Double)) throws {
        try check(try Oracles.committed("models/\(name)"), precision.0, limit: precision.1)
    }

    @Test(
        "so do all other families",
        arguments: [
            "mixtral", "qwen2_moe", "qwen3_moe", "llama_yarn", "mistral_window", "qwen2_window", "glm4", "chatglm", "smollm3",
            "phi3_long",
        ])
    func families(name: String) throws { try check(try Oracles.committed("models/\(name)"), .f16, limit: 1e-5) }

    @Test("so do all families of the full set", .enabled(if: Oracles.isFullSetExpected), arguments: fullCases, limits)
    func full(name: String, precision: (ModelConverter.Precision, Double)) throws {
        try check(try Oracles.full("models/\(name)"), precision.0, limit: precision.1)
    }

    // With coarser weights a router may choose another expert, and numbers are others altogether.
    @Test("so do those with experts at 16 bits", .enabled(if: Oracles.isFullSetExpected), arguments: fullExperts)
    func experts(name: String) throws { try check(try Oracles.full("models/\(name)"), .f16, limit: 1e-5) }

    @Test("names, types and order of rows are those of llama.cpp's converter", .enabled(if: Oracles.isFullSetExpected))
    func reference() throws {
        try withTemporaryFolder { temporary in
            let path = "\(temporary)/model.gguf"
            try ModelConverter(folder: try Oracles.full("models/llama_rope3")).write(to: path, precision: .f16)
            let (file, expected) = (
                try GGUFFile(path: path), try GGUFFile(path: try Oracles.full("gguf/llama_rope3/llama_rope3-F16.gguf"))
            )
            #expect(Set(file.names) == Set(expected.names))
            for name in file.names where expected.contains(name) {
                let (tensor, wanted) = (try file.tensor(name), try expected.tensor(name))
                #expect(tensor.dtype == wanted.dtype && tensor.shape == wanted.shape, "\(name)")
                let (values, others) = (try Quantizer.dequantize(tensor).floats(), try Quantizer.dequantize(wanted).floats())
                #expect(nmse(values, others) < 1e-10, "\(name)")
            }
            let (keys, wanted) = (file.metadata.valueMap(), expected.metadata.valueMap())
            for (key, value) in wanted where key.hasPrefix("llama.") {
                #expect(keys[key] == value, "\(key)")
            }
        }
    }

    @Test("the INT4 mix keeps embeddings, heads, value and down projections at 8 bits")
    func mix() throws {
        try withTemporaryFolder { temporary in
            let path = "\(temporary)/model.gguf"
            try ModelConverter(folder: try Oracles.committed("models/llama_rope3")).write(to: path, precision: .q4)
            let file = try GGUFFile(path: path)
            for name in ["token_embd.weight", "output.weight", "blk.0.attn_v.weight", "blk.1.ffn_down.weight"] {
                #expect(try file.tensor(name).dtype == .q8_0, "\(name)")
            }
            for name in ["blk.0.attn_q.weight", "blk.0.attn_output.weight", "blk.1.ffn_gate.weight", "blk.1.ffn_up.weight"] {
                #expect(try file.tensor(name).dtype == .q4_0, "\(name)")
            }
            #expect(try file.tensor("output_norm.weight").dtype == .f32)
        }
    }

    @Test("the vocabulary and the chat template go with the model")
    func vocabulary() throws {
        let folder = try Oracles.committed("models/glm_edge")
        try withTemporaryFolder { temporary in
            let file = "\(temporary)/model.gguf"
            try ModelConverter(folder: folder).write(to: file, precision: .q8)
            let (original, converted) = (try ModelLoader().load(path: folder), try ModelLoader().load(path: file))
            #expect(converted.chat.template == original.chat.template)
            let (before, after) = (try #require(original.tokenizer), try #require(converted.tokenizer))
            for text in ["Hello world", "It's 12345 o'clock\n\n  in Äpfel 灯", "<|user|> is <|endoftext|>", ""] {
                for special in [false, true] {
                    let ids = before.encode(text, addSpecial: special, parseSpecial: special)
                    #expect(after.encode(text, addSpecial: special, parseSpecial: special) == ids)
                    #expect(after.decode(ids, skipSpecial: false) == before.decode(ids, skipSpecial: false))
                }
            }
            #expect(after.id(of: "<|user|>") == before.id(of: "<|user|>"))
        }
    }

    @Test("a tokenizer that GGUF has no name for is refused, and so is a file that is no model")
    func refused() throws {
        let folder = try Oracles.committed("models/glm_edge")
        try withTemporaryFolder { temporary in
            for name in ["config.json", "model.safetensors"] {
                let bytes = try Oracles.bytes("\(folder)/\(name)")
                try write(bytes, to: "\(temporary)/\(name)")
            }
            var json = try #require(try Oracles.json("\(folder)/tokenizer.json").map)
            json["pre_tokenizer"] = ["type": "ByteLevel", "add_prefix_space": true, "use_regex": true]
            try write(Value.map(json).json(), to: "\(temporary)/tokenizer.json")
            let error = #expect(throws: ModelError.self) { try ModelConverter(folder: temporary) }
            #expect("\(try #require(error))".contains("pre_tokenizer"))
        }
        #expect(throws: ModelError.self) {
            try ModelConverter(folder: try Oracles.committed("tokenizers/bpe_glm.json"))
        }
    }
}
