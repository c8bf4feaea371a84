import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("LoRA adapters")
struct LoRATests {
    private static let folder = Oracles.committed + "/models/llama_lora"
    private static let base = Oracles.committed + "/models/llama_rope3"

    private let prompt: [Int32] = [54, 142, 109, 197, 137, 3, 71]

    private func expected(_ name: String) throws -> [Float] {
        try SafetensorsFile(path: "\(Self.folder)/expected.safetensors").tensor(name).floats()
    }

    @Test(
        "an adapter changes a converted base, of whatever type, as it changes the folder",
        arguments: [(ModelConverter.Precision.f16, 1e-5), (.q8, 3e-3), (.q4, 0.4)])
    func converted(precision: ModelConverter.Precision, limit: Double) throws {
        try withTemporaryFolder { temporary in
            let file = "\(temporary)/base.gguf"
            try ModelConverter(folder: Self.base).write(to: file, precision: precision)
            let model = try TextModel.load(file)
            let adapter = try LoRAAdapter(path: Self.folder, for: model)
            #expect(adapter.rank == 4 && adapter.changeCount == 8)
            let prompts = try prompts(of: Self.folder)
            for name in ["a", "b"] {
                let prompt = try #require(prompts[name])
                let error = nmse(try model.logits(prompt, adapter: adapter), try expected("lora.\(name).logits"))
                #expect(error < limit, "\(name): \(error)")
                // Without it the same weights answer as before.
                #expect(nmse(try model.logits(prompt), try expected("base.\(name).logits")) < limit)
            }
        }
    }

    @Test("sequences with different adapters and without share a pass and get the numbers they get alone")
    func mixed() throws {
        let model = try TextModel.load(Self.base, .int8)
        let adapter = try LoRAAdapter(path: Self.folder, for: model)
        try withTemporaryFolder { temporary in
            let other = try LoRAAdapter(path: try copy(to: temporary) { $0["lora_alpha"] = 3 }, for: model)
            let adapters = [adapter, nil, other]
            let alone = try adapters.map { try model.logits(prompt, adapter: $0) }
            let together = try Tensor.allocate(.f32, [3 * prompt.count, model.vocabularySize])
            try model.forward(
                try adapters.map { (prompt, try model.makeCache(capacity: prompt.count, adapter: $0)) }, into: together)
            #expect(try together.floats() == alone.flatMap { $0 })
            #expect(nmse(alone[0], alone[1]) > 0.01 && nmse(alone[2], alone[0]) > 0.01)
        }
    }

    @Test("a prompt in pieces gives the same numbers as the whole")
    func chunks() throws {
        let model = try TextModel.load(Self.base, .int8)
        let adapter = try LoRAAdapter(path: Self.folder, for: model)
        let (whole, pieces) = (
            try model.makeContext(capacity: 16, adapter: adapter), try model.makeContext(capacity: 16, adapter: adapter)
        )
        try whole.append(prompt)
        for token in prompt { try pieces.append([token]) }
        #expect(try pieces.logits.floats() == whole.logits.floats())
    }

    @Test("rank-stabilised adapters divide by the root of the rank, and patterns of targets are taken")
    func variants() throws {
        let model = try TextModel.load(Self.base)
        let plain = try model.logits(prompt, adapter: try LoRAAdapter(path: Self.folder, for: model))
        try withTemporaryFolder { temporary in
            // 4 / sqrt(4) is 8 / 4.
            let folder = try copy(to: temporary) {
                $0["use_rslora"] = true
                $0["lora_alpha"] = 4
                $0["target_modules"] = ".*proj"
            }
            #expect(try model.logits(prompt, adapter: try LoRAAdapter(path: folder, for: model)) == plain)
        }
    }

    @Test("fused matrices are changed in both parts, and GLM's names are known")
    func fused() throws {
        let model = try TextModel.load(Oracles.committed + "/models/glm_edge")
        try withTemporaryFolder { folder in
            let rank = 2
            var tensors: [(name: String, tensor: Tensor)] = []
            var generator = SeededGenerator(seed: 7)
            for (part, shape) in [("lora_A", [rank, 64]), ("lora_B", [128, rank])] {
                let values = (0..<shape[0] * shape[1]).map { _ in Float(generator.unit() - 0.5) }
                tensors.append(
                    ("base_model.model.model.layers.1.mlp.gate_up_proj.\(part).weight", try Tensor(values, shape: shape)))
            }
            try SafetensorsWriter.write(tensors, to: "\(folder)/adapter_model.safetensors")
            try write(
                #"{"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["gate_up_proj"]}"#,
                to: "\(folder)/adapter_config.json")
            let adapted = try model.logits(prompt, adapter: try LoRAAdapter(path: folder, for: model))

            // The same change made to the weights themselves.
            let (a, b) = (try tensors[0].tensor.floats(), try tensors[1].tensor.floats())
            let source = try SafetensorsFile(path: Oracles.committed + "/models/glm_edge")
            var merged: [(name: String, tensor: Tensor)] = []
            for name in source.names {
                var values = try source.tensor(name).floats()
                if name == "model.layers.1.mlp.gate_up_proj.weight" {
                    for row in 0..<128 {
                        for column in 0..<64 {
                            for inner in 0..<rank { values[row * 64 + column] += b[row * rank + inner] * a[inner * 64 + column] }
                        }
                    }
                }
                merged.append((name, try Tensor(values, shape: source.tensor(name).shape)))
            }
            try SafetensorsWriter.write(merged, to: "\(folder)/model.safetensors")
            try write(Oracles.bytes(Oracles.committed + "/models/glm_edge/config.json"), to: "\(folder)/config.json")
            #expect(nmse(adapted, try TextModel.load(folder).logits(prompt)) < 1e-9)
        }
    }

