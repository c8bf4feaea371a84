import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("What a folder says about its pictures")
struct ProcessorTests {
    private func model(_ folder: String) throws -> any VisionLanguageModel {
        let network = try ModelLoader(compute: Compute(activations: .float32)).load(path: folder, tokenizer: false).network
        let model: (any VisionLanguageModel)? = if case .vision(let model) = network { model } else { nil }
        return try #require(model)
    }

    private func rows(_ folder: String) throws -> [Float] {
        let picture = try model(folder).encode(try pixels(50, 30))
        if let side = picture as? SidePicture { return try side.rows.floats() }
        let rows: PictureRows = try #require(picture as? PictureRows)
        return try rows.rows.flatMap { try $0.floats() }
    }

    private func change(_ path: String, _ change: (inout ValueMap) -> Void) throws {
        var map = try #require(try Oracles.json(path).map)
        change(&map)
        try write(Value.map(map).json(), to: path)
    }

    @Test("the last hidden state of a SigLIP tower under LLaVA is the last block's, before the norm", arguments: [-1, 3])
    func lastLayer(layer: Int) throws {
        try withTemporaryFolder { folder in
            try copyCase("llava", to: folder)
            let inner = try rows(folder)
            let layerCount = try #require(try Oracles.json("\(folder)/config.json")["vision_config"]?["num_hidden_layers"]?.int)
            try change("\(folder)/config.json") { $0["vision_feature_layer"] = .int(layer == -1 ? -1 : layerCount) }
            let last = try rows(folder)
            #expect(nmse(last, inner) > 1e-4)
            // Another norm changes nothing.
            let file = try SafetensorsFile(path: try Oracles.committed("models/llava"))
            var isFound = false
            let tensors = try file.names.map { name in
                let tensor = try file.tensor(name)
                guard name.hasSuffix("post_layernorm.weight") else { return (name: name, tensor: tensor) }
                isFound = true
                return (
                    name: name, tensor: try Tensor(Quantizer.dequantize(tensor).floats().map { 3 * $0 + 1 }, shape: tensor.shape)
                )
            }
            try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
            #expect(isFound)
            #expect(try rows(folder) == last)
        }
    }

    @Test(
        "image_processor of processor_config.json counts before preprocessor_config.json, and without it",
        arguments: ["llava", "llava_clip", "idefics3", "mllama", "qwen2_5_vl"])
    func nested(name: String) throws {
        try withTemporaryFolder { folder in
            try copyCase(name, to: folder)
            let path = "\(folder)/preprocessor_config.json"
            let before = try rows(folder)
            let original = try Oracles.json(path)
            try change(path) { $0["image_mean"] = [0.1, 0.2, 0.9] }
            let changed = try Oracles.json(path)
            let expected = try rows(folder)
            #expect(nmse(expected, before) > 1e-4)
            // The file beside it says something else.
            try write(original.json(), to: path)
            let processor: Value = ["processor_class": "X", "image_processor": changed]
            try write(processor.json(), to: "\(folder)/processor_config.json")
            #expect(try rows(folder) == expected)
            try write(#"{"processor_class": "X"}"#, to: "\(folder)/processor_config.json")
            #expect(try rows(folder) == before)
            try write(#"{"image_processor": 3}"#, to: "\(folder)/processor_config.json")
            let error = #expect(throws: ModelError.self) { try rows(folder) }
            #expect("\(try #require(error))".contains("processor_config.json"))
        }
    }

    private static let processors: [(name: String, processor: String, message: String?)] = [
        (
            "llava", #"{"patch_size": 4, "num_additional_image_tokens": 1, "vision_feature_select_strategy": "full"}"#,
            "patch_size"
        ),
        ("llava", #"{"patch_size": 8}"#, "patch_size"), ("llava", #"{"patch_size": 0}"#, "patch_size"),
        ("llava", #"{"image_token": "<|user|>"}"#, "image_token"),
        ("llava", #"{"image_token": "<image>", "patch_size": 4, "num_additional_image_tokens": 0}"#, nil),
        ("llava", #"{"patch_size": null, "num_additional_image_tokens": 1}"#, nil),
        ("llava_clip", #"{"patch_size": 4, "num_additional_image_tokens": 0}"#, "num_additional_image_tokens 0"),
        (
            "llava_clip",
            #"{"patch_size": 4, "num_additional_image_tokens": 1, "vision_feature_select_strategy": "default"}"#, nil
        ),
        ("idefics3", #"{"image_seq_len": 169}"#, "image_seq_len"), ("idefics3", #"{"image_seq_len": 4}"#, nil),
        ("llava", "[]", "must be an object"),
    ]

    @Test("a processor that writes other marks than the model has rows is refused by its keys", arguments: processors)
    func marks(name: String, processor: String, message: String?) throws {
        try withTemporaryFolder { folder in
            try copyCase(name, to: folder)
            try write(processor, to: "\(folder)/processor_config.json")
            guard let message else {
                _ = try model(folder)
                return
            }
            let error = #expect(throws: ModelError.self) { try model(folder) }
            let text = "\(try #require(error))"
            #expect(text.contains(message) && text.contains("processor_config.json"), "\(text)")
        }
    }

    @Test("of models that see, templates beside the tokenizer's come first")
    func templates() throws {
        try withTemporaryFolder { folder in
            try copyCase("llava", to: folder)
            func template() throws -> String? { try ModelLoader().load(path: folder).chat.template }
            try write(#"{"chat_template": "B"}"#, to: "\(folder)/chat_template.json")
            #expect(try template() == "B")
            try write(#"{"chat_template": "C"}"#, to: "\(folder)/processor_config.json")
            #expect(try template() == "C")
        }
    }
}
