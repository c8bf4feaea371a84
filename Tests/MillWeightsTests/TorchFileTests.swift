import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Files of torch.save")
struct TorchFileTests {
    private func path(_ name: String) throws -> String { try Oracles.committed("containers/torch/\(name)") }

    @Test(
        "dictionaries of tensors, zipped, in the old form and in shards",
        arguments: ["zip.bin", "legacy.bin", "shards/pytorch_model.bin.index.json"])
    func dictionary(_ name: String) throws {
        let file = try TorchFile(path: try path(name))
        try expect(file, equals: try path("expected.safetensors"))
        #expect(file.format == "PyTorch")
    }

    @Test("tensors that lie row after row are mapped, others are made once")
    func copies() throws {
        let file = try TorchFile(path: try path("zip.bin"))
        let storage = try file.tensor("embed.weight").storage
        guard case .mappedFile = storage.kind else {
            Issue.record("copied")
            return
        }
        for name in ["head.weight", "row.weight", "half.weight", "ids"] { #expect(try file.tensor(name).storage === storage) }
        let turned = try file.tensor("turned.weight")
        #expect(turned.storage !== storage)
        #expect(try file.tensor("turned.weight").storage === turned.storage)
    }

    @Test("the model is found among what a training script saves beside it", arguments: ["checkpoint.pth", "parameters.pt"])
    func nested(_ name: String) throws {
        let expected = try SafetensorsFile(path: try path("module.safetensors"))
        let file = try TorchFile(path: try path(name))
        #expect(Set(file.names) == Set(expected.names))
        for name in file.names { #expect(try file.tensor(name).shape == expected.tensor(name).shape) }
        if name == "checkpoint.pth" { try expect(file, equals: try path("module.safetensors")) }
    }

    @Test(
        "what is no dictionary of tensors is refused by name",
        arguments: [
            ("program.pt", "exec"), ("whole.pt", "torch.nn.modules"), ("repeated.pt", "strides"), ("compressed.pt", "compressed"),
            ("huge.pt", "more elements than memory can hold"),
        ])
    func refused(_ name: String, _ word: String) throws {
        let path = try path(name)
        let message = try refusal { try TorchFile(path: path) }
        #expect(message.contains(name == "huge.pt" ? "tensor weight" : path) && message.contains(word), "\(message)")
    }

    @Test("an adapter from before PEFT wrote safetensors is the same adapter")
    func adapter() throws {
        let file = try LoRAFile(path: try path("adapter"))
        let expected = try LoRAFile(path: try Oracles.committed("models/llama_lora"))
        #expect(file.rank == expected.rank && file.changes.count == expected.changes.count)
        for (module, change) in expected.changes {
            #expect(
                file.changes[module]?.scale == change.scale && file.changes[module]?.up.content == change.up.content, "\(module)")
            #expect(file.changes[module]?.down.content == change.down.content, "\(module)")
        }
    }

    @Test("shards outside the folder are refused", arguments: ["../a.bin", "/a.bin", "..", "", "../\u{301}a.bin", "a\0"])
    func outside(_ name: String) throws {
        try withTemporaryFolder { folder in
            let index = "\(folder)/pytorch_model.bin.index.json"
            let value: Value = ["weight_map": ["x": .string(name)]]
            try write(Array(value.json().utf8), to: index)
            let message = try refusal { try TorchFile(path: index) }
            #expect(message.contains("is no file name inside the model's folder"), "\(message)")
        }
    }

    @Test("a missing shard is named")
    func missingShard() throws {
        try withTemporaryFolder { folder in
            let index = "\(folder)/pytorch_model.bin.index.json"
            try write(Oracles.bytes(try path("shards/pytorch_model.bin.index.json")), to: index)
            let message = try refusal { try TorchFile(path: index) }
            #expect(message.contains("pytorch_model-00001-of-00002.bin"), "\(message)")
        }
    }
}
