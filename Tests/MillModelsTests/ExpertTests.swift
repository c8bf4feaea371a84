import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("Experts")
struct ExpertTests {
    static let cases = ["mixtral", "qwen2_moe", "qwen3_moe"]

    private func shares(_ rows: [[Float]], _ count: Int, renormalizes: Bool = false) throws -> [ExpertRouting.Share] {
        let probabilities = try Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
        return ExpertRouting(probabilities, chosenCount: count, renormalizes: renormalizes).shares
    }

    @Test("the most probable experts are chosen, the first of equals, and listed in ascending order")
    func routing() throws {
        let found = try shares([[0.1, 0.4, 0.2, 0.3], [0.25, 0.25, 0.25, 0.25], [0.5, 0.1, 0.2, 0.2]], 2)
        #expect(found.map(\.expert) == [0, 1, 2, 3])
        #expect(found.map(\.rows) == [[1, 2], [0, 1], [2], [0]])
        #expect(found.map(\.weights) == [[0.25, 0.5], [0.4, 0.25], [0.2], [0.3]])
    }

    @Test("weights are made to add up to one where the model wants it")
    func renormalized() throws {
        let found = try shares([[0.5, 0.125, 0.25, 0.125]], 2, renormalizes: true)
        #expect(found.flatMap(\.weights) == [Float(0.5) / 0.75, Float(0.25) / 0.75])
    }

    @Test("as many experts as asked for, whatever the numbers")
    func notNumbers() throws {
        #expect(try shares([[.nan, .nan, .nan]], 2).map(\.expert) == [0, 1])
        #expect(try shares([[0.5, 0.5]], 2).map(\.expert) == [0, 1])
    }

    @Test("a token's numbers depend neither on the batch nor on how a prompt is cut", arguments: cases)
    func order(name: String) throws {
        try withTemporaryFolder { temporary in
            let file = "\(temporary)/model.gguf"
            try ModelConverter(folder: try Oracles.committed("models/\(name)")).write(to: file, precision: .q8)
            for activations in Compute.Activations.allCases {
                let model = try TextModel.load(file, activations)
                let tokens = (0..<40).map { Int32(($0 * 37 + 11) % model.vocabularySize) }
                let whole = try model.logits(tokens)
                for size in [1, 2, 7] {
                    let cache = try model.makeCache(capacity: 64)
                    var pieces: [Float] = []
                    for start in stride(from: 0, to: tokens.count, by: size) {
                        let part = Array(tokens[start..<min(start + size, tokens.count)])
                        let logits = try Tensor.allocate(.f32, [part.count, model.vocabularySize])
                        try model.forward([(part, cache)], into: logits)
                        pieces += try logits.floats()
                    }
                    #expect(pieces == whole, "\(activations) by \(size)")
                }
                let both = try Tensor.allocate(.f32, [80, model.vocabularySize])
                try model.forward((0..<2).map { _ in (tokens, try model.makeCache(capacity: 40)) }, into: both)
                #expect(try both.floats() == whole + whole)
            }
        }
    }

    @Test("old files with a tensor for each expert give the same numbers")
    func apart() throws {
        try withTemporaryFolder { temporary in
            let (together, apart) = ("\(temporary)/together.gguf", "\(temporary)/apart.gguf")
            try ModelConverter(folder: try Oracles.committed("models/mixtral")).write(to: together, precision: .q8)
            let file = try GGUFFile(path: together)
            var writer = GGUFWriter()
            writer.copyMetadata(of: file)
            for name in file.names {
                let tensor = try file.tensor(name)
                guard name.contains("_exps.") else {
                    try writer.add(name, tensor)
                    continue
                }
                #expect(tensor.shape.count == 3 && tensor.shape[0] == 4)
                for expert in 0..<4 {
                    let part = try tensor.rows(expert..<expert + 1).reshaped(Array(tensor.shape.dropFirst()))
                    try writer.add(name.replacing("_exps.", with: ".\(expert)."), part)
                }
            }
            try writer.write(to: apart)
            let prompt: [Int32] = [5, 40, 17, 22, 9, 31, 60]
            for activations in [Compute.Activations.float32, .int8] {
                let (first, second) = (try TextModel.load(together, activations), try TextModel.load(apart, activations))
                #expect(try first.logits(prompt) == second.logits(prompt))
            }
            let (one, other) = (try ModelLoader().load(path: together), try ModelLoader().load(path: apart))
            #expect(one.description.work == other.description.work)
        }
    }

    @Test("of the experts, a token's work counts those that it meets")
    func work() throws {
        let description = try ModelLoader().load(path: try Oracles.committed("models/qwen3_moe"), tokenizer: false).description
        // One layer of eight experts of three matrices of 10 by 32, three of them for each token.
        #expect(description.parameterCount - description.activeParameterCount == 5 * 3 * 10 * 32)
        #expect(description.description.contains("(3 of 8 experts)"))
        let work = try #require(description.work)
        #expect(work.layerMultiplyAddCount < description.activeParameterCount)
    }

    @Test("the INT4 mix keeps experts' down projections at 8 bits and the router whole")
    func precisions() throws {
        try withTemporaryFolder { temporary in
            let path = "\(temporary)/model.gguf"
            try ModelConverter(folder: try Oracles.committed("models/qwen2_moe")).write(to: path, precision: .q4)
            let file = try GGUFFile(path: path)
            #expect(try file.tensor("blk.1.ffn_gate_exps.weight").dtype == .q4_0)
            #expect(try file.tensor("blk.1.ffn_gate_exps.weight").shape == [6, 12, 32])
            #expect(try file.tensor("blk.1.ffn_gate_inp.weight").dtype == .f32)
            #expect(try file.tensor("blk.0.ffn_down.weight").dtype == .q8_0)
        }
    }

    @Test("adapters change attention beside experts, and are refused for experts by name")
    func adapters() throws {
        let model = try TextModel.load(try Oracles.committed("models/mixtral"))
        func adapter(_ module: String, _ out: Int, _ input: Int) throws -> LoRAAdapter {
            try withTemporaryFolder { folder in
                let tensors = try [("A", [2, input]), ("B", [out, 2])].map { part, shape in
                    (
                        name: "base_model.model.\(module).lora_\(part).weight",
                        tensor: try Tensor([Float](repeating: 0.1, count: shape[0] * shape[1]), shape: shape)
                    )
                }
                try SafetensorsWriter.write(tensors, to: "\(folder)/adapter_model.safetensors")
                let target = module.split(separator: ".").last ?? ""
                try write(
                    #"{"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["\#(target)"]}"#,
                    to: "\(folder)/adapter_config.json")
                return try LoRAAdapter(path: folder, for: model)
            }
        }
        let prompt: [Int32] = [5, 40, 17]
        let changed = try model.logits(prompt, adapter: try adapter("model.layers.0.self_attn.v_proj", 16, 32))
        #expect(try nmse(changed, model.logits(prompt)) > 1e-4)
        let error = #expect(throws: ModelError.self) {
            try adapter("model.layers.1.block_sparse_moe.experts.0.w1", 16, 32)
        }
        let text = "\(try #require(error))"
        #expect(text.contains("experts of its layer, which adapters cannot change"), "\(text)")
    }
}
