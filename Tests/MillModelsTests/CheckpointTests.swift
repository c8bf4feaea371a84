import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

/// Where a folder's configuration and its tensors do not agree: what transformers computes, or a refusal.
@Suite("Tensors against the configuration")
struct CheckpointTests {
    private typealias Tensors = [(name: String, tensor: Tensor)]

    /// A committed case with other settings and tensors.
    private func changed<Result>(
        _ name: String, _ settings: ValueMap = [:], _ change: (inout Tensors) throws -> Void = { _ in },
        _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = try Oracles.committed("models/\(name)")
        let file = try SafetensorsFile(path: folder)
        return try withTemporaryFolder { target in
            var config = try #require(try Oracles.json("\(folder)/config.json").map)
            for (key, value) in settings { config[key] = value }
            var tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
            try change(&tensors)
            try SafetensorsWriter.write(tensors, to: "\(target)/model.safetensors")
            try write(Value.map(config).json(), to: "\(target)/config.json")
            return try body(target)
        }
    }

    private func refusal(
        _ name: String, _ settings: ValueMap = [:], _ change: (inout Tensors) throws -> Void = { _ in }
    ) throws -> String {
        try changed(name, settings, change) { folder in
            "\(try #require(throws: ModelError.self) { try TextModel.load(folder) })"
        }
    }

    private let table = "model.embed_tokens.weight"
    private let head = "lm_head.weight"
    private let prompt: [Int32] = [3, 14, 15, 9, 26]

    @Test("a head that differs from the table is taken though the configuration ties them, in files written of it, too")
    func differingHead() throws {
        let original = try TextModel.load(try Oracles.committed("models/qwen3"))
        #expect(!original.configuration.tiesEmbeddings)
        let expected = try original.logits(prompt)
        try changed("qwen3", ["tie_word_embeddings": true]) { folder in
            #expect(try TextModel.load(folder).logits(prompt) == expected)
            try ModelConverter(folder: folder).write(to: "\(folder)/model.gguf", precision: .f32)
            #expect(try TextModel.load("\(folder)/model.gguf").logits(prompt) == expected)
        }
    }

    @Test("a head with the table's bytes stays the table")
    func sameHead() throws {
        try changed(
            "qwen3", ["tie_word_embeddings": true],
            { tensors in
                let rows = try #require(tensors.first { $0.name == table }).tensor
                tensors = tensors.map { $0.name == head ? (name: head, tensor: rows) : $0 }
            }
        ) { folder in
            let model = try TextModel.load(folder)
            #expect(model.configuration.tiesEmbeddings)
            let original = try TextModel.load(try Oracles.committed("models/qwen3")).logits(prompt)
            #expect(try nmse(model.logits(prompt), original) > 0.1)
        }
    }

    @Test("a head that differs is taken beside a tower, too", arguments: ["llava", "idefics3"])
    func differingHeadBesideTower(name: String) throws {
        func scores(_ folder: String) throws -> [Float] {
            let loader = ModelLoader(compute: Compute(.shared, activations: .float32))
            guard case .vision(let model) = try loader.load(path: folder, tokenizer: false).network else {
                throw ModelError.notAModel(path: folder, reason: "it reads no pictures")
            }
            let context = try model.makeContext(capacity: prompt.count)
            try context.append(SequenceInput(prompt))
            return try context.logits.floats()
        }
        let folder = try Oracles.committed("models/\(name)")
        var text = try #require(try Oracles.json("\(folder)/config.json")["text_config"]?.map)
        text["tie_word_embeddings"] = true
        try changed(name, ["text_config": .map(text)]) { target in
            for file in ["tokenizer.json", "preprocessor_config.json"] {
                try write(Oracles.bytes("\(folder)/\(file)"), to: "\(target)/\(file)")
            }
            #expect(try scores(target) == scores(folder))
        }
    }

    @Test("a family with norms of heads needs them, and one without them refuses them")
    func headNorms() throws {
        let missing = try refusal("qwen3") { $0.removeAll { $0.name.hasSuffix("layers.1.self_attn.q_norm.weight") } }
        #expect(missing.contains("model.layers.1.self_attn.q_norm.weight"), "\(missing)")
        let stray = try refusal("mistral_window") {
            $0.append(
                (name: "model.layers.0.self_attn.q_norm.weight", tensor: try Tensor([Float](repeating: 2, count: 8), shape: [8])))
        }
        #expect(stray.contains("model.layers.0.self_attn.q_norm.weight belongs to no part of the model"), "\(stray)")
    }

