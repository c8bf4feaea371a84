import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("Weights in a model's folder")
struct WeightFilesTests {
    @Test("an empty folder's error names what was looked for")
    func nothing() throws {
        try withTemporaryFolder { folder in
            let message = try refusal { try WeightFiles.open(folder: folder) }
            for name in [folder, "model.safetensors.index.json", "pytorch_model.bin", "onnx/model.onnx", ".pth"] {
                #expect(message.contains(name), "\(message)")
            }
        }
    }

    @Test("safetensors come before PyTorch's files, and these before ONNX")
    func order() throws {
        try withTemporaryFolder { folder in
            try write(Oracles.bytes(try Oracles.committed("containers/onnx/types.onnx")), to: "\(folder)/model.onnx")
            #expect(try WeightFiles.open(folder: folder).format == "ONNX")
            try write(Oracles.bytes(try Oracles.committed("containers/torch/zip.bin")), to: "\(folder)/pytorch_model.bin")
            #expect(try WeightFiles.open(folder: folder).format == "PyTorch")
            try write(
                Oracles.bytes(try Oracles.committed("containers/torch/expected.safetensors")), to: "\(folder)/model.safetensors")
            #expect(try WeightFiles.open(folder: folder).format == "safetensors")
        }
    }

    @Test("a pointer that Git LFS left in place of a file is told as one")
    func pointer() throws {
        try withTemporaryFolder { folder in
            let text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
            for name in ["model.safetensors", "a.gguf"] { try write(Array(text.utf8), to: "\(folder)/\(name)") }
            #expect(try refusal { try WeightFiles.open(folder: folder) }.contains("git lfs pull"))
            #expect(try refusal { try GGUFFile(path: "\(folder)/a.gguf") }.contains("git lfs pull"))
        }
    }

    @Test("a single file of another name is found; several are not guessed at")
    func others() throws {
        try withTemporaryFolder { folder in
            let bytes = try Oracles.bytes(try Oracles.committed("containers/torch/checkpoint.pth"))
            try write(bytes, to: "\(folder)/best.pth")
            try write(bytes, to: "\(folder)/optimizer.pt")
            #expect(try WeightFiles.open(folder: folder).contains("up.weight"))
            try write(bytes, to: "\(folder)/last.pth")
            #expect(try refusal { try WeightFiles.open(folder: folder) }.contains("best.pth, last.pth"))
        }
    }
}