    @Test(
        "the names that PEFT writes for models that see and for ChatGLM reach the same matrices",
        arguments: [
            ("llama_rope3", "model.language_model.layers.", "model.layers.", "self_attn.q_proj"),
            ("llama_rope3", "language_model.model.layers.", "model.layers.", "mlp.down_proj"),
            ("llama_rope3", "model.text_model.layers.", "model.layers.", "self_attn.o_proj"),
            ("chatglm", "transformer.encoder.layers.", "model.layers.", "self_attention.query_key_value"),
            ("chatglm", "transformer.encoder.layers.", "model.layers.", "self_attention.dense"),
            ("chatglm", "transformer.encoder.layers.", "model.layers.", "mlp.dense_h_to_4h"),
            ("chatglm", "transformer.encoder.layers.", "model.layers.", "mlp.dense_4h_to_h"),
        ])
    func otherNames(name: String, start: String, plain: String, module: String) throws {
        let base = Oracles.committed + "/models/\(name)"
        let source = try SafetensorsFile(path: base)
        let weight = (name == "chatglm" ? start : plain) + "1.\(module).weight"
        let shape = try source.tensor(weight).shape
        let model = try TextModel.load(base)
        let prompt = prompt.map { $0 % Int32(model.vocabularySize) }
        var generator = SeededGenerator(seed: 7)
        func random(_ shape: [Int]) throws -> Tensor {
            try Tensor((0..<shape[0] * shape[1]).map { _ in Float(generator.unit() - 0.5) }, shape: shape)
        }
        let (down, up) = (try random([2, shape[1]]), try random([shape[0], 2]))
        try withTemporaryFolder { folder in
            func adapted(_ starts: [String]) throws -> [Float] {
                let tensors = starts.flatMap { start in
                    [("lora_A", down), ("lora_B", up)].map { part, tensor in
                        (name: "base_model.model.\(start)1.\(module).\(part).weight", tensor: tensor)
                    }
                }
                try SafetensorsWriter.write(tensors, to: "\(folder)/adapter_model.safetensors")
                try write(
                    #"{"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["\#(module)"]}"#,
                    to: "\(folder)/adapter_config.json")
                return try model.logits(prompt, adapter: try LoRAAdapter(path: folder, for: model))
            }
            let found = try adapted([start])
            // The same change made to the weights themselves.
            let (a, b) = (try down.floats(), try up.floats())
            var values = try Quantizer.dequantize(source.tensor(weight)).floats()
            for row in 0..<shape[0] {
                for column in 0..<shape[1] {
                    for inner in 0..<2 { values[row * shape[1] + column] += b[row * 2 + inner] * a[inner * shape[1] + column] }
                }
            }
            try AdapterConverter(folder: folder, for: model).write(to: "\(folder)/adapter.gguf")
            let file = try model.logits(prompt, adapter: try LoRAAdapter(path: "\(folder)/adapter.gguf", for: model))
            #expect(nmse(file, found) < 1e-12)
            let merged = try source.names.map { name in
                (name: name, tensor: try name == weight ? Tensor(values, shape: shape) : source.tensor(name))
            }
            try SafetensorsWriter.write(merged, to: "\(folder)/model.safetensors")
            try write(Oracles.bytes("\(base)/config.json"), to: "\(folder)/config.json")
            #expect(nmse(found, try TextModel.load(folder).logits(prompt)) < 1e-9)
            #expect(nmse(found, try model.logits(prompt)) > 1e-6)
            guard name != "chatglm" else { return }
            let error = #expect(throws: ModelError.self) { try adapted([start, plain]) }
            #expect("\(try #require(error))".contains("under another name"))
        }
    }

