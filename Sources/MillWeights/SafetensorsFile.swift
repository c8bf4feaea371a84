import MillTensor

/// Weights in the safetensors format: one file, or a folder as the Hugging Face hub has them (`model.safetensors`, or
/// shards listed in `model.safetensors.index.json`). Files are mapped read-only and checked wholly when opened.
public struct SafetensorsFile: WeightSource {
    private struct Place {
        let storage: Storage
        let entry: SafetensorsHeader.Entry
    }

    public let path: String
    /// In the header's order; shard after shard.
    public private(set) var names: [String] = []
    /// The `__metadata__` of the file, or of the last shard that sets a key.
    public private(set) var metadata: [String: String] = [:]
    private var places: [String: Place] = [:]

    /// Opens a file or a folder.
    public init(path: String) throws(WeightsError) {
        self.path = path
        guard FileSystem.isDirectory(path) else {
            try add(file: path) { _ in true }
            return
        }
        let single = "\(path)/model.safetensors"
        let index = "\(path)/model.safetensors.index.json"
        guard !FileSystem.exists(single) else {
            try add(file: single) { _ in true }
            return
        }
        guard FileSystem.exists(index) else {
            throw .unreadable(path: path, reason: "the folder has neither model.safetensors nor model.safetensors.index.json")
        }
        let shards = try ShardIndex(path: index)
        for shard in shards.files {
            try add(file: "\(path)/\(shard)") { shards.isTaken($0, from: shard) }
        }
        for (tensor, shard) in shards.fileOfTensor where places[tensor] == nil {
            throw .malformed(path: index, item: "tensor \(tensor)", offset: 0, reason: "\(shard) does not hold it")
        }
    }

    /// Checks a file that is in memory already; `path` is for messages.
    public init(storage: Storage, path: String) throws(WeightsError) {
        self.path = path
        try add(storage: storage, path: path) { _ in true }
    }

    public var format: String { "safetensors" }

    public func contains(_ name: String) -> Bool { places[name] != nil }

    public func tensor(_ name: String) throws(WeightsError) -> Tensor {
        guard let place = places[name] else { throw missing(name) }
        guard let dtype = place.entry.type.dtype else {
            throw .unsupported(
                path: path, item: "tensor \(name)", reason: "element type \(place.entry.type.name) is not supported")
        }
        do throws(TensorError) {
            return try Tensor(storage: place.storage, dtype: dtype, shape: place.entry.shape, byteOffset: place.entry.byteOffset)
                .aligned()
        } catch { throw .tensor(name: name, error) }
    }

    private mutating func add(file: String, where isTaken: (String) -> Bool) throws(WeightsError) {
        try add(storage: try FileSystem.map(file), path: file, where: isTaken)
    }

    private mutating func add(storage: Storage, path: String, where isTaken: (String) -> Bool) throws(WeightsError) {
        let header = try SafetensorsHeader(storage: storage, path: path)
        metadata.merge(header.metadata) { $1 }
        for entry in header.entries where isTaken(entry.name) {
            guard places.updateValue(Place(storage: storage, entry: entry), forKey: entry.name) == nil else {
                throw .malformed(path: path, item: "tensor \(entry.name)", offset: 0, reason: "it occurs twice")
            }
            names.append(entry.name)
        }
    }
}
