import MillModels
import MillTensor
import MillValue
import MillWeights

/// The targets that read what comes with a model: adapters and importance matrices.
let companionTargets: [String: FuzzTarget] = [
    "adapter": readAdapter,
    "adapter-gguf": readAdapterFile,
    "importance": readImportance,
]

/// A LoRA adapter of PEFT: the first line is its configuration, the rest its weights, in safetensors or as torch.save zips them.
@Sendable private func readAdapter(_ bytes: UnsafeRawBufferPointer) {
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    let rest = UnsafeRawBufferPointer(rebasing: bytes[min(end + 1, bytes.endIndex)...])
    guard let config = try? JSON.parse(bytes: Array(bytes[..<end])), let storage = storage(rest) else { return }
    let weights: (any WeightSource)? =
        rest.starts(with: "PK".utf8)
        ? try? TorchFile(storage: storage, path: "fuzz.bin") : try? SafetensorsFile(storage: storage, path: "fuzz.safetensors")
    guard let weights, let adapter = try? LoRAFile(config: config, weights: weights, path: "fuzz") else { return }
    check(adapter)
}

/// A LoRA adapter of llama.cpp.
@Sendable private func readAdapterFile(_ bytes: UnsafeRawBufferPointer) {
    guard let storage = storage(bytes), let file = try? GGUFFile(storage: storage, path: "fuzz.gguf"),
        let adapter = try? LoRAFile(file: file)
    else { return }
    check(adapter)
}

/// A tiny model whose adapters lie among the seeds.
private let model: TextModel? = try? ModelLoader().load(path: "Tests/Oracles/models/llama_rope3").network.text

/// Its matrices must be what it says, and it must fit the model twice over or not at all.
private func check(_ adapter: LoRAFile) {
    for change in adapter.changes.values {
        precondition(change.down.shape.count == 2 && change.up.shape.count == 2 && change.scale.isFinite)
        precondition(change.down.shape[0] == change.rank && change.up.shape[1] == change.rank && change.rank <= adapter.rank)
        precondition((try? Quantizer.dequantize(change.down)) != nil && (try? Quantizer.dequantize(change.up)) != nil)
    }
    guard let model else { preconditionFailure("no model in Tests/Oracles/models/llama_rope3; start in the project's folder") }
    guard let one = try? LoRAAdapter(files: [(adapter, 1)], for: model) else { return }
    precondition(one.rank == adapter.rank && one.changeCount == adapter.changes.count)
    guard 2 * adapter.rank <= LoRAFile.maximumRank else { return }
    guard let two = try? LoRAAdapter(files: [(adapter, 0.5), (adapter, 0.5)], for: model) else {
        preconditionFailure("it fits once, but not twice")
    }
    precondition(two.rank == 2 * adapter.rank)
}

/// An importance matrix, in GGUF or as `.dat`. Whatever it says, quantized numbers stay numbers.
@Sendable private func readImportance(_ bytes: UnsafeRawBufferPointer) {
    guard let storage = storage(bytes), let matrix = try? ImportanceMatrix(storage: storage, path: "fuzz.imatrix") else { return }
    _ = matrix.hash
    for (name, entry) in matrix.entries.prefix(4) {
        let columns = entry.sums.count / entry.counts.count
        precondition(columns * entry.counts.count == entry.sums.count)
        guard columns.isMultiple(of: 32), (1...4096).contains(columns) else { continue }
        for index in 0..<min(entry.counts.count, 2) {
            guard let weights = try? matrix.weights(of: name, matrix: index, columnCount: columns) else { continue }
            precondition((try? weights.floats().allSatisfy { $0.isFinite && $0 >= 0 }) == true)
            let row = (0..<columns).map { Float($0 * 37 % 64 - 31) / 16 }
            guard let row = try? Tensor(row, shape: [1, columns]) else { preconditionFailure("no memory") }
            for dtype in Quantizer.targets where columns.isMultiple(of: dtype.blockSize) {
                let made = try? Quantizer.dequantize(Quantizer.quantize(row, to: dtype, importance: weights)).floats()
                precondition(made?.allSatisfy { abs($0) <= 8 } == true, "\(name) in \(dtype.name): \(made ?? [])")
            }
        }
    }
}
