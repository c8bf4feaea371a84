import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Synchronization
import Testing

/// What every model of the committed cases must do is in ``VerificationTests``; here is what they have around it.
@Suite("Models that read pictures as rows")
struct VisionLanguageTests {
    static let cases = ["glm_edge_v", "llava", "llava_clip", "idefics3", "qwen2_5_vl"]

    private func model(_ path: String, _ pictures: PictureSide = .beside) throws -> PictureTextModel {
        let loader = try ModelLoader(compute: Compute(activations: .float32))
        let network = try loader.load(path: path, tokenizer: false, pictures: pictures).network
        let model: PictureTextModel? = if case .vision(let model) = network { model as? PictureTextModel } else { nil }
        return try #require(model)
    }

    @Test("rows of the embedding table in place of tokens give the tokens' own scores, also across the border of two passes")
    func rows() throws {
        let folder = try Oracles.committed("models/glm_edge")
        let model = try TextModel.load(folder)
        let table = try SafetensorsFile(path: folder).tensor("model.embed_tokens.weight")
        #expect(table.dtype == .f32)
        let count = min(TextModel.chunkLength + 40, model.contextLength)
        let tokens = (0..<count).map { Int32(($0 * 31 + 7) % model.vocabularySize) }
        func scores(_ input: SequenceInput) throws -> [Float] {
            let context = try model.makeContext(capacity: count)
            for start in stride(from: 0, to: count, by: 100) { try context.append(input[start..<min(start + 100, count)]) }
            return try context.logits.floats()
        }
        let wide = (3..<count - 5)
        var input = SequenceInput(Array(tokens[..<wide.lowerBound]))
        let rows = try Tensor.allocate(.f32, [wide.count, model.configuration.hiddenSize])
        try model.compute.embed(Array(tokens[wide]), table, into: rows)
        input.append(rows: rows, standingFor: 0)
        input.append(Array(tokens[wide.upperBound...]))
        #expect(input.count == count)
        #expect(try scores(input) == scores(SequenceInput(tokens)))
    }

