import MillCompute
import MillImage
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("ViT and CLIP towers")
struct TowerTests {
    private func tower(_ path: String) throws -> any VisionTower {
        let network = try ModelLoader(compute: Compute(activations: .float32)).load(path: path).network
        let tower: (any VisionTower)? = if case .tower(let tower) = network { tower } else { nil }
        return try #require(tower)
    }

    @Test("a classifier names its classes and scores each of them")
    func classes() throws {
        let folder = try Oracles.committed("models/vit_labels")
        let tower = try tower(folder)
        #expect(tower.labels == ["class 0", "class 1", "class 2", "class 3"])
        let pixels = try SafetensorsFile(path: "\(folder)/inputs.safetensors").tensor("pixel_values").rows(0..<1)
        let features = try tower.encode(normalised: try pixels.reshaped([3, 8, 8]))
        #expect(features.shape == [5, 18])
        #expect(try tower.scores(features)?.shape == [4])
        #expect(try tower.pooled(features)?.floats() == features.floats().prefix(18).map { $0 })
    }

    @Test("an mmproj file of CLIP gives the features of the hub's model, whichever block they are taken after")
    func mmproj() throws {
        let folder = try Oracles.committed("models/clip")
        let source = try SafetensorsFile(path: "\(folder)/model.safetensors")
        try withTemporaryFolder { temporary in
            let path = "\(temporary)/mmproj.gguf"
            try writeMmproj(of: source, to: path)
            let (hub, file) = (try tower(folder), try tower(path))
            let pixels = try SafetensorsFile(path: "\(folder)/inputs.safetensors").tensor("pixel_values").rows(1..<2)
            let picture = TowerPicture.normalised(try pixels.reshaped([3, 12, 12]))
            for skipped in 0...3 {
                let features = try file.features(of: picture, skippingLast: skipped, pool: .default, tap: nil)
                let expected = try hub.features(of: picture, skippingLast: skipped, pool: .default, tap: nil)
                #expect(features.shape == [10, 18])
                #expect(try features.floats() == expected.floats())
            }
            #expect(throws: ModelError.self) {
                try file.features(of: picture, skippingLast: 4, pool: .default, tap: nil)
            }
            #expect(file.configuration.preprocessor.mean == hub.configuration.preprocessor.mean)
        }
    }

    /// Names and keys as llama.cpp has them.
    private func writeMmproj(of source: SafetensorsFile, to path: String) throws {
        var writer = GGUFWriter()
        writer.set("general.architecture", "clip")
        writer.set("clip.has_vision_encoder", true)
        writer.set("clip.use_gelu", false)
        let keys = [
            ("image_size", 12), ("patch_size", 4), ("embedding_length", 18), ("feed_forward_length", 26), ("block_count", 3),
            ("attention.head_count", 3), ("projection_dim", 10),
        ]
        for (key, value) in keys { writer.set("clip.vision.\(key)", integer: value) }
        writer.set("clip.vision.attention.layer_norm_epsilon", Float(1e-5))
        let names = [
            ("vision_model.embeddings.patch_embedding", "v.patch_embd"),
            ("vision_model.embeddings.class_embedding", "v.class_embd"),
            ("vision_model.embeddings.position_embedding", "v.position_embd"), ("vision_model.pre_layrnorm", "v.pre_ln"),
            ("vision_model.post_layernorm", "v.post_ln"), ("vision_model.encoder.layers", "v.blk"), ("layer_norm", "ln"),
            ("self_attn.", "attn_"), ("_proj.", "."), ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
        ]
        for name in source.names where name.hasPrefix("vision_model.") {
            let renamed = names.reduce(name) { name, pair in name.replacing(pair.0, with: pair.1) }
            try writer.add(renamed, try source.tensor(name))
        }
        try writer.write(to: path)
    }

    @Test("what a processor asks for that is not done, or that does not fit the tower, is refused by name")
    func refusedProcessors() throws {
        try withTemporaryFolder { folder in
            try copyCase("clip", to: folder)
            let path = "\(folder)/preprocessor_config.json"
            let settings = try #require(try Oracles.json(path).map)
            let broken: [(String, Value)] = [
                ("do_pad", true), ("resample", 0), ("crop_size", ["height": 10, "width": 12]), ("do_center_crop", false),
                ("size", ["shortest_edge": 11]), ("size", ["longest_edge": 14]), ("image_std", [1, 0, 1]), ("image_mean", [1]),
                ("image_processor_type", "BlipImageProcessor"), ("max_image_tiles", 4), ("do_resize", false),
            ]
            for (key, value) in broken {
                var changed = settings
                changed[key] = value
                try write(Value.map(changed).json(), to: path)
                let error = #expect(throws: ModelError.self, "\(key) \(value)") { try ModelLoader().load(path: folder) }
                #expect("\(try #require(error))".contains("preprocessor_config.json"), "\(key) \(value)")
            }
        }
    }

    @Test("samples that are not divided by 255, and sizes of one number, are understood")
    func otherSettings() throws {
        try withTemporaryFolder { folder in
            try copyCase("clip", to: folder)
            let path = "\(folder)/preprocessor_config.json"
            let usual = try tower(folder).configuration.preprocessor
            try write(
                "{\"size\": 14, \"crop_size\": 12, \"do_rescale\": false, \"image_mean\": [127.5, 127.5, 127.5], \"image_std\": [51, 51, 51]}",
                to: path)
            let preprocessor = try tower(folder).configuration.preprocessor
            #expect(preprocessor.aspect == usual.aspect && preprocessor.aspect == .shortestSide(14))
            #expect(abs(preprocessor.mean.x - 0.5) < 1e-6 && abs(preprocessor.deviation.x - 0.2) < 1e-6)
        }
    }
}