    @Test(
        "biases are there where the configuration or the family has them, and nowhere else",
        arguments: [
            ("llama_yarn", "self_attn.q_proj", "is there, but the configuration (attention_bias) has no such biases"),
            ("llama_yarn", "self_attn.o_proj", "is there, but the configuration (attention_bias) has no such biases"),
            ("llama_yarn", "mlp.up_proj", "is there, but the configuration (mlp_bias) has no such biases"),
            ("mistral_window", "self_attn.v_proj", "is there, but the family mistral has no such biases"),
            ("phi3_long", "mlp.gate_up_proj", "is there, but the family phi3 has no such biases"),
            ("qwen2_window", "self_attn.o_proj", "is there, but the family qwen2 has no such biases"),
            ("glm_bias", "self_attn.o_proj", "is there, but the family glm has no such biases"),
            ("mixtral", "block_sparse_moe.experts.0.w1", "is there, but the family mixtral has no such biases"),
        ])
    func strayBiases(name: String, projection: String, message: String) throws {
        let text = try refusal(name) { tensors in
            let weight = try #require(tensors.first { $0.name == "model.layers.0.\(projection).weight" })
            let bias = try Tensor([Float](repeating: 0.5, count: weight.tensor.shape[0]), shape: [weight.tensor.shape[0]])
            tensors.append((name: "model.layers.0.\(projection).bias", tensor: bias))
        }
        #expect(text.contains("\(projection).bias") && text.contains(message), "\(text)")
    }

    @Test("biases of zeros, which quantizers write for every projection, change nothing")
    func zeroBiases() throws {
        try changed(
            "llama_yarn", [:],
            { tensors in
                for (name, weight) in tensors where name.hasSuffix("_proj.weight") {
                    tensors.append((name: "\(name.dropLast(6))bias", tensor: try Tensor.zeros(.f32, [weight.shape[0]])))
                }
            }
        ) { folder in
            let expected = try TextModel.load(try Oracles.committed("models/llama_yarn")).logits(prompt)
            #expect(try TextModel.load(folder).logits(prompt) == expected)
        }
    }

    @Test("biases that a family or its configuration asks for are missed")
    func missingBiases() throws {
        for (name, settings, message) in [
            ("qwen2_window", [:], "v_proj.bias is missing, but the family qwen2 asks for such biases"),
            ("llama_yarn", ["attention_bias": true], "q_proj.bias is missing, but the configuration (attention_bias) asks for"),
            ("llama_yarn", ["mlp_bias": true], "down_proj.bias is missing, but the configuration (mlp_bias) asks for"),
        ] as [(String, ValueMap, String)] {
            let text = try refusal(name, settings) { $0.removeAll { $0.name.hasSuffix("v_proj.bias") } }
            #expect(text.contains(message), "\(text)")
        }
    }

    @Test("GGUF files without the norms of heads or the number that norms need are refused, as by llama.cpp")
    func gguf() throws {
        try withTemporaryFolder { folder in
            let (plain, path) = ("\(folder)/plain.gguf", "\(folder)/model.gguf")
            try ModelConverter(folder: try Oracles.committed("models/qwen3")).write(to: plain, precision: .f32)
            func refusal() throws -> String { "\(try #require(throws: ModelError.self) { try TextModel.load(path) })" }
            let file = try GGUFFile(path: plain)
            var writer = GGUFWriter()
            writer.copyMetadata(of: file)
            for name in file.names where name != "blk.1.attn_k_norm.weight" { try writer.add(name, try file.tensor(name)) }
            try writer.write(to: path)
            #expect(try refusal().contains("blk.1.attn_k_norm.weight"))
            var bytes = try Oracles.bytes(plain)
            let key = Array("qwen3.attention.layer_norm_rms_epsilon".utf8)
            let place = try #require(bytes.firstRange(of: key))
            bytes[place.upperBound - 1] = UInt8(ascii: "m")
            try write(bytes, to: path)
            let text = try refusal()
            #expect(text.contains("qwen3.attention.layer_norm_rms_epsilon is missing"), "\(text)")
        }
    }
}