    @Test("rows of another width, and beyond the pass, are refused")
    func refusedRows() throws {
        let model = try TextModel.load(try Oracles.committed("models/glm_edge"))
        for (width, at) in [(model.configuration.hiddenSize + 1, 0), (model.configuration.hiddenSize, 2)] {
            let rows = [InsertedRows(at: at, rows: try Tensor.zeros(.f32, [2, width]))]
            let logits = try Tensor.allocate(.f32, [3, model.vocabularySize])
            #expect(throws: ModelError.self) {
                try model.forward([([1, 2, 3], try model.makeCache(capacity: 3))], inserted: rows, into: logits)
            }
        }
    }

    @Test("a picture takes the positions that it says, and the same pixels give the same rows", arguments: cases)
    func picture(name: String) throws {
        let model = try model(try Oracles.committed("models/\(name)"))
        let picture = try model.encode(try pixels(50, 30))
        let input = try model.input([.tokens([1, 2]), .picture(picture), .tokens([3])])
        #expect(input.count == picture.tokenCount + 3)
        let again = try model.input([.picture(model.encode(try pixels(50, 30)))])
        #expect(again.count == picture.tokenCount)
        // 4 rows between two vectors; a row for each patch; tiles of 4 rows with the tokens around them; squares of 8 pixels.
        let counts = [
            "glm_edge_v": 6, "llava": 16, "llava_clip": 16, "idefics3": 5 * 4 + 4 * 2 + 1 + 2 + 2 + 1, "qwen2_5_vl": 4 * 6,
        ]
        #expect(picture.tokenCount == counts[name])
        let context = try model.makeContext(capacity: 64)
        try context.append(input)
        #expect(context.position == input.count)
        try context.rewind(to: 2)
        try context.append(input[2..<input.count])
        #expect(context.position == input.count)
    }

    @Test("a picture of another model is refused, and the text side works alone")
    func others() throws {
        let glm = try model(try Oracles.committed("models/glm_edge_v"))
        let picture = try model(try Oracles.committed("models/llava")).encode(try pixels(20, 20))
        #expect(glm.facts.hiddenSize == 24 && glm.facts.family == "glm-edge-v")
        #expect(throws: ModelError.self) { try glm.input([.picture(picture)]) }
        struct Other: EncodedPicture {
            let tokenCount = 3
            let byteCount = 0
        }
        #expect(throws: ModelError.self) { try glm.input([.picture(Other())]) }
        let context = try glm.makeContext(capacity: 8)
        try context.append([1, 2, 3])
        #expect(context.position == 3)
    }

    @Test("pictures that are to be padded into squares are refused where they are stretched")
    func padded() throws {
        try withTemporaryFolder { folder in
            let source = try Oracles.committed("models/llava")
            for name in ["config.json", "model.safetensors", "tokenizer.json"] {
                try write(Oracles.bytes("\(source)/\(name)"), to: "\(folder)/\(name)")
            }
            for text in [#"{"do_pad": true}"#, #"{"image_aspect_ratio": "pad"}"#] {
                try write(text, to: "\(folder)/preprocessor_config.json")
                #expect(throws: ModelError.self) { try model(folder) }
            }
            try write(#"{"do_pad": false, "image_processor_type": "SomeProcessor"}"#, to: "\(folder)/preprocessor_config.json")
            _ = try model(folder)
        }
    }

    /// Loads a committed case with other settings and tensors.
    private func changed(
        _ name: String, _ change: (inout ValueMap) -> Void, keeping isKept: (String) -> Bool = { _ in true }
    ) throws {
        let folder = try Oracles.committed("models/\(name)")
        let file = try SafetensorsFile(path: folder)
        try withTemporaryFolder { target in
            var config = try #require(try Oracles.json("\(folder)/config.json").map)
            change(&config)
            let tensors = try file.names.filter(isKept).map { (name: $0, tensor: try file.tensor($0)) }
            try SafetensorsWriter.write(tensors, to: "\(target)/model.safetensors")
            try write(Value.map(config).json(), to: "\(target)/config.json")
            try write(Oracles.bytes("\(folder)/tokenizer.json"), to: "\(target)/tokenizer.json")
            _ = try model(target)
        }
    }

    @Test("positions of Qwen2.5-VL's tower that are not computed are refused by key and value")
    func towerPositions() throws {
        func load(_ settings: ValueMap) throws {
            try changed("qwen2_5_vl") { config in
                var vision = config["vision_config"]?.map ?? [:]
                vision["rope_parameters"] = nil
                for key in settings.keys { vision[key] = settings[key] }
                config["vision_config"] = .map(vision)
            }
        }
        try load([:])
        try load(["rope_parameters": ["rope_theta": 10000, "rope_type": "default", "factor": .null], "rope_theta": 10000])
        let wrong: [(ValueMap, String)] = [
            (["rope_parameters": ["rope_type": "yarn"]], "vision_config.rope_parameters.rope_type is \"yarn\""),
            (["rope_parameters": ["rope_theta": 5000]], "vision_config.rope_parameters.rope_theta is 5000"),
            (["rope_parameters": ["factor": 2]], "vision_config.rope_parameters.factor is 2"),
            (["rope_parameters": 3], "rope_parameters must be an object"),
            (["rope_scaling": ["type": "linear"]], "vision_config.rope_scaling.type is \"linear\""),
            (["rope_theta": 1_000_000], "vision_config.rope_theta is 1000000"),
        ]
        for (settings, message) in wrong {
            let error = try #require(#expect(throws: ModelError.self) { try load(settings) })
            #expect("\(error)".contains(message), "\(error)")
        }
    }

    @Test("LLaVA's projector has its biases where the configuration says so, and only there", arguments: ["llava", "llava_clip"])
    func projectorBias(name: String) throws {
        func isBias(_ name: String) -> Bool { name.contains("multi_modal_projector.") && name.hasSuffix(".bias") }
        func without(_ config: inout ValueMap) { config["multimodal_projector_bias"] = false }
        try changed(name, without, keeping: { !isBias($0) })
        let more = try #require(#expect(throws: ModelError.self) { try changed(name, without) })
        #expect("\(more)".contains("linear_1.bias") || "\(more)".contains("linear_2.bias"), "\(more)")
        let fewer = try #require(#expect(throws: ModelError.self) { try changed(name, { _ in }, keeping: { !isBias($0) }) })
        #expect("\(fewer)".contains("linear_1.bias"), "\(fewer)")
        #expect(throws: ModelError.self) { try changed(name, { $0["multimodal_projector_bias"] = "no" }) }
    }

    @Test("a checkpoint that lacks a part, or has one too many, is refused", arguments: cases)
    func incomplete(name: String) throws {
        let folder = try Oracles.committed("models/\(name)")
        let file = try SafetensorsFile(path: folder)
        let config = try #require(try Oracles.json("\(folder)/config.json").map)
        let projector = try #require(
            file.names.first {
                $0.contains("adapter.conv.w") || $0.contains("merger.mlp.0.w") || $0.contains("linear_1.w")
                    || $0.contains("proj.weight") && $0.contains("connector")
            })
        func attempt(_ config: ValueMap, without left: String? = nil, with more: String? = nil) throws {
            try withTemporaryFolder { target in
                var tensors = try file.names.filter { $0 != left }.map { (name: $0, tensor: try file.tensor($0)) }
                if let more { tensors.append((more, try Tensor.zeros(.f32, [2]))) }
                try SafetensorsWriter.write(tensors, to: "\(target)/model.safetensors")
                try write(Value.map(config).json(), to: "\(target)/config.json")
                try write(Oracles.bytes("\(folder)/tokenizer.json"), to: "\(target)/tokenizer.json")
                _ = try ModelLoader().load(path: target)
            }
        }
        try attempt(config)
        #expect(throws: ModelError.self) { try attempt(config, without: projector) }
        #expect(throws: ModelError.self) { try attempt(config, with: "model.something.weight") }
        var broken = config
        var vision = try #require(config["vision_config"]?.map)
        vision["hidden_size"] = 23
        broken["vision_config"] = .map(vision)
        #expect(throws: ModelError.self) { try attempt(broken) }
    }

    /// The picture side of the GLM-Edge-V case as the GGUF file that llama.cpp's converter makes of it.
    private func writeMmproj(_ path: String, projector: String = "adapter") throws {
        let file = try SafetensorsFile(path: try Oracles.committed("models/glm_edge_v"))
        var writer = GGUFWriter()
        writer.set("general.architecture", "clip")
        writer.set("clip.has_vision_encoder", true)
        writer.set("clip.use_gelu", true)
        writer.set("clip.projector_type", projector)
        let sizes = [
            ("image_size", 16), ("patch_size", 4), ("embedding_length", 24), ("feed_forward_length", 28), ("block_count", 2),
            ("attention.head_count", 3), ("projection_dim", 0),
        ]
        for (key, value) in sizes { writer.set("clip.vision.\(key)", integer: value) }
        writer.set("clip.vision.attention.layer_norm_epsilon", 1e-6 as Float)
        let parts = [
            ("model.vision.adapter.", "adapter."), ("linear_proj", "linear"), ("gate_proj", "gate"),
            ("model.vision.vit.model.vision_model.", "v."), ("embeddings.patch_embedding", "patch_embd"),
            ("embeddings.position_embedding", "position_embd"), ("post_layernorm", "post_ln"), ("encoder.layers.", "blk."),
            ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"),
            ("self_attn.out_proj", "attn_out"), ("layer_norm", "ln"), ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
        ]
        for name in file.names where name.hasPrefix("model.vision.") {
            let target = parts.reduce(name) { $0.replacing($1.0, with: $1.1) }
            let tensor = try file.tensor(name)
            let isVector = target == "adapter.boi" || target == "adapter.eoi"
            try writer.add(target, isVector ? try tensor.reshaped([24]) : tensor)
        }
        try writer.write(to: path)
    }

    /// The text side as a GGUF file.
    private func writeText(_ path: String, in folder: String) throws {
        let source = try Oracles.committed("models/glm_edge_v")
        let file = try SafetensorsFile(path: source)
        let text = "\(folder)/text"
        #expect(mkdir(text, 0o700) == 0)
        defer {
            for name in ["config.json", "model.safetensors", "tokenizer.json"] { unlink("\(text)/\(name)") }
            rmdir(text)
        }
        var config = try #require(try Oracles.json("\(source)/config.json").map)
        config["vision_config"] = nil
        try write(Value.map(config).json(), to: "\(text)/config.json")
        try write(Oracles.bytes("\(source)/tokenizer.json"), to: "\(text)/tokenizer.json")
        let tensors = try file.names.filter { !$0.hasPrefix("model.vision.") }.map { (name: $0, tensor: try file.tensor($0)) }
        try SafetensorsWriter.write(tensors, to: "\(text)/model.safetensors")
        try ModelConverter(folder: text).write(to: path, precision: .f16)
    }

    @Test("a folder that is not written as GGUF says that it runs as it is")
    func conversion() throws {
        let error = #expect(throws: ModelError.self) { try ModelConverter(folder: Oracles.committed("models/glm_edge_v")) }
        #expect("\(try #require(error))".contains("glm-edge-v run from their folder and are not written as GGUF"))
    }

    @Test("a GGUF text model takes the mmproj file beside it, or the one that is named, and then sees what the checkpoint sees")
    func mmproj() throws {
        try withTemporaryFolder { folder in
            let text = "\(folder)/glm.gguf"
            try writeText(text, in: folder)
            let loader = try ModelLoader(compute: Compute(activations: .float32))
            #expect(try loader.load(path: text).network.text != nil)
            let side = "\(folder)/mmproj-F16.gguf"
            try writeMmproj(side)
            let picture = try pixels(30, 20)
            func rows(_ model: PictureTextModel) throws -> [Float] {
                let picture: PictureRows = try #require(try model.encode(picture) as? PictureRows)
                return try picture.rows.flatMap { try $0.floats() }
            }
            let expected = try rows(try model(try Oracles.committed("models/glm_edge_v")))
            #expect(try rows(try model(text)) == expected)
            #expect(try rows(try model(text, .file(side))) == expected)
            #expect(try rows(try model(folder)) == expected)
            guard case .text = try loader.load(path: text, pictures: .none).network else {
                Issue.record("the text model is not alone")
                return
            }
            let description = try loader.load(path: text).description
            #expect(description.mmprojPath == side && description.description.contains(side))

            // Of another model, of an unknown kind, or no picture side at all.
            let other = try Oracles.committed("gguf/glm_edge/glm_edge-Q8_0.gguf")
            let mismatch = #expect(throws: ModelError.self) { try loader.load(path: other, pictures: .file(side)) }
            let message = "\(try #require(mismatch))"
            #expect(message.contains(other) && message.contains(side) && message.contains("24"))
            try writeMmproj(side, projector: "resampler")
            let unknown = #expect(throws: ModelError.self) { try loader.load(path: text, pictures: .file(side)) }
            #expect("\(try #require(unknown))".contains("clip.projector_type is resampler"))
            #expect(throws: ModelError.self) { try loader.load(path: text, pictures: .file(other)) }
            // Beside the model, a file that does not fit is told about and left alone.
            let events = Mutex<[LoadEvent]>([])
            let listening = ModelLoader(compute: .shared, onEvent: { event in events.withLock { $0.append(event) } })
            guard case .text = try listening.load(path: text).network else {
                Issue.record("the text model is not alone")
                return
            }
            #expect(events.withLock { "\($0)" }.contains("resampler"))
        }
    }
}
