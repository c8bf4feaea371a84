import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Randomly damaged weight files are refused or accepted, and nothing else happens")
struct MutationTests {
    @Test("GGUF", arguments: ["ok_min.gguf", "ok_every_type.gguf", "ok_align64.gguf"])
    func gguf(_ name: String) throws {
        let seed = try Oracles.bytes(try Oracles.committed("malformed/\(name)"))
        let accepted = try survivors(of: seed) { storage in
            let file = try GGUFFile(storage: storage, path: name)
            _ = file.metadata.valueMap()
            return file
        }
        #expect(accepted > 0)
    }

    @Test("safetensors", arguments: ["ok_padded.safetensors", "ok_empty_tensor.safetensors"])
    func safetensors(_ name: String) throws {
        let seed = try Oracles.bytes(try Oracles.committed("malformed/\(name)"))
        let accepted = try survivors(of: seed) { try SafetensorsFile(storage: $0, path: name) }
        #expect(accepted > 0)
    }

    @Test("files of torch.save", arguments: ["zip.bin", "legacy.bin", "checkpoint.pth"])
    func torch(_ name: String) throws {
        let seed = try Oracles.bytes(try Oracles.committed("containers/torch/\(name)"))
        let accepted = try survivors(of: seed) { try TorchFile(storage: $0, path: name) }
        #expect(accepted > 0)
    }

    @Test("ONNX", arguments: ["onnx/types.onnx", "siglip_onnx/model.onnx"])
    func onnx(_ name: String) throws {
        let seed = try Oracles.bytes(try Oracles.committed("containers/\(name)"))
        let accepted = try survivors(of: seed) { try ONNXFile(storage: $0, path: name) }
        #expect(accepted > 0)
    }

    @Test(
        "quantized matrices",
        arguments: [
            ("bitsandbytes", #"{"quant_method": "bitsandbytes"}"#), ("awq", #"{"quant_method": "awq", "group_size": 16}"#),
            ("gptq4", #"{"quant_method": "gptq", "bits": 4, "group_size": 16}"#),
            ("gptq8", #"{"quant_method": "gptq", "bits": 8, "group_size": 16}"#),
        ])
    func quantized(_ name: String, _ settings: String) throws {
        let seed = try Oracles.bytes(try Oracles.committed("containers/\(name)/model.safetensors"))
        let settings = try JSON.parse(settings)
        let accepted = try survivors(of: seed) { storage in
            try WeightFiles.dense(try SafetensorsFile(storage: storage, path: name), settings: settings, path: name)
        }
        #expect(accepted > 0)
    }

    /// Opens 3000 damaged copies and reads every byte of every tensor of those that open; says how many did.
    private func survivors(of seed: [UInt8], _ open: (Storage) throws -> any WeightSource) throws -> Int {
        var fuzzer = MutationFuzzer(seed: 1)
        var accepted = 0
        for _ in 0..<3000 {
            let storage = try MutationFuzzer.storage(fuzzer.mutate(seed))
            do {
                let source = try open(storage)
                for name in source.names {
                    guard let tensor = try? source.tensor(name) else { continue }
                    let sum = tensor.withBytes { bytes in
                        (0..<bytes.byteCount).reduce(0) { $0 &+ Int(bytes.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
                    }
                    #expect(sum >= 0)
                }
                accepted += 1
            } catch is WeightsError {
                continue
            }
        }
        return accepted
    }
}
