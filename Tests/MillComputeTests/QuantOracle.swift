import Foundation
import MillTensor
import MillTestSupport

/// One file of the `quants` oracle: raw blocks, the values they stand for, and their product with a vector.
struct QuantOracle {
    struct MissingTensor: Error {
        let name: String
        let path: String
    }

    let dtype: DType
    let blocks: Tensor
    let values: Tensor
    let vector: Tensor
    let product: Tensor

    static let dtypes: [DType] = [
        .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_nl, .iq4_xs,
    ]

    init(_ dtype: DType) throws {
        let path = try Oracles.path("quants/\(dtype.name).safetensors")
        struct Entry: Decodable {
            let shape: [Int]
            let data_offsets: [Int]
        }
        let storage = try Storage.map(path: path)
        let bytes = try Tensor(storage: storage, dtype: .u8, shape: [storage.byteCount])
        let (entries, start) = try bytes.withBytes { span in
            let data = span.withUnsafeBytes { Data($0) }
            let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
            return (try JSONDecoder().decode([String: Entry].self, from: data[8..<8 + length]), 8 + length)
        }
        func tensor(_ name: String, _ dtype: DType, _ shape: [Int]? = nil) throws -> Tensor {
            guard let entry = entries[name] else { throw MissingTensor(name: name, path: path) }
            return try Tensor(
                storage: storage, dtype: dtype, shape: shape ?? entry.shape, byteOffset: start + entry.data_offsets[0])
        }
        self.dtype = dtype
        values = try tensor("deq", .f32)
        vector = try tensor("x", .f32)
        product = try tensor("y", .f32)
        blocks = try tensor("raw", dtype, values.shape)
    }
}