    @Test("an adapter of another model is refused")
    func otherModel() throws {
        let model = try TextModel.load(Self.base)
        let adapter = try LoRAAdapter(path: Self.folder, for: try TextModel.load(Self.base))
        #expect(throws: ModelError.self) { try model.makeContext(capacity: 8, adapter: adapter) }
        let error = #expect(throws: ModelError.self) {
            try LoRAAdapter(path: Self.folder, for: try TextModel.load(Oracles.committed + "/models/glm_bias"))
        }
        #expect("\(try #require(error))".contains("model.layers.0.mlp.down_proj"))
    }

    private static let broken: [(key: String, value: Value, message: String)] = [
        ("r", 8, "does not fit r"), ("r", 0, "from 1 to 1024"), ("r", "4", "from 1 to 1024"), ("r", 1_000_000, "from 1 to 1024"),
        ("lora_alpha", -1, "above 0"), ("lora_alpha", .null, "above 0"), ("use_dora", true, "use_dora"), ("bias", "all", "bias"),
        ("fan_in_fan_out", true, "fan_in_fan_out"), ("modules_to_save", ["lm_head"], "modules_to_save"),
        ("rank_pattern", ["q_proj": 2], "rank_pattern"), ("peft_type", "IA3", "LORA"), ("target_modules", [], "target_modules"),
        ("target_modules", ["q_proj", "v_proj"], "target_modules"),
        ("init_lora_weights", "pissa", "path_initial_model_for_weight_conversion"),
        ("init_lora_weights", "pissa_niter_4", "pissa_niter_4"), ("init_lora_weights", "olora", "olora"),
        ("init_lora_weights", "loftq", "loftq"), ("init_lora_weights", "corda", "init_lora_weights"),
        ("init_lora_weights", 1, "init_lora_weights"), ("use_qalora", true, "use_qalora"),
        ("use_bdlora", ["nblocks": 2], "use_bdlora"), ("arrow_config", ["top_k": 3], "arrow_config"),
        ("target_modules", ".*v_proj", "is a pattern that this module's name does not match"),
        ("target_modules", "q_proj", "is a pattern"), ("target_modules", ".*\\.1\\..*?(?:q_proj|down_proj)", "layers.0"),
        ("target_modules", ["q_proj", "k_proj", "v_proj", "up_proj", "down_proj"], "k_proj"),
    ]

    @Test("configurations that are wrong or ask for something else are refused by their key", arguments: LoRATests.broken)
    func brokenConfiguration(key: String, value: Value, message: String) throws {
        try withTemporaryFolder { temporary in
            let folder = try copy(to: temporary) { $0[key] = value }
            let error = try #require(#expect(throws: WeightsError.self) { try LoRAFile(path: folder) })
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    private static let left: [(settings: [String: Value], message: String?)] = [
        (["layers_to_transform": [0, 1]], nil), (["layers_to_transform": [0, 1, 40]], nil), (["layers_to_transform": []], nil),
        (["layers_to_transform": [0, 1], "layers_pattern": "layers"], nil), (["exclude_modules": ["k_proj", "lm_head"]], nil),
        (["exclude_modules": ".*k_proj"], nil), (["target_modules": ".*\\.(?:mlp|self_attn)\\..*?proj"], nil),
        (["target_modules": "all-linear"], nil), (["target_modules": "(?!x).*proj"], nil),
        (["init_lora_weights": "gaussian"], nil), (["init_lora_weights": "eva"], nil), (["init_lora_weights": false], nil),
        (["exclude_modules": "q_proj"], nil), (["exclude_modules": .null], nil),
        (["layers_to_transform": 0], "layers_to_transform of adapter_config.json leave layer 1 out"),
        (["layers_to_transform": [1]], "leave layer 0 out"),
        (
            ["layers_to_transform": [0, 1], "layers_pattern": ["h", "blocks"]],
            "layers_pattern of adapter_config.json names no layer"
        ),
        (["layers_pattern": "layers"], "layers_to_transform counts, and that is not there"),
        (["layers_to_transform": "all"], "a layer's number or a list"), (["layers_to_transform": [-1]], "a layer's number"),
        (["layers_to_transform": [0, 1], "target_modules": ".*proj"], "they are a pattern"),
        (["exclude_modules": ["q_proj"]], "exclude_modules of adapter_config.json leave this module out"),
        (["exclude_modules": ["layers.1.mlp.down_proj"]], "layers.1.mlp.down_proj"),
        (["exclude_modules": ".*layers\\.1\\..*"], "exclude_modules"), (["exclude_modules": 3], "a name or a list of names"),
    ]

    @Test("layers and modules that the configuration leaves out, and the weights do not, are refused", arguments: left)
    func leftOut(settings: [String: Value], message: String?) throws {
        try withTemporaryFolder { temporary in
            let folder = try copy(to: temporary) { config in for (key, value) in settings { config[key] = value } }
            guard let message else {
                _ = try LoRAAdapter(path: folder, for: try TextModel.load(Self.base))
                return
            }
            let error = try #require(#expect(throws: WeightsError.self) { try LoRAFile(path: folder) })
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test("a layer of the model that the configuration names, and the weights lack, is refused; a name in full is meant in any")
    func missingLayer() throws {
        let source = try SafetensorsFile(path: "\(Self.folder)/adapter_model.safetensors")
        try withTemporaryFolder { temporary in
            let folder = try copy(to: temporary) { $0["layers_to_transform"] = [0, 1] }
            let first = try source.names.filter { $0.contains(".layers.0.") }.map { (name: $0, tensor: try source.tensor($0)) }
            try SafetensorsWriter.write(first, to: "\(folder)/adapter_model.safetensors")
            let error = #expect(throws: ModelError.self) { try LoRAAdapter(path: folder, for: try TextModel.load(Self.base)) }
            let text = "\(try #require(error))"
            #expect(text.contains("layers_to_transform") && text.contains("layer 1"), "\(text)")
        }
        try withTemporaryFolder { temporary in
            let name = "model.layers.1.self_attn.q_proj"
            let folder = try copy(to: temporary) {
                $0["layers_to_transform"] = 0
                $0["target_modules"] = ["q_proj", .string(name)]
            }
            let kept = source.names.filter { $0.contains("layers.0.self_attn.q_proj") || $0.contains(name) }
            try SafetensorsWriter.write(
                try kept.map { ($0, try source.tensor($0)) }, to: "\(folder)/adapter_model.safetensors")
            #expect(try LoRAFile(path: folder).changes.count == 2)
        }
    }

    @Test("weights that fit neither the configuration nor the model are refused by their name")
    func brokenWeights() throws {
        let source = try SafetensorsFile(path: "\(Self.folder)/adapter_model.safetensors")
        let all = try source.names.map { (name: $0, tensor: try source.tensor($0)) }
        let name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"
        func error(_ tensors: [(name: String, tensor: Tensor)]) throws -> String {
            try withTemporaryFolder { temporary in
                let folder = try copy(to: temporary) { _ in }
                try SafetensorsWriter.write(tensors, to: "\(folder)/adapter_model.safetensors")
                let model = try TextModel.load(Self.base)
                return "\(try #require(#expect(throws: ModelError.self) { try LoRAAdapter(path: folder, for: model) }))"
            }
        }
        #expect(try error(all.filter { $0.name != name }).contains(name))
        func replaced(_ tensor: Tensor) -> [(name: String, tensor: Tensor)] {
            all.map { $0.name == name ? (name, tensor) : $0 }
        }
        #expect(try error(replaced(try Tensor([Float](repeating: 1, count: 32), shape: [8, 4]))).contains("self_attn.q_proj"))
        #expect(try error(replaced(try Tensor([Float](repeating: 1, count: 256), shape: [256]))).contains(name))
        #expect(try error(replaced(try Tensor([Float](repeating: .nan, count: 256), shape: [64, 4]))).contains("not finite"))
        let renamed = all.map { ($0.name.replacing("layers.1.", with: "layers.7."), $0.tensor) }
        #expect(try error(renamed).contains("model.layers.7."))
        #expect(try error(all + [("base_model.model.lm_head.weight", all[0].tensor)]).contains("lm_head"))
    }

    @Test("a folder without an adapter says what is missing")
    func absent() throws {
        let error = #expect(throws: WeightsError.self) { try LoRAFile(path: Self.base) }
        #expect("\(try #require(error))".contains("adapter_config.json"))
    }

    @Test("randomly damaged adapters are refused or accepted, and nothing else happens")
    func mutations() throws {
        let model = try TextModel.load(Self.base)
        let weights = try Oracles.bytes("\(Self.folder)/adapter_model.safetensors")
        let config = try Oracles.bytes("\(Self.folder)/adapter_config.json")
        var fuzzer = MutationFuzzer(seed: 5)
        try withTemporaryFolder { folder in
            for round in 0..<300 {
                try write(round.isMultiple(of: 2) ? fuzzer.mutate(config) : config, to: "\(folder)/adapter_config.json")
                try write(
                    round.isMultiple(of: 2) ? weights : fuzzer.mutate(weights), to: "\(folder)/adapter_model.safetensors")
                do {
                    _ = try model.logits(prompt, adapter: try LoRAAdapter(path: folder, for: model))
                } catch is ModelError {
                    continue
                }
            }
        }
    }

    /// A copy of the oracle's adapter with another configuration.
    private func copy(to folder: String, _ change: (inout ValueMap) -> Void) throws -> String {
        var config = try #require(try Oracles.json("\(Self.folder)/adapter_config.json").map)
        change(&config)
        try write(Value.map(config).json(), to: "\(folder)/adapter_config.json")
        try write(Oracles.bytes("\(Self.folder)/adapter_model.safetensors"), to: "\(folder)/adapter_model.safetensors")
        return folder
    }
}
