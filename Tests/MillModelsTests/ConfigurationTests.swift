import MillModels
import MillValue
import Testing

@Suite("Configurations of hub checkpoints")
struct ConfigurationTests {
    private func config(_ changes: [(String, Value?)] = []) throws -> DecoderConfiguration {
        var map: ValueMap = [
            "model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2,
            "num_hidden_layers": 2, "intermediate_size": 96, "vocab_size": 100, "max_position_embeddings": 512,
            "rms_norm_eps": 1e-5, "eos_token_id": [2, 3],
        ]
        for (key, value) in changes { map[key] = value }
        return try DecoderConfiguration(hub: .map(map), path: "config.json")
    }

    private func message(_ changes: [(String, Value?)]) throws -> String {
        let error = #expect(throws: ModelError.self) { try config(changes) }
        return "\(try #require(error))"
    }

    @Test("both dialects of rotary parameters mean the same")
    func dialects() throws {
        let scaling: Value = [
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32,
        ]
        var parameters = scaling.map ?? ValueMap()
        parameters["rope_theta"] = 50_000
        let flat = try config([("rope_theta", 50_000), ("rope_scaling", scaling)])
        let nested = try config([("rope_parameters", .map(parameters))])
        #expect(flat.rope == nested.rope)
        #expect(flat.rope.theta == 50_000)
        #expect(flat.rope.scaling != .none)
    }

    @Test("GLM turns half of a head unless it says otherwise, in neighbouring pairs")
    func glmDefaults() throws {
        let glm = try config([("model_type", "glm"), ("head_dim", 32)])
        #expect(glm.rope.rotaryDimension == 16)
        #expect(glm.rope.layout == .interleaved)
        #expect(try config([("model_type", "glm"), ("partial_rotary_factor", 1.0)]).rope.rotaryDimension == 16)
    }

