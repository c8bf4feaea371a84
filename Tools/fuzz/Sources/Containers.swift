import MillTensor
import MillValue
import MillWeights

/// A file of torch.save, zipped or in the old form.
@Sendable func readTorch(_ bytes: UnsafeRawBufferPointer) {
    guard let storage = storage(bytes), let file = try? TorchFile(storage: storage, path: "fuzz.bin") else { return }
    readTensors(file)
}

@Sendable func readONNX(_ bytes: UnsafeRawBufferPointer) {
    guard let storage = storage(bytes), let file = try? ONNXFile(storage: storage, path: "fuzz.onnx") else { return }
    readTensors(file)
}

/// Quantized matrices: the first line is what `quantization_config` says, the rest safetensors.
@Sendable func readQuantized(_ bytes: UnsafeRawBufferPointer) {
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    guard let settings = try? JSON.parse(bytes: Array(bytes[..<end])),
        let storage = storage(UnsafeRawBufferPointer(rebasing: bytes[min(end + 1, bytes.endIndex)...])),
        let weights = try? SafetensorsFile(storage: storage, path: "fuzz.safetensors"),
        let source = try? WeightFiles.dense(weights, settings: settings, path: "fuzz.json")
    else { return }
    readTensors(source)
}
