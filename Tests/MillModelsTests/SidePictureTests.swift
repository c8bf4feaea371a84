import MillCompute
import MillImage
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

/// What the layers compute is in ``VerificationTests``; here is what sequences do with pictures beside them.
@Suite("Models that look at pictures beside the text")
struct SidePictureTests {
    private func model() throws -> MllamaModel {
        let loader = try ModelLoader(compute: Compute(activations: .float32))
        let network = try loader.load(path: try Oracles.committed("models/mllama"), tokenizer: false).network
        let model: MllamaModel? = if case .vision(let model) = network { model as? MllamaModel } else { nil }
        return try #require(model)
    }

    private func scores(_ model: MllamaModel, _ input: SequenceInput, by step: Int) throws -> [Float] {
        let context = try model.makeContext(capacity: input.count)
        for start in stride(from: 0, to: input.count, by: step) {
            try context.append(input[start..<min(start + step, input.count)])
        }
        return try context.logits.floats()
    }

    @Test("a prompt in pieces gives the scores of the whole, also where pieces end before a picture")
    func pieces() throws {
        let model = try model()
        let pictures = try [(30, 20), (9, 40), (14, 14)].map { try model.encode(try pixels($0.0, $0.1)) }
        #expect(pictures.allSatisfy { $0.tokenCount == 1 })
        let input = try model.input([
            .tokens([5, 6, 7]), .picture(pictures[0]), .picture(pictures[1]), .tokens([8, 9]), .picture(pictures[2]),
            .tokens([10, 11]),
        ])
        #expect(input.count == 10)
        let whole = try scores(model, input, by: 10)
        for step in [1, 2, 3, 4, 7] { #expect(try scores(model, input, by: step) == whole) }
        let other = try model.input([
            .tokens([5, 6, 7]), .picture(pictures[0]), .picture(pictures[1]), .tokens([8, 9]), .picture(pictures[0]),
            .tokens([10, 11]),
        ])
        #expect(try scores(model, other, by: 10) != whole)
    }

    @Test("a sequence that goes back forgets the pictures after the place, and reads them again")
    func rewind() throws {
        let model = try model()
        let pictures = try [20, 40].map { try model.encode(try pixels($0, 25)) }
        let parts = [PromptPart.picture(pictures[0]), .tokens([6, 7])]
        let (short, long) = (try model.input(parts), try model.input(parts + [.picture(pictures[1]), .tokens([8])]))
        let context = try model.makeContext(capacity: 10)
        try context.append(long)
        let expected = try context.logits.floats()
        try context.rewind(to: 3)
        try context.append([9])
        let text = try context.logits.floats()
        try context.rewind(to: 3)
        try context.append(long[3..<5])
        #expect(try context.logits.floats() == expected)

        let plain = try model.makeContext(capacity: 10)
        try plain.append(short)
        try plain.append([9])
        #expect(try plain.logits.floats() == text)
    }

    @Test("sequences with and without pictures share a pass")
    func batch() throws {
        let model = try model()
        let picture = try model.encode(try pixels(33, 20))
        let input = try model.input([.tokens([5]), .picture(picture), .tokens([6, 7])])
        let seen = try scores(model, input, by: 4)
        let blind = try scores(model, SequenceInput([5, 8, 6]), by: 3)
        let caches = try (0..<2).map { _ in try model.text.makeCache(capacity: 8) }
        caches[1].look(at: input)
        let logits = try Tensor.allocate(.f32, [2, model.vocabularySize])
        try model.text.forward([([5, 8, 6], caches[0]), (input.tokens, caches[1])], rows: [2, 6], into: logits)
        #expect(try logits.floats() == blind + seen)
    }

    @Test("a picture of another model is refused, and so is one where only text is read")
    func others() throws {
        let (model, other) = (try model(), try model())
        let picture = try other.encode(try pixels(20, 20))
        #expect(throws: ModelError.self) { try model.input([.picture(picture)]) }
        #expect(model.facts.family == "mllama" && model.textModel != nil)
        #expect(model.text.vocabularySize == 112 && model.pictureMark.token == 112)
        let context = try model.makeContext(capacity: 4)
        #expect(throws: ModelError.self) { try context.append([120]) }
    }

    @Test("a checkpoint that lacks a part, has one too many, or sizes that do not fit is refused")
    func incomplete() throws {
        let folder = try Oracles.committed("models/mllama")
        let file = try SafetensorsFile(path: folder)
        let config = try #require(try Oracles.json("\(folder)/config.json").map)
        func attempt(
            _ part: String = "text_config", _ changes: ValueMap = [:], without left: String? = nil, with more: String? = nil
        ) throws {
            try withTemporaryFolder { target in
                var tensors = try file.names.filter { left == nil || !$0.contains(left ?? "") }
                    .map { (name: $0, tensor: try file.tensor($0)) }
                if let more { tensors.append((more, try Tensor.zeros(.f32, [2]))) }
                try SafetensorsWriter.write(tensors, to: "\(target)/model.safetensors")
                var config = config
                var side = try #require(config[part]?.map)
                for (key, value) in changes { side[key] = value }
                config[part] = .map(side)
                try write(Value.map(config).json(), to: "\(target)/config.json")
                _ = try ModelLoader().load(path: target, tokenizer: false)
            }
        }
        try attempt()
        for name in ["cross_attn_mlp_gate", "tile_embedding", "gate_ffn", "multi_modal_projector.bias.x"] {
            if name.hasSuffix("x") {
                #expect(throws: ModelError.self) { try attempt(with: "model.vision_model.x.weight") }
            } else {
                #expect(throws: ModelError.self) { try attempt(without: name) }
            }
        }
        let vision: [ValueMap] = [
            ["vision_output_dim": 48], ["max_num_tiles": 1_000_000], ["intermediate_layers_indices": [3]],
            ["supported_aspect_ratios": [[1, 1]]], ["supported_aspect_ratios": [[9, 9]]], ["attention_heads": 5],
            ["patch_size": 0], ["image_size": [14, 28]],
        ]
        for changes in vision { #expect(throws: ModelError.self) { try attempt("vision_config", changes) } }
        #expect(throws: ModelError.self) { try attempt("text_config", ["cross_attention_layers": [7]]) }
        #expect(throws: ModelError.self) { try attempt("text_config", ["cross_attention_layers": [2]]) }
    }

    /// `get_optimal_tiled_canvas` and `get_image_size_fit_to_canvas` of transformers, for four tiles of 560 pixels.
    @Test(
        "pictures get the canvas and the size that the processor gives them",
        arguments: [
            (800, 600, 2, 2, 800, 600), (100, 100, 1, 1, 560, 560), (3000, 500, 1, 4, 2240, 373), (500, 3000, 4, 1, 373, 2240),
            (1120, 1120, 2, 2, 1120, 1120), (4000, 3000, 2, 2, 1120, 840), (561, 560, 1, 2, 561, 560), (1, 300, 1, 1, 1, 560),
            (2000, 40, 1, 4, 2000, 40),
        ])
    func canvas(width: Int, height: Int, rows: Int, columns: Int, newWidth: Int, newHeight: Int) {
        let tiling = CanvasTiling(side: 560, shapes: CanvasTiling.shapes(upTo: 4), filter: .bilinear)
        let shape = tiling.shape(width, height)
        #expect(shape == TileShape(rows: rows, columns: columns))
        let size = tiling.size(width, height, on: shape)
        #expect(size.width == newWidth && size.height == newHeight)
    }
}

@Suite("Pictures in grids")
struct GridTests {
    private func model() throws -> PictureTextModel {
        let loader = try ModelLoader(compute: Compute(activations: .float32))
        let network = try loader.load(path: try Oracles.committed("models/qwen2_5_vl"), tokenizer: false).network
        let model: PictureTextModel? = if case .vision(let model) = network { model as? PictureTextModel } else { nil }
        return try #require(model)
    }

    @Test("a prompt in pieces gives the scores of the whole, also where a border goes through a picture, and after going back")
    func pieces() throws {
        let model = try model()
        let pictures = try [(40, 24), (16, 30)].map { try model.encode(try pixels($0.0, $0.1)) }
        let input = try model.input([
            .tokens([5, 6, 7]), .picture(pictures[0]), .tokens([8, 9]), .picture(pictures[1]), .tokens([10, 11]),
        ])
        func scores(by step: Int, backTo place: Int? = nil) throws -> [Float] {
            let context = try model.makeContext(capacity: input.count)
            var start = 0
            var place = place
            while start < input.count {
                let end = min(start + step, input.count)
                try context.append(input[start..<end])
                start = end
                if let back = place, start > back {
                    try context.rewind(to: back)
                    (start, place) = (back, nil)
                }
            }
            return try context.logits.floats()
        }
        let whole = try scores(by: input.count)
        for step in [1, 2, 5, 9] { #expect(try scores(by: step) == whole) }
        for place in [2, 3, 8, input.count - 3] { #expect(try scores(by: 6, backTo: place) == whole) }
        // Without the grid the positions are others.
        var flat = SequenceInput([5, 6, 7])
        let rows = try #require((pictures[0] as? PictureRows)?.rows.first)
        flat.append(rows: rows, standingFor: 101)
        flat.append([8])
        let (context, expected) = (try model.makeContext(capacity: 40), try model.makeContext(capacity: 40))
        try context.append(flat)
        try expected.append(try model.input([.tokens([5, 6, 7]), .picture(pictures[0]), .tokens([8])]))
        #expect(try context.logits.floats() != expected.logits.floats())
    }

    /// `smart_resize` of transformers, for squares of 28 pixels and areas of 4 to 1280 of them.
    @Test(
        "pictures get the size that the processor gives them",
        arguments: [
            (640, 480, 644, 476), (50, 30, 84, 56), (1000, 1000, 980, 980), (28, 28, 56, 56), (7, 1300, 28, 784),
            (14, 14, 56, 56), (42, 70, 56, 56), (3000, 200, 2996, 196),
        ])
    func size(width: Int, height: Int, newWidth: Int, newHeight: Int) throws {
        let size = try WindowTowerConfiguration.size(width: width, height: height, square: 28, 4 * 784...1280 * 784)
        #expect(size.width == newWidth && size.height == newHeight)
    }

    @Test("a picture that is too narrow, and settings that do not fit, are refused")
    func refused() throws {
        let model = try model()
        #expect(throws: ModelError.self) { try model.encode(try pixels(2, 500)) }
        let folder = try Oracles.committed("models/qwen2_5_vl")
        let file = try SafetensorsFile(path: folder)
        func attempt(_ name: String, _ key: [String], _ value: Value) throws {
            try withTemporaryFolder { target in
                let tensors = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
                try SafetensorsWriter.write(tensors, to: "\(target)/model.safetensors")
                for file in ["config.json", "preprocessor_config.json"] {
                    var map = try #require(try Oracles.json("\(folder)/\(file)").map)
                    if file == name, key.count == 2 {
                        var inner = try #require(map[key[0]]?.map)
                        inner[key[1]] = value
                        map[key[0]] = .map(inner)
                    } else if file == name {
                        map[key[0]] = value
                    }
                    try write(Value.map(map).json(), to: "\(target)/\(file)")
                }
                _ = try ModelLoader().load(path: target, tokenizer: false)
            }
        }
        try attempt("preprocessor_config.json", ["max_pixels"], 4096)
        let wrong: [(String, [String], Value)] = [
            ("preprocessor_config.json", ["patch_size"], 14), ("preprocessor_config.json", ["min_pixels"], 1_000_000),
            ("preprocessor_config.json", ["merge_size"], 1), ("config.json", ["vision_config", "window_size"], 4),
            ("config.json", ["vision_config", "num_heads"], 5), ("config.json", ["vision_config", "fullatt_block_indexes"], [9]),
            ("config.json", ["vision_config", "hidden_act"], "gelu"),
            ("config.json", ["vision_config", "spatial_merge_size"], 3),
            ("config.json", ["text_config", "rope_parameters"], ["mrope_section": [1, 1, 1], "rope_theta": 10_000]),
        ]
        for (name, key, value) in wrong { #expect(throws: ModelError.self) { try attempt(name, key, value) } }
    }
}
