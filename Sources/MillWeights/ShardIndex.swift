import MillTensor
import MillValue

/// `model.safetensors.index.json` or `pytorch_model.bin.index.json`: which shard holds which tensor.
struct ShardIndex {
    /// Shards in the order of their names.
    let files: [String]
    let fileOfTensor: [String: String]

    /// Whether a tensor that a shard holds is the model's: one that the index has elsewhere is not, one that it forgot is.
    func isTaken(_ tensor: String, from shard: String) -> Bool { fileOfTensor[tensor].map { $0 == shard } ?? true }

    init(path: String) throws(WeightsError) {
        let value: Value
        let bytes = try FileSystem.read(path, limit: SafetensorsHeader.maximumByteCount)
        do throws(JSON.ParseError) { value = try JSON.parse(bytes: bytes, maximumDepth: 16) } catch {
            throw .malformed(path: path, item: "line \(error.line)", offset: error.offset, reason: error.message)
        }
        guard let map = value["weight_map"]?.map else {
            throw .malformed(path: path, item: "weight_map", offset: 0, reason: "it must be an object from tensors to files")
        }
        var fileOfTensor: [String: String] = [:]
        for (tensor, file) in map {
            // By bytes: a slash with an accent on it is another character in Swift, but the system sees the slash.
            guard let name = file.string, !name.isEmpty, !name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 }),
                name != "..", name != "."
            else {
                throw .malformed(
                    path: path, item: "weight_map.\(tensor)", offset: 0,
                    reason: "\(file.json()) is no file name inside the model's folder")
            }
            fileOfTensor[tensor] = name
        }
        self.fileOfTensor = fileOfTensor
        files = Set(fileOfTensor.values).sorted()
    }
}
