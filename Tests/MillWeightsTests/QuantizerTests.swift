import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Quantizing")
struct QuantizerTests {
    static let tensors = [
        ("model.embed_tokens.weight", "token_embd.weight"),
        ("model.layers.0.self_attn.o_proj.weight", "blk.0.attn_output.weight"),
        ("model.layers.1.mlp.down_proj.weight", "blk.1.ffn_down.weight"),
    ]

    @Test("the blocks equal those of GGML's reference functions, bit for bit", arguments: [DType.f16, .q8_0, .q4_0])
    func reference(_ dtype: DType) throws {
        let source = try SafetensorsFile(path: try Oracles.committed("models/glm_edge"))
        let file = try GGUFFile(path: try Oracles.committed("gguf/glm_edge/glm_edge-\(dtype.name).gguf"))
        for (name, ggufName) in Self.tensors {
            let quantized = try Quantizer.quantize(try source.tensor(name), to: dtype)
            let expected = try file.tensor(ggufName)
            try #require(expected.dtype == dtype && expected.shape == quantized.shape)
            #expect(Self.bytes(quantized) == Self.bytes(expected), "\(name)")
        }
    }

    @Test("blocks stand for exactly the values of the reference", arguments: try quantFiles())
    func dequantize(_ path: String) throws {
        let file = try SafetensorsFile(path: path)
        let name = try #require(path.split(separator: "/").last?.split(separator: ".").first)
        let dtype = try #require(DType.allCases.first { $0.name == name })
        let expected = try file.tensor("deq")
        let blocks = try file.tensor("raw")
        let tensor = try Tensor(storage: blocks.storage, dtype: dtype, shape: expected.shape, byteOffset: blocks.byteOffset)
        #expect(Self.bytes(try Quantizer.dequantize(tensor)) == Self.bytes(expected))
    }

    static func quantFiles() throws -> [String] {
        let folder = try Oracles.committed("quants")
        return try Oracles.list(folder).filter { $0.hasSuffix(".safetensors") }.map { "\(folder)/\($0)" }
    }

    @Test("BF16 rounds to the nearest, ties to even, and keeps NaN")
    func bfloat16() throws {
        let x = try Tensor([1, 1.00390625, 1.01171875, -2.5, .infinity, .nan, 3.4e38], shape: [1, 7])
        let back = try Quantizer.dequantize(try Quantizer.quantize(x, to: .bf16)).floats()
        #expect(Array(back[..<5]) == [1, 1, 1.015625, -2.5, .infinity])
        #expect(back[5].isNaN)
        #expect(back[6] == .infinity || back[6] > 3.38e38)
    }

    @Test("a block of zeros stays zero, and infinities do not trap", arguments: [DType.q8_0, .q4_0])
    func extremes(_ dtype: DType) throws {
        let zeros = try Tensor.zeros(.f32, [1, 32])
        #expect(try Quantizer.dequantize(try Quantizer.quantize(zeros, to: dtype)).floats().allSatisfy { $0 == 0 })
        let wild = try Tensor([Float](repeating: .infinity, count: 16) + [Float](repeating: .nan, count: 16), shape: [1, 32])
        #expect(try Quantizer.quantize(wild, to: dtype).byteCount == dtype.blockByteCount)
    }

    @Test("types that cannot be made, and rows that split a block, are refused")
    func refused() throws {
        let x = try Tensor.zeros(.f32, [2, 48])
        #expect(throws: WeightsError.self) { try Quantizer.quantize(x, to: .q4_K) }
        #expect(throws: WeightsError.self) { try Quantizer.quantize(try Tensor.zeros(.f32, [1, 256]), to: .iq4_xs) }
        #expect(throws: WeightsError.self) { try Quantizer.quantize(x, to: .q8_0) }
    }

    static func bytes(_ tensor: Tensor) -> [UInt8] {
        tensor.withBytes { bytes in
            (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    }
}
