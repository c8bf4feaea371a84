import MillTensor

/// Weights that `torch.save` wrote (`.bin`, `.pt`, `.pth`): one file, or shards that a `pytorch_model.bin.index.json` lists.
///
/// Files are mapped read-only and checked wholly when opened; tensors are views on them. Nothing in a file is carried out
/// (``TorchUnpickler``).
public struct TorchFile: WeightSource {
    public let path: String
    /// In the file's order; shard after shard.
    public private(set) var names: [String] = []
    private var tensors: [String: Tensor] = [:]
    private let made = MadeTensors()

    /// Opens a file, or an index (`*.json`) with its shards.
    public init(path: String) throws(WeightsError) {
        self.path = path
        guard path.hasSuffix(".json") else {
            try add(storage: try FileSystem.map(path), path: path) { _ in true }
            return
        }
        let index = try ShardIndex(path: path)
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().map { "\($0)/" }.joined()
        for shard in index.files {
            let file = folder + shard
            try add(storage: try FileSystem.map(file), path: file) { index.isTaken($0, from: shard) }
        }
        for (tensor, shard) in index.fileOfTensor where tensors[tensor] == nil {
            throw .malformed(path: path, item: "tensor \(tensor)", offset: 0, reason: "\(shard) does not hold it")
        }
    }

    /// Checks a file that is in memory already; `path` is for messages.
    public init(storage: Storage, path: String) throws(WeightsError) {
        self.path = path
        try add(storage: storage, path: path) { _ in true }
    }

    public var format: String { "PyTorch" }

    public func contains(_ name: String) -> Bool { tensors[name] != nil }

    public func isMade(_ name: String) -> Bool { tensors[name].map { !$0.isContiguous } ?? false }

    public func layout(_ name: String) throws(WeightsError) -> TensorLayout {
        guard let tensor = tensors[name] else { throw missing(name) }
        return TensorLayout(tensor.dtype, tensor.shape)
    }

    /// A view on the mapped file; tensors that do not lie row after row are made dense.
    public func tensor(_ name: String) throws(WeightsError) -> Tensor {
        guard let view = tensors[name] else { throw missing(name) }
        do throws(TensorError) { if view.isContiguous { return try view.aligned() } } catch { throw .tensor(name: name, error) }
        return try made.tensor(name) { () throws(WeightsError) in
            do throws(TensorError) { return try view.dense() } catch { throw .tensor(name: name, error) }
        }
    }

    private mutating func add(
        storage: Storage, path: String, where isTaken: (String) -> Bool
    ) throws(WeightsError) {
        let archive = try TorchArchive(storage: storage, path: path)
        for (name, tensor) in try TorchDictionary(archive).tensors where isTaken(name) {
            guard tensors.updateValue(try archive.view(tensor, name: name), forKey: name) == nil else {
                throw .malformed(path: path, item: "tensor \(name)", offset: 0, reason: "it occurs twice")
            }
            names.append(name)
        }
    }
}
