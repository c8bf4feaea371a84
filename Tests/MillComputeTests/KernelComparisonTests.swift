import MillCompute
import MillTensor
import MillTestSupport
import Testing

/// Every instruction set against the scalar reference: odd sizes, unaligned rows, extreme values.
@Suite("Instruction sets against the reference")
struct KernelComparisonTests {
    private static let vectors = ISA.available.filter { $0 != .scalar }
    private static let types: [DType] = [
        .f32, .f16, .bf16, .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q2_K, .q3_K, .q4_K, .q5_K, .q6_K, .iq4_nl, .iq4_xs,
    ]

    @Test("linear for every type, over odd numbers of rows and tokens", arguments: vectors, types)
    func linear(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 31)
        for activations in Compute.Activations.allCases {
            // BFloat16Tests say what these are.
            let isRounded = isa.hasBFloat16 && (dtype == .f16 || dtype == .bf16)
            let isQ8Rounded = isa.multipliesQ8InBFloat16 && activations == .bfloat16 && dtype == .q8_0
            if activations != .float32, isRounded || isQ8Rounded { continue }
            let reference = try Compute(threads: 1, isa: .scalar, activations: activations)
            let compute = try Compute(threads: 2, isa: isa, activations: activations)
            for (n, m, blocks) in [(1, 1, 1), (1, 16, 2), (2, 37, 3), (4, 15, 1), (9, 33, 2), (11, 8, 5), (41, 37, 3)] {
                let k = dtype.isQuantized ? blocks * dtype.blockSize : blocks * 19
                let x = try random.tensor([n, k], -3...3)
                let weight = try random.weight(dtype, [m, k])
                let (expected, y) = (try result([n, m]), try result([n, m]))
                try reference.linear(x, weight, into: expected)
                try compute.linear(x, weight, into: y)
                #expect(try nmse(y.floats(), expected.floats()) < 1e-11, "\(activations) \(n) \(m) \(k)")
            }
        }
    }

    @Test("weights at any byte offset and with strided rows", arguments: ISA.available, [DType.q8_0, .q4_0, .f16, .f32, .q4_K])
    func unaligned(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 32)
        let (m, k) = (19, 256)
        let weight = try random.weight(dtype, [m, 2 * k])
        let content = try random.tensor([3, k])
        let shifted = try Tensor.allocate(.u8, [weight.byteCount + 7])
        writableBytes(shifted).baseAddress?.advanced(by: 7).copyMemory(from: weight.pointer, byteCount: weight.byteCount)
        // The left half of each row, seven bytes off.
        let view = try Tensor(storage: shifted.storage, dtype: dtype, shape: [m, k], strides: [2 * k, 1], byteOffset: 7)
        let expected = try result([3, m])
        let dense = try Tensor.zeros(.f32, [m, k])
        let values = try result([m, 2 * k])
        let compute = try Compute(threads: 1, isa: isa, activations: .float32)
        try compute.dequantize(weight, into: values)
        for row in 0..<m {
            let half = try Tensor(storage: values.storage, dtype: .f32, shape: [k], byteOffset: row * 2 * k * 4)
            try compute.add(half, into: dense.rows(row..<row + 1))
        }
        try compute.linear(content, dense, into: expected)
        let y = try result([3, m])
        try compute.linear(content, view, into: y)
        #expect(try bits(y) == bits(expected))
    }

    @Test("activations of any magnitude: zeros, denormals, great and mixed values", arguments: ISA.available)
    func magnitudes(isa: ISA) throws {
        let compute = try Compute(threads: 1, isa: isa)
        let reference = try Compute(threads: 1, isa: isa, activations: .float32)
        var random = Random(seed: 33)
        let weight = try random.weight(.q8_0, [5, 64])
        for scale: Float in [0, 1e-30, 1, 1e30] {
            let x = try Tensor((0..<64).map { _ in scale * Float.random(in: -1...1, using: &random) }, shape: [1, 64])
            let (y, expected) = (try result([1, 5]), try result([1, 5]))
            try compute.linear(x, weight, into: y)
            try reference.linear(x, weight, into: expected)
            let (values, exact) = (try y.floats(), try expected.floats())
            let greatest = exact.map(abs).max() ?? 0
            for (a, b) in zip(values, exact) { #expect(abs(a - b) <= greatest * 0.02, "\(scale)") }
        }
        let denormals = try Tensor([Float](repeating: Float(bitPattern: 77), count: 64), shape: [1, 64])
        let y = try result([1, 5])
        try compute.linear(denormals, weight, into: y)
        #expect(try y.floats().allSatisfy { abs($0) < 1e-36 })
    }

    @Test(
        "NaN and infinity in the activations reach the result, and only that row's", arguments: ISA.available,
        [Float.nan, .infinity])
    func propagation(isa: ISA, value: Float) throws {
        var random = Random(seed: 34)
        for dtype in [DType.f32, .q8_0, .q4_0, .q6_K] {
            let weight = try random.weight(dtype, [17, 256])
            for position in [0, 31, 32, 200, 255] {
                var values = [Float](repeating: 0.5, count: 6 * 256)
                values[2 * 256 + position] = value
                let y = try result([6, 17])
                try Compute(threads: 1, isa: isa).linear(Tensor(values, shape: [6, 256]), weight, into: y)
                let rows = try y.floats()
                #expect(rows[2 * 17..<3 * 17].allSatisfy { !$0.isFinite })
                #expect((rows[..<(2 * 17)] + rows[(3 * 17)...]).allSatisfy { $0.isFinite })
            }
        }
    }

    @Test("weights of -128 and activations at the limit do not saturate", arguments: ISA.available)
    func saturation(isa: ISA) throws {
        let weight = try Tensor.allocate(.q8_0, [16, 64])
        let bytes = writableBytes(weight)
        for block in 0..<32 {
            bytes.storeBytes(of: halfBits(1), toByteOffset: block * 34, as: UInt16.self)
            for i in 0..<32 { bytes[block * 34 + 2 + i] = block % 2 == 0 ? 0x80 : 0x7f }
        }
        for sign: Float in [1, -1] {
            let x = try Tensor([Float](repeating: sign * 127, count: 5 * 64), shape: [5, 64])
            let y = try result([5, 16])
            try Compute(threads: 1, isa: isa).linear(x, weight, into: y)
            #expect(try y.floats().allSatisfy { $0 == sign * 32 * 127 * -1 })
        }
    }
}
