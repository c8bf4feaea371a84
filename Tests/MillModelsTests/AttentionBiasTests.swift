import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Biases of attention in GGUF files")
struct AttentionBiasTests {
    /// A committed case with random biases in attention, in a folder of its own.
    private func withBiases(_ name: String, _ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            let source = try Oracles.committed("models/\(name)")
            var config = try #require(try Oracles.json("\(source)/config.json").map)
            config["attention_bias"] = true
            try write(Value.map(config).json(), to: "\(folder)/config.json")
            try write(try Oracles.bytes("\(source)/inputs.safetensors"), to: "\(folder)/inputs.safetensors")
            let file = try SafetensorsFile(path: source)
            var generator = SeededGenerator(seed: 41)
            var tensors: [(name: String, tensor: Tensor)] = []
            for name in file.names {
                let tensor = try file.tensor(name)
                tensors.append((name, tensor))
                guard name.hasSuffix("_proj.weight"), name.contains("self_attn") else { continue }
                let values = (0..<tensor.shape[0]).map { _ in Float(generator.unit() * 2 - 1) }
                tensors.append(("\(name.dropLast(6))bias", try Tensor(values, shape: [values.count])))
            }
            try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
            try body(folder)
        }
    }

    @Test("they are turned with the rows that they are added to", arguments: ["llama_rope3", "smollm3"])
    func converted(name: String) throws {
        try withBiases(name) { folder in
            let file = "\(folder)/model.gguf"
            try ModelConverter(folder: folder).write(to: file, precision: .f32)
            let (original, converted) = (try TextModel.load(folder), try TextModel.load(file))
            let plain = try TextModel.load(try Oracles.committed("models/\(name)"))
            for (_, prompt) in try prompts(of: folder) {
                let scores = try original.logits(prompt)
                #expect(nmse(try plain.logits(prompt), scores) > 1e-4)
                #expect(nmse(try converted.logits(prompt), scores) < 1e-10)
            }
            // As llama.cpp's converter has it: of a head's halves, pairs of neighbours.
            let (bias, wanted) = (
                try GGUFFile(path: file).tensor("blk.0.attn_k.bias").floats(),
                try SafetensorsFile(path: folder).tensor("model.layers.0.self_attn.k_proj.bias").floats()
            )
            let width = original.configuration.headDimension
            for index in bias.indices {
                let (head, place) = (index / width * width, index % width)
                #expect(bias[index] == wanted[head + place / 2 + place % 2 * (width / 2)])
            }
        }
    }

    @Test("so they are in a model with adapters merged")
    func merged() throws {
        try withBiases("llama_rope3") { folder in
            let (file, adapter) = ("\(folder)/merged.gguf", try Oracles.committed("models/llama_lora"))
            try ModelConverter(folder: folder, adapters: [.init(path: adapter)]).write(to: file, precision: .f32)
            let (original, merged) = (try TextModel.load(folder), try TextModel.load(file))
            let lora = try LoRAAdapter(path: adapter, for: original)
            for (_, prompt) in try prompts(of: folder) {
                #expect(nmse(try merged.logits(prompt), try original.logits(prompt, adapter: lora)) < 1e-9)
            }
        }
    }
}
