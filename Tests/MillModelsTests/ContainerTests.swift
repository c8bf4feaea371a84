import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Models in every container")
struct ContainerTests {
    private func containers(_ name: String) throws -> String { try Oracles.committed("containers/\(name)") }

    private func copy(_ source: String, to target: String) throws { try write(Oracles.bytes(source), to: target) }

    private func features(_ folder: String) throws -> [Float] {
        let network = try ModelLoader(compute: Compute(activations: .float32)).load(path: folder, tokenizer: false).network
        guard case .tower(let tower) = network else { throw ModelError.notAModel(path: folder, reason: "no tower") }
        let pixels = try Tensor((0..<3 * 8 * 8).map { Float($0 % 17) / 8 - 1 }, shape: [3, 8, 8])
        return try tower.encode(normalised: pixels, pool: .default, tap: nil).floats()
    }

    @Test(
        "a GPTQ checkpoint computes what its dense values compute, in both precisions",
        arguments: [Compute.Activations.float32, .int8])
    func gptq(_ activations: Compute.Activations) throws {
        let quantized = try containers("llama_gptq")
        try withTemporaryFolder { folder in
            var config = try #require(Oracles.json("\(quantized)/config.json").map)
            config["quantization_config"] = nil
            try write(Value.map(config).json(), to: "\(folder)/config.json")
            try copy("\(quantized)/expected.safetensors", to: "\(folder)/model.safetensors")
            let prompt: [Int32] = [1, 5, 9, 2]
            let dense = try TextModel.load(folder, activations).logits(prompt)
            #expect(try TextModel.load(quantized, activations).logits(prompt) == dense)
        }
    }

    @Test("inspect says the container and the quantization")
    func description() throws {
        let model = try ModelLoader(panels: .off.deferred).load(path: try containers("llama_gptq"), tokenizer: false)
        #expect(model.description.description.contains("llama (safetensors, GPTQ 4-bit, read as dense)"))
        #expect(model.description.madeByteCount > 0)
        #expect(model.description.inPlaceByteCount + model.description.madeByteCount == model.description.weightByteCount)
    }

    @Test("an exported tower computes what its checkpoint computes")
    func onnx() throws {
        let exported = try containers("siglip_onnx")
        try withTemporaryFolder { folder in
            try copy("\(exported)/config.json", to: "\(folder)/config.json")
            try copy("\(exported)/expected.safetensors", to: "\(folder)/model.safetensors")
            #expect(try features(exported) == features(folder))
        }
    }

    @Test("a model in several GGUF files is the model in one; its folder and its first part name it")
    func split() throws {
        let whole = try Oracles.committed("gguf/glm_edge/glm_edge-Q4_0.gguf")
        let file = try GGUFFile(path: whole)
        try withTemporaryFolder { folder in
            let names = file.names
            for part in 0..<2 {
                var writer = GGUFWriter()
                if part == 0 { writer.copyMetadata(of: file) }
                writer.set("split.no", integer: part, .u16)
                writer.set("split.count", integer: 2, .u16)
                writer.set("split.tensors.count", integer: names.count, .i32)
                for name in part == 0 ? names.prefix(3) : names.dropFirst(3) { try writer.add(name, try file.tensor(name)) }
                try writer.write(to: "\(folder)/model-0000\(part + 1)-of-00002.gguf")
            }
            let prompt: [Int32] = [3, 1, 4, 1, 5]
            let expected = try TextModel.load(whole).logits(prompt)
            #expect(try TextModel.load(folder).logits(prompt) == expected)
            #expect(try TextModel.load("\(folder)/model-00001-of-00002.gguf").logits(prompt) == expected)
            let error = try #require(throws: ModelError.self) { try TextModel.load("\(folder)/model-00002-of-00002.gguf") }
            #expect(error.description.contains("name the first one"))
        }
    }
}