    @Test("windows are those of the family's class: Mistral's in all layers, Qwen's on request in the upper ones")
    func slidingWindow() throws {
        let mistral = try config([("model_type", "mistral"), ("sliding_window", 128)])
        #expect(mistral.window?.size == 128 && mistral.window?.isWindowed == [true, true] && mistral.contextLength == 512)
        #expect(try config([("model_type", "mistral"), ("sliding_window", .null)]).window == nil)
        #expect(try config([("sliding_window", 128)]).window == nil)
        let qwen: [(String, Value?)] = [("model_type", "qwen2"), ("sliding_window", 128), ("max_window_layers", 1)]
        #expect(try config(qwen).window == nil)
        #expect(try config(qwen + [("use_sliding_window", true)]).window?.isWindowed == [false, true])
        let kinds: Value = ["sliding_attention", "full_attention"]
        let named = try config(qwen + [("use_sliding_window", true), ("layer_types", kinds)])
        #expect(named.window?.isWindowed == [true, false])
        #expect(
            try message(qwen + [("use_sliding_window", true), ("layer_types", ["chunked_attention", "full_attention"])])
                .contains("layer_types is chunked_attention"))
    }

    @Test("a window that is left out is the class's, one that is null is none")
    func usualWindow() throws {
        #expect(try config([("model_type", "mistral")]).window?.size == 4096)
        for name in ["qwen2", "qwen3"] {
            let asked: [(String, Value?)] = [
                ("model_type", .string(name)), ("use_sliding_window", true), ("max_window_layers", 1),
            ]
            let window = try config(asked).window
            #expect(window?.size == 4096 && window?.isWindowed == [false, true])
            #expect(try config(asked + [("sliding_window", .null)]).window == nil)
            #expect(try config([("model_type", .string(name))]).window == nil)
        }
        #expect(try config([("model_type", "phi3")]).window == nil)
    }

    @Test("layers are named to classes that read it; to others only as they are")
    func namedLayers() throws {
        let kinds: Value = ["full_attention", "sliding_attention"]
        let mistral = try config([("model_type", "mistral"), ("sliding_window", 5), ("layer_types", kinds)])
        #expect(mistral.window?.isWindowed == [false, true])
        let qwen: [(String, Value?)] = [
            ("model_type", "qwen3_moe"), ("num_experts", 6), ("num_experts_per_tok", 2), ("moe_intermediate_size", 24),
            ("sliding_window", 5), ("use_sliding_window", true),
        ]
        #expect(try message(qwen + [("layer_types", kinds)]).contains("layer_types names other layers"))
        let all: Value = ["sliding_attention", "sliding_attention"]
        #expect(try config(qwen + [("layer_types", all)]).window?.isWindowed == [true, true])
    }

    @Test("attention to later tokens is refused")
    func notCausal() throws {
        #expect(try message([("is_causal", false)]).contains("is_causal is false"))
        #expect(try config([("is_causal", true)]).layerCount == 2)
    }

    @Test("of both dialects the older one counts, with its own base")
    func bothDialects() throws {
        let yarn: Value = ["rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "rope_theta": 777]
        let plain: Value = ["rope_type": "default", "rope_theta": 50_000]
        let both = try config([("rope_parameters", plain), ("rope_scaling", yarn), ("rope_theta", 60_000)]).rope
        #expect(both == (try config([("rope_parameters", yarn)]).rope) && both.theta == 777)
        #expect(try config([("rope_parameters", plain), ("rope_scaling", [:])]).rope.theta == 50_000)
        #expect(try message([("rope_parameters", ["full_attention": plain])]).contains("rope_parameters.full_attention is"))
    }

    @Test(
        "the original context stands beside the scaling before it stands in it",
        arguments: [
            ["rope_type": "yarn", "factor": 4.0],
            ["rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0],
        ] as [ValueMap])
    func originalContext(scaling: ValueMap) throws {
        func rope(inside: Int?, beside: Int?) throws -> RopeConfiguration {
            var scaling = scaling
            if let inside { scaling["original_max_position_embeddings"] = .int(inside) }
            return try config([
                ("rope_scaling", .map(scaling)), ("original_max_position_embeddings", beside.map(Value.int)),
            ]).rope
        }
        let expected = try rope(inside: 64, beside: nil)
        #expect(try rope(inside: 16, beside: 64) == expected && rope(inside: nil, beside: 64) == expected)
        #expect(try rope(inside: 16, beside: nil) != expected)
        #expect(try rope(inside: nil, beside: nil) == rope(inside: 512, beside: nil))
    }

    @Test("a part of the head turns in families that know it, and is refused in others")
    func partialRotation() throws {
        #expect(try config([("model_type", "phi3"), ("partial_rotary_factor", 0.5)]).rope.rotaryDimension == 8)
        for name in ["llama", "qwen3", "chatglm", "smollm3"] {
            let text = try message([
                ("model_type", .string(name)), ("partial_rotary_factor", 0.75), ("kv_channels", 16), ("num_layers", 2),
                ("ffn_hidden_size", 64), ("padded_vocab_size", 100),
            ])
            #expect(text.contains("partial_rotary_factor is 0.75, which is not supported"), "\(text)")
        }
        #expect(try config([("partial_rotary_factor", 1)]).rope.rotaryDimension == 16)
    }

    @Test("experts are counted, chosen and sized by the family's keys")
    func experts() throws {
        let sizes: [(String, Value?)] = [("num_experts", 6), ("num_experts_per_tok", 2), ("moe_intermediate_size", 24)]
        let qwen = try config([("model_type", "qwen3_moe"), ("decoder_sparse_step", 2)] + sizes)
        let experts = try #require(qwen.experts)
        #expect(experts.count == 6 && experts.chosenCount == 2 && experts.intermediateSize == 24)
        #expect(!experts.renormalizes && experts.isSparse == [false, true])
        let mixtral = try config([("model_type", "mixtral"), ("num_local_experts", 4), ("num_experts_per_tok", 2)])
        #expect(mixtral.experts?.renormalizes == true && mixtral.experts?.intermediateSize == 96)
        #expect(try message([("model_type", "mixtral"), ("num_experts_per_tok", 2)]).contains("num_local_experts is missing"))
        #expect(
            try message([("model_type", "mixtral"), ("num_local_experts", 4), ("num_experts_per_tok", 5)])
                .contains("num_experts_per_tok is 5"))
    }

    @Test("an unknown model type is refused with key, value and what is supported")
    func unknownFamily() throws {
        let text = try message([("model_type", "mamba")])
        #expect(text.contains("config.json: model_type is mamba"))
        // Of text, of pictures, of speech, and Millrace's own.
        for name in ["llama", "qwen3_moe", "glm", "phi3", "llava", "mllama", "siglip", "bert", "whisper", "hearth"] {
            #expect(text.contains(" \(name),") && text.contains("supported: "), "\(name)")
        }
    }

    @Test("a rotary scaling that is not computed is refused, not ignored")
    func unknownScaling() throws {
        let text = try message([("rope_scaling", ["type": "dynamic", "factor": 4.0])])
        #expect(text.contains("rope_scaling.type is dynamic") && text.contains("yarn, longrope"))
    }

    @Test(
        "impossible sizes are refused with their key",
        arguments: [
            ("num_attention_heads", Value.int(0)), ("num_key_value_heads", 3), ("hidden_size", "64"), ("vocab_size", -1),
            ("head_dim", 15), ("eos_token_id", 100), ("num_hidden_layers", 2_000_000_000), ("hidden_act", "relu"),
            ("partial_rotary_factor", 1.5), ("rms_norm_eps", 0),
        ])
    func impossible(key: String, value: Value) throws {
        let text = try message([(key, value)])
        #expect(text.contains(key) || key == "num_key_value_heads" || key == "head_dim", "\(text)")
    }
}
