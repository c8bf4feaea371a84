import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Families of text models")
struct FamilyTests {
    /// A GGUF file of a committed case with other metadata.
    private func changed<Result>(
        _ name: String, _ change: (inout GGUFWriter) -> Void, _ body: (String) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { temporary in
            let (plain, path) = ("\(temporary)/plain.gguf", "\(temporary)/model.gguf")
            try ModelConverter(folder: try Oracles.committed("models/\(name)")).write(to: plain, precision: .f16)
            let file = try GGUFFile(path: plain)
            var writer = GGUFWriter()
            writer.copyMetadata(of: file)
            for name in file.names { try writer.add(name, try file.tensor(name)) }
            change(&writer)
            try writer.write(to: path)
            return try body(path)
        }
    }

    @Test(
        "files keep windows, stretched frequencies and the layers without positions",
        arguments: [
            "llama_yarn", "phi3_long", "mistral_window", "qwen2_window", "smollm3", "chatglm",
        ])
    func kept(name: String) throws {
        let folder = try Oracles.committed("models/\(name)")
        let original = try TextModel.load(folder).configuration
        try changed(name, { _ in }) { path in
            let file = try TextModel.load(path).configuration
            #expect(file.window?.size == original.window?.size && file.window?.isWindowed == original.window?.isWindowed)
            #expect(file.rope.rotaryDimension == original.rope.rotaryDimension)
            #expect(file.contextLength == original.contextLength)
        }
    }

    @Test(
        "a prompt cut in pieces gives the same numbers with a window, and beyond the original context",
        arguments: [
            "mistral_window", "qwen2_window", "phi3_long", "glm4",
        ])
    func pieces(name: String) throws {
        for activations in Compute.Activations.allCases {
            let model = try TextModel.load(try Oracles.committed("models/\(name)"), activations)
            let tokens = (0..<100).map { Int32(($0 * 37 + 11) % model.vocabularySize) }
            let whole = try model.makeContext(capacity: 100)
            try whole.append(tokens)
            for size in [1, 7, 60] {
                let pieces = try model.makeContext(capacity: 100)
                for start in stride(from: 0, to: tokens.count, by: size) {
                    try pieces.append(Array(tokens[start..<min(start + size, tokens.count)]))
                }
                #expect(try pieces.logits.floats() == whole.logits.floats(), "\(activations) by \(size)")
            }
        }
    }

    @Test("a linear scaling means the same under the old and the new key of GGUF, and without its kind")
    func linear() throws {
        let expected = RopeConfiguration.Scaling.linear(factor: 4)
        try changed(
            "mistral_window",
            {
                $0.set("llama.rope.scaling.type", "linear")
                $0.set("llama.rope.scaling.factor", Float(4))
            }
        ) { path in
            let found = try TextModel.load(path).configuration.rope.scaling
            #expect(found == expected)
        }
        try changed("mistral_window", { $0.set("llama.rope.scale_linear", Float(4)) }) { path in
            let found = try TextModel.load(path).configuration.rope.scaling
            #expect(found == expected)
        }
    }

    @Test("what is not computed is refused by key and value")
    func refused() throws {
        let cases: [(change: (inout GGUFWriter) -> Void, message: String)] = [
            ({ $0.set("llama.rope.scaling.type", "dynamic") }, "llama.rope.scaling.type is dynamic"),
            ({ $0.set("llama.attention.causal", false) }, "llama.attention.causal is false"),
            ({ $0.set("llama.final_logit_softcapping", Float(30)) }, "llama.final_logit_softcapping is 30"),
            ({ $0.set("llama.rope.scaling.yarn_ext_factor", Float(0.5)) }, "yarn_ext_factor is 0.5"),
            ({ $0.set("llama.rope.scaling.yarn_beta_fast", Float(0.5)) }, "must not be below yarn_beta_slow"),
            (
                {
                    $0.set("llama.attention.sliding_window", integer: 8); $0.set("llama.attention.sliding_window_pattern", [true])
                },
                "names 1 of 2 layers"
            ),
        ]
        for (change, message) in cases {
            try changed("llama_yarn", change) { path in
                let error = #expect(throws: ModelError.self) { try TextModel.load(path) }
                let text = "\(try #require(error))"
                #expect(text.contains(message), "\(text)")
            }
        }
    }

    @Test("biases that the configuration asks for and the file lacks are refused, and the other way round")
    func biases() throws {
        for (name, value, message) in [
            ("llama_rope3", true, "is missing, but the configuration (attention_bias) asks for such biases"),
            ("glm4", false, "is there, but the configuration (attention_bias) has no such biases"),
        ] {
            let folder = try Oracles.committed("models/\(name)")
            try withTemporaryFolder { temporary in
                var config = try #require(try Oracles.json("\(folder)/config.json").map)
                config["attention_bias"] = .bool(value)
                try write(Value.map(config).json(), to: "\(temporary)/config.json")
                try write(Oracles.bytes("\(folder)/model.safetensors"), to: "\(temporary)/model.safetensors")
                let error = #expect(throws: ModelError.self) { try TextModel.load(temporary) }
                let text = "\(try #require(error))"
                #expect(text.contains(message), "\(text)")
            }
        }
    }

    @Test("longer sequences than the original context have the long frequencies from their first token on")
    func longFrequencies() throws {
        let model = try TextModel.load(try Oracles.committed("models/phi3_long"))
        let prompt: [Int32] = [5, 40, 17, 22, 9, 31, 60]
        func scores(_ capacity: Int) throws -> [Float] {
            let context = try model.makeContext(capacity: capacity)
            try context.append(prompt)
            return try context.logits.floats()
        }
        #expect(try scores(64) == scores(7))
        #expect(try nmse(scores(65), scores(64)) > 1e-6)
    }
}
