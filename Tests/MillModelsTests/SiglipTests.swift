import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("SigLIP towers")
struct SiglipTests {
    private func tower(_ path: String, _ compute: Compute = .shared) throws -> SiglipTower {
        let network = try ModelLoader(compute: compute).load(path: path).network
        let tower: SiglipTower? = if case .tower(let tower as SiglipTower) = network { tower } else { nil }
        return try #require(tower)
    }

    /// The smallest cosine between rows of the same features.
    private func cosine(_ x: Tensor, _ reference: Tensor) throws -> Double {
        let (values, others, width) = (try x.floats(), try reference.floats(), x.shape[1])
        return (0..<x.shape[0]).reduce(1) { smallest, row in
            var (product, first, second) = (0.0, 0.0, 0.0)
            for index in row * width..<(row + 1) * width {
                let (a, b) = (Double(values[index]), Double(others[index]))
                (product, first, second) = (product + a * b, first + a * a, second + b * b)
            }
            return min(smallest, product / (first * second).squareRoot())
        }
    }

    /// A folder with a random tower: 16 patches of 14 x 14 from 60 x 60 pixels, 96 wide, and 140 wide within the blocks, which
    /// fills no whole number of quantized blocks.
    private func withRandomTower<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            let (hidden, inner, layers) = (96, 140, 3)
            let config: Value = [
                "model_type": "siglip",
                "vision_config": [
                    "hidden_size": .int(hidden), "intermediate_size": .int(inner), "num_hidden_layers": .int(layers),
                    "num_attention_heads": 4, "image_size": 60, "patch_size": 14, "hidden_act": "gelu_pytorch_tanh",
                ],
            ]
            try write(config.json(), to: "\(folder)/config.json")
            var generator = SeededGenerator(seed: 77)
            var tensors: [(name: String, tensor: Tensor)] = []
            func add(_ name: String, _ shape: [Int], around centre: Float = 0, spread: Float = 0.3) throws {
                let values = (0..<shape.reduce(1, *)).map { _ in centre + spread * Float(generator.unit() * 2 - 1) }
                tensors.append((name, try Tensor(values, shape: shape)))
            }
            func addLinear(_ name: String, _ out: Int, _ input: Int) throws {
                try add(name + ".weight", [out, input])
                try add(name + ".bias", [out])
            }
            func addNorm(_ name: String) throws {
                try add(name + ".weight", [hidden], around: 1)
                try add(name + ".bias", [hidden])
            }
            try add("embeddings.patch_embedding.weight", [hidden, 3, 14, 14], spread: 0.1)
            try add("embeddings.patch_embedding.bias", [hidden])
            try add("embeddings.position_embedding.weight", [16, hidden])
            for layer in 0..<layers {
                let prefix = "encoder.layers.\(layer)."
                for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
                    try addLinear(prefix + "self_attn.\(name)", hidden, hidden)
                }
                try addLinear(prefix + "mlp.fc1", inner, hidden)
                try addLinear(prefix + "mlp.fc2", hidden, inner)
                try addNorm(prefix + "layer_norm1")
                try addNorm(prefix + "layer_norm2")
            }
            try addNorm("post_layernorm")
            try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
            return try body(folder)
        }
    }

    private func picture(_ side: Int) throws -> Tensor {
        var generator = SeededGenerator(seed: 78)
        return try Tensor((0..<3 * side * side).map { _ in Float(generator.unit() * 2 - 1) }, shape: [3, side, side])
    }

    @Test("features agree with the reference on every instruction set", arguments: ISA.available)
    func reference(isa: ISA) throws {
        let folder = try Oracles.committed("models/siglip")
        for report in try ModelVerifier(compute: Compute(isa: isa)).verify(path: folder) { #expect(report.isPassed, "\(report)") }
        #expect(try tower(folder).configuration.tokenCount == 25)
    }

    @Test(
        "an mmproj file gives the features of the hub's model, whichever way its matrices are called",
        .enabled(if: Oracles.isFullSetExpected))
    func mmproj() throws {
        let exact = try Compute(activations: .float32)
        let folder = try Oracles.full("gguf/glm_edge_v")
        let pixels = try SafetensorsFile(path: "\(folder)/inputs.safetensors").tensor("pixel_values").reshaped([3, 42, 42])
        let features = try tower("\(folder)/mmproj-F16.gguf", exact).encode(normalised: pixels)
        let legacy = try tower("\(folder)/mmproj-F16-legacy.gguf", exact).encode(normalised: pixels)
        #expect(try features.floats() == legacy.floats())
        let expected = try SafetensorsFile(path: try Oracles.full("models/glm_edge_v/expected.safetensors"))
        let reference = try expected.tensor("vision.last_hidden_state").floats()
        #expect(try nmse(features.floats(), reference) < 1e-5)
    }

    @Test(
        "a converted file keeps the features' directions on every instruction set", arguments: ISA.available,
        [(ModelConverter.Precision.f16, 0.9999), (.q8, 0.999)])
    func converted(isa: ISA, precision: (ModelConverter.Precision, Double)) throws {
        try withRandomTower { folder in
            let pixels = try picture(60)
            let exact = try tower(folder, Compute(isa: isa, activations: .float32)).encode(normalised: pixels)
            let path = "\(folder)/mmproj.gguf"
            try ModelConverter(folder: folder).write(to: path, precision: precision.0)
            let features = try tower(path, Compute(isa: isa)).encode(normalised: pixels)
            #expect(features.shape == [16, 96])
            let smallest = try cosine(features, exact)
            #expect(smallest >= precision.1, "\(smallest)")
        }
    }

    @Test("an mmproj file becomes one of 8 bits, with its other tensors and keys; rows of no whole blocks stay F16")
    func requantized() throws {
        try withRandomTower { folder in
            let (half, small) = ("\(folder)/half.gguf", "\(folder)/small.gguf")
            try ModelConverter(folder: folder).write(to: half, precision: .f16)
            try ModelConverter(folder: half).write(to: small, precision: .q8)
            let (before, after) = (try GGUFFile(path: half), try GGUFFile(path: small))
            #expect(before.names == after.names && before.metadata.keys.allSatisfy(after.metadata.keys.contains))
            #expect(try after.metadata.integer("general.file_type") == 7)
            #expect(try after.tensor("v.blk.0.attn_q.weight").dtype == .q8_0)
            #expect(try after.tensor("v.blk.0.ffn_up.weight").dtype == .q8_0)
            #expect(try after.tensor("v.blk.0.ffn_down.weight").dtype == .f16)
            #expect(try after.tensor("v.patch_embd.weight").dtype == .f16)
            #expect(try after.tensor("v.position_embd.weight").dtype == .f32)
            let pixels = try picture(60)
            let exact = try tower(folder, Compute(activations: .float32)).encode(normalised: pixels)
            #expect(try cosine(tower(small).encode(normalised: pixels), exact) >= 0.999)
            let error = #expect(throws: ModelError.self) {
                try ModelConverter(folder: half).write(to: half, precision: .q8)
            }
            #expect("\(try #require(error))".contains("choose another name"))
        }
    }

    @Test("features depend neither on the threads nor on what was looked at before")
    func repeatable() throws {
        try withRandomTower { folder in
            let pixels = try picture(60)
            let many = try tower(folder, Compute(threads: 4))
            let first = try many.encode(normalised: pixels).floats()
            _ = try many.encode(normalised: try Tensor.zeros(.f32, [3, 60, 60]))
            #expect(try many.encode(normalised: pixels).floats() == first)
            #expect(try tower(folder, Compute(threads: 1)).encode(normalised: pixels).floats() == first)
        }
    }

    @Test("a picture of bytes is normalised to -1...1; the pixels beyond the last whole patch do not count")
    func bytes() throws {
        try withRandomTower { folder in
            let model = try tower(folder)
            let (pixels, values) = (try Tensor.allocate(.u8, [60, 60, 3]), try Tensor.zeros(.f32, [3, 60, 60]))
            let (source, target) = (
                try #require(pixels.mutablePointer?.assumingMemoryBound(to: UInt8.self)),
                try #require(values.mutablePointer?.assumingMemoryBound(to: Float.self))
            )
            for index in 0..<60 * 60 * 3 {
                let (row, column, channel) = (index / 180, index / 3 % 60, index % 3)
                source[index] = UInt8(truncatingIfNeeded: index * 31)
                // 4 patches of 14 leave 4 lines and columns.
                let counts = row < 56 && column < 56
                target[channel * 3600 + row * 60 + column] = counts ? (Float(source[index]) / 255 - 0.5) / 0.5 : 9
            }
            #expect(try nmse(model.encode(pixels).floats(), model.encode(normalised: values).floats()) < 1e-9)
        }
    }

    @Test("what is no picture of the tower's size is refused, and so are broken configurations")
    func refused() throws {
        try withRandomTower { folder in
            let model = try tower(folder)
            #expect(throws: ModelError.self) { try model.encode(normalised: try Tensor.zeros(.f32, [3, 59, 60])) }
            #expect(throws: ModelError.self) { try model.encode(try Tensor.zeros(.f32, [60, 60, 3])) }
            #expect(throws: ModelError.self) { try model.encode(try Tensor.zeros(.u8, [60, 60])) }
            let config = try #require(try Oracles.json("\(folder)/config.json")["vision_config"]?.map)
            let broken: [(String, Value)] = [
                ("patch_size", 61), ("patch_size", 0), ("image_size", 100_000), ("num_attention_heads", 5), ("hidden_size", 64),
                ("hidden_act", "gelu"), ("num_hidden_layers", 2), ("num_hidden_layers", 4), ("num_channels", 1),
            ]
            for (key, value) in broken {
                var changed = config
                changed[key] = value
                try write(
                    Value.map(["model_type": "siglip", "vision_config": .map(changed)]).json(), to: "\(folder)/config.json")
                #expect(throws: ModelError.self, "\(key) \(value)") { try ModelLoader().load(path: folder) }
            }
        }
    }
}
