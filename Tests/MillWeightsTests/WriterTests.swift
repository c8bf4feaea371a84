import Glibc
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Writing weight files")
struct WriterTests {
    @Test(
        "a GGUF file that is copied holds the same keys, types and bytes", arguments: ["ok_every_type.gguf", "ok_align64.gguf"])
    func copy(_ name: String) throws {
        let source = try GGUFFile(path: try Oracles.committed("malformed/\(name)"))
        var writer = GGUFWriter()
        writer.copyMetadata(of: source)
        for name in source.names { try writer.add(name, try source.tensor(name)) }
        try Self.withFile { path in
            try writer.write(to: path)
            let copy = try GGUFFile(path: path)
            #expect(copy.metadata.keys == source.metadata.keys.filter { $0 != "general.alignment" })
            for key in copy.metadata.keys {
                #expect(copy.metadata[key]?.typeName == source.metadata[key]?.typeName)
            }
            let (copied, original) = (copy.metadata.valueMap(), source.metadata.valueMap())
            for (key, value) in copied { #expect(value == original[key], "\(key)") }
            #expect(copy.names == source.names)
            for name in source.names {
                #expect(QuantizerTests.bytes(try copy.tensor(name)) == QuantizerTests.bytes(try source.tensor(name)))
            }
        }
    }

    @Test("a model is quantized tensor by tensor into a file whose tensors are aligned")
    func quantized() throws {
        let source = try SafetensorsFile(path: try Oracles.committed("models/glm_edge"))
        var writer = GGUFWriter(alignment: 64)
        writer.set("general.architecture", "chatglm")
        writer.set("chatglm.block_count", integer: 2)
        writer.set("chatglm.rope.freq_base", Float(10000))
        writer.set("tokenizer.ggml.tokens", ["a", "é"])
        writer.set("tokenizer.ggml.token_type", [Int32(1), 3])
        writer.set("tokenizer.ggml.scores", [Float(0.5), -1])
        writer.set("tokenizer.ggml.add_bos_token", true)
        let name = "model.embed_tokens.weight"
        let shape = try source.tensor(name).shape
        try writer.add("token_embd.weight", .q8_0, shape) { () throws(WeightsError) in
            try Quantizer.quantize(try source.tensor(name), to: .q8_0)
        }
        try writer.add("norm.weight", try source.tensor("model.norm.weight"))
        try Self.withFile { path in
            try writer.write(to: path)
            let file = try GGUFFile(path: path)
            #expect(try file.architecture == "chatglm")
            #expect(file.alignment == 64)
            #expect(try file.metadata.requiredInteger("chatglm.block_count") == 2)
            #expect(try file.metadata.number("chatglm.rope.freq_base") == 10000)
            #expect(try file.metadata.strings("tokenizer.ggml.tokens") == ["a", "é"])
            #expect(try file.metadata.integers("tokenizer.ggml.token_type") == [1, 3])
            #expect(try file.metadata.numbers("tokenizer.ggml.scores") == [0.5, -1])
            #expect(try file.metadata.bool("tokenizer.ggml.add_bos_token") == true)
            #expect(file.tensorInfos.allSatisfy { $0.byteOffset.isMultiple(of: 64) })
            #expect(try file.tensor("token_embd.weight").shape == shape)
            #expect(
                throws: WeightsError.wrongType(path: path, key: "general.architecture", expected: "an integer", actual: "string")
            ) {
                try file.metadata.integer("general.architecture")
            }
            #expect(throws: WeightsError.missingKey(path: path, key: "general.name")) {
                try file.metadata.requiredString("general.name")
            }
            #expect(throws: WeightsError.missingTensor(path: path, name: "norm.weigth", closest: "norm.weight")) {
                try file.tensor("norm.weigth")
            }
        }
    }

    @Test("a safetensors file reads back with its metadata, shapes and elements")
    func safetensors() throws {
        let tensors = [
            (name: "b", tensor: try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])),
            (name: "a", tensor: try Quantizer.quantize(try Tensor([0.5], shape: [1]), to: .bf16)),
            (name: "empty", tensor: try Tensor([], shape: [0, 4])),
        ]
        try Self.withFile { path in
            try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.names == ["b", "a", "empty"])
            #expect(file.metadata == ["format": "pt"])
            #expect(try file.tensor("b").floats() == [1, 2, 3, 4, 5, 6])
            #expect(try file.tensor("b").shape == [2, 3])
            #expect(try file.tensor("a").dtype == .bf16)
            #expect(try file.tensor("empty").shape == [0, 4])
        }
    }

    @Test("tensors that an index forgets are the model's all the same, unless two shards have them")
    func forgotten() throws {
        let one = try Tensor([1, 2], shape: [2])
        try withTemporaryFolder { folder in
            func write(_ shard: String, _ names: [String]) throws {
                try SafetensorsWriter.write(names.map { (name: $0, tensor: one) }, to: "\(folder)/\(shard).safetensors")
            }
            try write("1", ["a"])
            try write("2", ["a", "b", "c"])
            let index: Value = ["weight_map": ["a": "1.safetensors", "b": "2.safetensors"]]
            try MillWeightsTests.write(Array(index.json().utf8), to: "\(folder)/model.safetensors.index.json")
            #expect(try SafetensorsFile(path: folder).names == ["a", "b", "c"])
            try write("1", ["a", "c"])
            #expect(try refusal { try SafetensorsFile(path: folder) }.contains("tensor c"))
        }
    }

    @Test("what cannot be stored is refused, and no half-written file stays behind")
    func refused() throws {
        var writer = GGUFWriter()
        let row = try Tensor.zeros(.f32, [4])
        try writer.add("x", row)
        #expect(throws: WeightsError.self) { try writer.add("x", row) }
        #expect(throws: WeightsError.self) { try writer.add("y", .q8_0, [4]) { () throws(WeightsError) in row } }
        try writer.add("z", .f16, [4]) { () throws(WeightsError) in row }
        try Self.withFile { path in
            #expect(throws: WeightsError.self) { try writer.write(to: path) }
            #expect(access(path, F_OK) != 0)
            let left = try Oracles.list("/tmp").filter { "/tmp/\($0)".hasPrefix(path) }
            #expect(left.isEmpty)
        }
        #expect(throws: WeightsError.self) { try writer.write(to: "/nonexistent/folder/model.gguf") }
    }

    private static func withFile(_ body: (String) throws -> Void) throws {
        let path = "/tmp/millrace-weights-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(path) }
        try body(path)
    }
}
