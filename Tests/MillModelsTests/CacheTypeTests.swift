import Glibc
import MillCompute
import MillModels
import MillTensor
import MillTestSupport
import Testing

private let scribeFolder = Oracles.committed + "/../../samples/models/scribe"
private let isShipped = access(scribeFolder + "/model.safetensors", R_OK) == 0

/// Models whose keys and values are kept in fewer bits.
@Suite("Types of the KV cache", .enabled(if: isShipped))
struct CacheTypeTests {
    /// A shipped model with heads of 64, which every type divides.
    private static func scribe(_ activations: Compute.Activations = .float32) throws -> TextModel {
        try TextModel.load(scribeFolder, activations)
    }

    private static let tokens = (0..<160).map { Int32(($0 * 619 + 23) % 8192) }

    private func logits(_ model: TextModel, _ kv: DType?, cuts: [Int] = []) throws -> [Float] {
        let context = try model.makeContext(capacity: 256, kv: kv)
        var start = 0
        for end in cuts + [Self.tokens.count] {
            try context.append(Array(Self.tokens[start..<end]))
            start = end
        }
        return try context.logits.floats()
    }

    @Test("logits stay within each type's bound of those with an F32 cache")
    func accuracy() throws {
        let model = try Self.scribe()
        let expected = try logits(model, .f32)
        for (kv, bound) in [(DType.f16, 1e-6), (.bf16, 1e-4), (.q8_0, 1e-4)] {
            let error = try nmse(logits(model, kv), expected)
            #expect(error < bound, "\(kv.name): \(error)")
        }
    }

    @Test("a prompt in pieces and a sequence that was rewound give the same numbers", arguments: KeyValueStore.types)
    func pieces(kv: DType) throws {
        let model = try Self.scribe(.int8)
        let whole = try logits(model, kv)
        #expect(try logits(model, kv, cuts: [1, 17, 100]) == whole)
        let context = try model.makeContext(capacity: 256, kv: kv)
        try context.append(Array(Self.tokens[..<100]))
        try context.append([5, 6, 7, 8])
        try context.rewind(to: 99)
        try context.append(Array(Self.tokens[99...]))
        #expect(try context.logits.floats() == whole)
    }

    @Test("a model keeps F16 where activations are rounded, too, and F32 in the reference")
    func defaults() throws {
        for (activations, kv) in [(Compute.Activations.int8, DType.f16), (.float32, .f32)] {
            let model = try Self.scribe(activations)
            #expect(model.cacheType == kv)
            #expect(try logits(model, nil) == logits(model, kv))
        }
    }

    @Test("a type that does not divide the heads is refused with a reason")
    func refused() throws {
        let model = try TextModel.load(Oracles.committed("gguf/glm_edge/glm_edge-Q4_0.gguf"))
        let error = #expect(throws: ModelError.self) { try model.makeContext(capacity: 16, kv: .q8_0) }
        #expect("\(try #require(error))".contains("heads of 16 elements"))
        #expect(throws: ModelError.self) { try model.makeContext(capacity: 16, kv: .q4_0) }
    }
}
