import MillModels
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("LoRA adapters in GGUF, several at once, and merged")
struct AdapterFileTests {
    private static let folder = Oracles.committed + "/models/llama_lora"
    private static let base = Oracles.committed + "/models/llama_rope3"

    private func expected(_ name: String) throws -> [Float] {
        try SafetensorsFile(path: "\(Self.folder)/expected.safetensors").tensor(name).floats()
    }

    /// Both adapters' errors against what transformers and PEFT give.
    private func check(_ model: TextModel, _ adapter: LoRAAdapter?, limit: Double) throws {
        let prompts = try prompts(of: Self.folder)
        for name in ["a", "b"] {
            let error = nmse(
                try model.logits(try #require(prompts[name]), adapter: adapter), try expected("lora.\(name).logits"))
            #expect(error < limit, "\(name): \(error)")
        }
    }

    @Test("an adapter in the place of a model says where it belongs")
    func misplaced() throws {
        let error = #expect(throws: ModelError.self) { try ModelLoader().load(path: "\(Self.folder)/adapter.gguf") }
        #expect("\(try #require(error))".hasSuffix("give its model with -m, and this file with --adapter"))
    }

    @Test("llama.cpp's file of the adapter changes the folder and a GGUF file as PEFT's does")
    func gguf() throws {
        let path = "\(Self.folder)/adapter.gguf"
        let model = try TextModel.load(Self.base)
        let adapter = try LoRAAdapter(path: path, for: model)
        #expect(adapter.rank == 4 && adapter.changeCount == 8)
        try check(model, adapter, limit: 1e-9)
        try withTemporaryFolder { temporary in
            let file = "\(temporary)/base.gguf"
            try ModelConverter(folder: Self.base).write(to: file, precision: .f32)
            let model = try TextModel.load(file)
            try check(model, try LoRAAdapter(path: path, for: model), limit: 1e-9)
        }
    }

    @Test("a folder of PEFT's becomes llama.cpp's file, tensor for tensor, and reads back bit for bit")
    func converted() throws {
        try withTemporaryFolder { temporary in
            let path = "\(temporary)/adapter.gguf"
            let model = try TextModel.load(Self.base)
            let converter = try AdapterConverter(folder: Self.folder, for: model)
            try converter.write(to: path)
            let (file, expected) = (try GGUFFile(path: path), try GGUFFile(path: "\(Self.folder)/adapter.gguf"))
            #expect(converter.changeCount == 8 && Set(file.names) == Set(expected.names))
            for name in expected.names {
                let (tensor, wanted) = (try file.tensor(name), try expected.tensor(name))
                #expect(tensor.shape == wanted.shape, "\(name)")
                #expect(try Quantizer.dequantize(tensor).floats() == Quantizer.dequantize(wanted).floats(), "\(name)")
            }
            let (keys, wanted) = (file.metadata.valueMap(), expected.metadata.valueMap())
            for key in wanted.keys { #expect(keys[key] == wanted[key], "\(key)") }
            let (read, source) = (try LoRAFile(path: path), try LoRAFile(path: Self.folder))
            #expect(read.architecture == "llama" && read.rank == source.rank && read.changes.count == source.changes.count)
            let down = try #require(read.changes["blk.1.ffn_down"]),
                whole = try #require(
                    source.changes["model.layers.1.mlp.down_proj"])
            #expect(down.scale == whole.scale && down.up.dtype == whole.up.dtype)
            #expect(try down.up.floats() == whole.up.floats() && down.down.floats() == whole.down.floats())
            // In the folder's order of rows and in GGUF's the numbers are the same.
            let prompt: [Int32] = [54, 142, 109, 197, 3]
            let base = "\(temporary)/base.gguf"
            try ModelConverter(folder: Self.base).write(to: base, precision: .f32)
            for place in [Self.base, base] {
                let model = try TextModel.load(place)
                let scores = try [Self.folder, path].map {
                    try model.logits(prompt, adapter: try LoRAAdapter(path: $0, for: model))
                }
                #expect(scores[0] == scores[1], "\(place)")
            }
            let error = #expect(throws: ModelError.self) { try AdapterConverter(folder: path, for: model) }
            #expect("\(try #require(error))".contains("already"))
            #expect(throws: ModelError.self) {
                try AdapterConverter(folder: Self.folder, for: try TextModel.load(Oracles.committed + "/models/glm_edge"))
            }
        }
    }

    @Test(
        "so do adapters of fused matrices, of other types, and rank-stabilised ones",
        arguments: [
            ("phi3_long", "self_attn.qkv_proj", DType.f32), ("glm_edge", "mlp.gate_up_proj", .bf16),
            ("llama_rope3", "self_attn.k_proj", .f16), ("smollm3", "self_attn.q_proj", .f32),
        ])
    func convertedKinds(name: String, target: String, type: DType) throws {
        let base = Oracles.committed + "/models/\(name)"
        let model = try TextModel.load(base)
        let module = "model.layers.1.\(target)"
        let shape = try SafetensorsFile(path: base).tensor("\(module).weight").shape
        try withTemporaryFolder { temporary in
            var generator = SeededGenerator(seed: 3)
            func random(_ shape: [Int]) throws -> Tensor {
                let values = (0..<shape[0] * shape[1]).map { _ in Float(generator.unit() - 0.5) }
                return try Quantizer.quantize(try Tensor(values, shape: shape), to: type)
            }
            let stem = "base_model.model.\(module)"
            try SafetensorsWriter.write(
                [("\(stem).lora_A.weight", try random([3, shape[1]])), ("\(stem).lora_B.weight", try random([shape[0], 3]))],
                to: "\(temporary)/adapter_model.safetensors")
            try write(
                #"{"peft_type": "LORA", "r": 3, "lora_alpha": 5, "use_rslora": true, "target_modules": ["\#(module)"]}"#,
                to: "\(temporary)/adapter_config.json")
            let path = "\(temporary)/adapter.gguf"
            try AdapterConverter(folder: temporary, for: model).write(to: path)
            let prompt: [Int32] = [5, 17, 40, 3]
            let scores = try [temporary, path].map { try model.logits(prompt, adapter: try LoRAAdapter(path: $0, for: model)) }
            #expect(nmse(scores[0], try model.logits(prompt)) > 1e-6)
            #expect(nmse(scores[1], scores[0]) < 1e-12)
            let written = try GGUFFile(path: path)
            #expect(try written.names.allSatisfy { try written.tensor($0).dtype == type })
        }
    }

    @Test("several adapters add up, each times its scale")
    func several() throws {
        let model = try TextModel.load(Self.base)
        typealias Source = LoRAAdapter.Source
        let halves = [Source("\(Self.folder)@0.25"), Source("\(Self.folder)/adapter.gguf@0.75")]
        #expect(halves.map(\.scale) == [0.25, 0.75] && halves[0].path == Self.folder)
        let adapter = try LoRAAdapter(halves, for: model)
        #expect(adapter.rank == 8 && adapter.changeCount == 8)
        try check(model, adapter, limit: 1e-9)
        let none = try LoRAAdapter([Source(path: Self.folder, scale: 0)], for: model)
        let prompt: [Int32] = [54, 142, 109]
        #expect(nmse(try model.logits(prompt, adapter: none), try model.logits(prompt)) < 1e-12)
        // What is there under the whole name is that.
        try withTemporaryFolder { temporary in
            try write("", to: "\(temporary)/a@0.5")
            #expect(Source("\(temporary)/a@0.5") == Source(path: "\(temporary)/a@0.5"))
            #expect(Source("\(temporary)/a@0.5@2") == Source(path: "\(temporary)/a@0.5", scale: 2))
            #expect(Source("\(temporary)/b@0.5") == Source(path: "\(temporary)/b", scale: 0.5))
        }
        #expect(Source("a@b").path == "a@b" && Source("@1").path == "@1" && Source("x@-2").scale == -2)
    }

    @Test(
        "a merged model computes what the adapter does unmerged",
        arguments: [(false, false), (true, false), (false, true), (true, true)])
    func merged(isFile: Bool, isGGUFAdapter: Bool) throws {
        try withTemporaryFolder { temporary in
            var source = Self.base
            if isFile {
                source = "\(temporary)/base.gguf"
                try ModelConverter(folder: Self.base).write(to: source, precision: .f32)
            }
            let adapter = LoRAAdapter.Source(path: isGGUFAdapter ? "\(Self.folder)/adapter.gguf" : Self.folder)
            let merged = "\(temporary)/merged.gguf"
            for (precision, limit) in [(ModelConverter.Precision.f32, 1e-9), (.f16, 1e-5), (.q8, 3e-3)] {
                try ModelConverter(folder: source, adapters: [adapter]).write(to: merged, precision: precision)
                try check(try TextModel.load(merged), nil, limit: limit)
            }
        }
    }

    @Test("fused matrices are merged in both parts")
    func fused() throws {
        let folder = Oracles.committed + "/models/glm_edge"
        try withTemporaryFolder { temporary in
            let path = "\(temporary)/adapter.gguf"
            var (writer, generator) = (GGUFWriter(), SeededGenerator(seed: 11))
            writer.set("general.type", "adapter")
            writer.set("general.architecture", "chatglm")
            writer.set("adapter.type", "lora")
            writer.set("adapter.lora.alpha", Float(4))
            let model = try TextModel.load(folder)
            let (hidden, size) = (model.configuration.hiddenSize, model.configuration.intermediateSize)
            for (name, out, input) in [("ffn_up", 2 * size, hidden), ("ffn_down", hidden, size)] {
                func random(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -0.3...0.3, using: &generator) } }
                try writer.add("blk.1.\(name).weight.lora_a", try Tensor(random(2 * input), shape: [2, input]))
                try writer.add("blk.1.\(name).weight.lora_b", try Tensor(random(2 * out), shape: [out, 2]))
            }
            try writer.write(to: path)
            let adapter = try LoRAAdapter(path: path, for: model)
            let prompt: [Int32] = [5, 17, 40, 3]
            let adapted = try model.logits(prompt, adapter: adapter)
            #expect(nmse(adapted, try model.logits(prompt)) > 1e-3)
            let merged = "\(temporary)/merged.gguf"
            try ModelConverter(folder: folder, adapters: [.init(path: path)]).write(to: merged, precision: .f32)
            #expect(nmse(try TextModel.load(merged).logits(prompt), adapted) < 1e-9)
        }
    }

    @Test("files that are no adapters, or those of other models, are refused")
    func refused() throws {
        let model = try TextModel.load(Self.base)
        func error(_ change: (inout GGUFWriter) throws -> Void) throws -> String {
            try withTemporaryFolder { temporary in
                var writer = GGUFWriter()
                try change(&writer)
                try writer.write(to: "\(temporary)/adapter.gguf")
                let error = #expect(throws: ModelError.self) { try LoRAAdapter(path: "\(temporary)/adapter.gguf", for: model) }
                return error.map { "\($0)" } ?? ""
            }
        }
        func adapter(_ writer: inout GGUFWriter, architecture: String = "llama") {
            writer.set("general.type", "adapter")
            writer.set("general.architecture", architecture)
            writer.set("adapter.type", "lora")
            writer.set("adapter.lora.alpha", Float(8))
        }
        func pair(_ name: String, _ writer: inout GGUFWriter, rank: Int = 2) throws {
            try writer.add("\(name).weight.lora_a", try Tensor.zeros(.f32, [2, 64]))
            try writer.add("\(name).weight.lora_b", try Tensor.zeros(.f32, [64, rank]))
        }
        #expect(try error { $0.set("general.type", "model") }.contains("general.type: it is model"))
        #expect(try error { adapter(&$0) }.contains("changes no matrix"))
        #expect(
            try error {
                adapter(&$0, architecture: "qwen2"); try pair("blk.0.attn_q", &$0)
            }.contains("qwen2"))
        #expect(
            try error {
                adapter(&$0); try pair("blk.0.attn_x", &$0)
            }.contains("blk.0.attn_x"))
        #expect(
            try error {
                adapter(&$0); try pair("blk.9.attn_q", &$0)
            }.contains("blk.0…"))
        #expect(
            try error {
                adapter(&$0); try pair("blk.0.attn_q", &$0, rank: 3)
            }.contains("lora_b"))
        #expect(throws: ModelError.self) { try LoRAAdapter([], for: model) }
        #expect(throws: ModelError.self) {
            try ModelConverter(folder: Oracles.committed + "/models/bert", adapters: [.init(path: Self.folder)])
        }
    }
}
