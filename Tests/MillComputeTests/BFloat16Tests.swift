import MillCompute
import MillTensor
import MillTestSupport
import Testing

/// F16 and BF16 weights with activations rounded to BF16, on the instruction sets that multiply so.
@Suite("BF16 arithmetic")
struct BFloat16Tests {
    private static let sets = ISA.available.filter(\.hasBFloat16)
    /// What each of them rounds.
    private static let cases = sets.flatMap { isa in
        [DType.f16, .bf16].map { (isa, $0) } + (isa.multipliesQ8InBFloat16 ? [(isa, .q8_0)] : [])
    }
    private static let types: [DType] = [.f16, .bf16]

    /// To the nearest, ties to even.
    private func rounded(_ value: Float) -> Float {
        let bits = value.bitPattern
        return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
    }

    private func rounded(_ x: Tensor) throws -> Tensor { try Tensor(try x.floats().map(rounded), shape: x.shape) }

    /// Weights of a 16-bit type as F32, rounded.
    private func rounded(weight: Tensor, on compute: Compute) throws -> Tensor {
        let values = try result(weight.shape)
        try compute.dequantize(weight, into: values)
        return try rounded(values)
    }

    @Test("sums are those of the rounded numbers, for odd numbers of tokens, rows and columns", arguments: cases)
    func linear(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 51)
        let reference = try Compute(threads: 1, isa: .scalar, activations: .float32)
        let compute = try Compute(threads: 4, isa: isa, activations: .bfloat16)
        for k in [1, 2, 31, 32, 33, 72, 588, 608, 1155] where k.isMultiple(of: dtype.blockSize) {
            for (n, m) in [(1, 1), (1, 16), (2, 17), (5, 64), (15, 33), (16, 31), (17, 15), (33, 65), (140, 97)] {
                let x = try random.tensor([n, k], -3...3)
                let (weight, bias) = (try random.weight(dtype, [m, k]), try random.tensor([m]))
                let (expected, y) = (try result([n, m]), try result([n, m]))
                try reference.linear(rounded(x), rounded(weight: weight, on: reference), bias: bias, into: expected)
                try compute.linear(x, weight, bias: bias, into: y)
                #expect(try nmse(y.floats(), expected.floats()) < 1e-11, "\(n) tokens, \(m) rows, \(k) columns")
            }
        }
    }

    @Test("a token has the same bits alone and among many, on one thread and on several", arguments: cases)
    func pieces(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 52)
        let (n, m, k) = (300, 130, dtype.isQuantized ? 1184 : 1180)
        let (x, weight, bias) = (try random.tensor([n, k]), try random.weight(dtype, [m, k]), try random.tensor([m]))
        let single = try Compute(threads: 1, isa: isa, activations: .bfloat16)
        let many = try Compute(threads: 4, isa: isa, activations: .bfloat16)
        let whole = try result([n, m])
        try many.linear(x, weight, bias: bias, into: whole)
        for rows in [0..<1, 7..<9, 100..<116, 100..<117, 13..<61, 0..<128, 0..<129, 0..<300] {
            let part = try result([rows.count, m])
            try single.linear(x.rows(rows), weight, bias: bias, into: part)
            #expect(try bits(part) == bits(whole.rows(rows)), "tokens \(rows)")
        }
    }

    @Test("activations that need no rounding give exact sums of small whole numbers", arguments: sets, types)
    func exact(isa: ISA, dtype: DType) throws {
        let (m, k) = (37, 600)
        let weight = try Tensor.allocate(dtype, [m, k])
        let bytes = writableBytes(weight)
        func element(_ row: Int, _ column: Int) -> Float { Float((row * 7 + column * 3) % 11 - 5) }
        for row in 0..<m {
            for column in 0..<k {
                let value = element(row, column)
                let bits = dtype == .f16 ? halfBits(value) : UInt16(value.bitPattern >> 16)
                bytes.storeBytes(of: bits, toByteOffset: 2 * (row * k + column), as: UInt16.self)
            }
        }
        let compute = try Compute(threads: 2, isa: isa)
        for n in [1, 16, 40] {
            let values = (0..<n * k).map { Float($0 % 17 - 8) }
            let y = try result([n, m])
            try compute.linear(try Tensor(values, shape: [n, k]), weight, into: y)
            let expected = (0..<n).flatMap { t in
                (0..<m).map { row in (0..<k).reduce(Float(0)) { $0 + values[t * k + $1] * element(row, $1) } }
            }
            #expect(try y.floats() == expected, "\(n) tokens")
        }
    }

    @Test("what is no number stays in its token; infinities stay; denormals count as zero", arguments: sets, types)
    func extremes(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 53)
        let compute = try Compute(threads: 1, isa: isa)
        for n in [3, 20] {
            let (m, k) = (18, 70)
            let weight = try random.weight(dtype, [m, k])
            let bias = try random.tensor([m])
            var values = (0..<n * k).map { _ in Float.random(in: -1...1, using: &random) }
            values[5] = .nan
            values[k + 69] = .infinity
            for index in 0..<k { values[2 * k + index] = Float(bitPattern: UInt32(index + 1)) }
            let y = try result([n, m])
            try compute.linear(try Tensor(values, shape: [n, k]), weight, bias: bias, into: y)
            let results = try y.floats()
            #expect(results[0..<m].allSatisfy { $0.isNaN })
            #expect(results[m..<2 * m].allSatisfy { !$0.isFinite })
            #expect(try Array(results[2 * m..<3 * m]) == bias.floats())
            #expect(results[(3 * m)...].allSatisfy { $0.isFinite })
        }
    }

    @Test("the smallest F16 weights are no denormals as BF16", arguments: sets)
    func smallWeights(isa: ISA) throws {
        let (m, k) = (3, 40)
        let weight = try Tensor.allocate(.f16, [m, k])
        for index in 0..<m * k { writableBytes(weight).storeBytes(of: 1, toByteOffset: 2 * index, as: UInt16.self) }
        let x = try Tensor([Float](repeating: 1, count: 20 * k), shape: [20, k])
        let y = try result([20, m])
        try Compute(threads: 1, isa: isa).linear(x, weight, into: y)
        #expect(try y.floats().allSatisfy { $0 == 40 * 0x1p-24 })
    }

    @Test("with exact activations nothing is rounded", arguments: sets, types)
    func reference(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 54)
        let (x, weight) = (try random.tensor([9, 100]), try random.weight(dtype, [21, 100]))
        let (y, expected) = (try result([9, 21]), try result([9, 21]))
        try Compute(threads: 1, isa: isa, activations: .float32).linear(x, weight, into: y)
        try Compute(threads: 1, isa: .scalar, activations: .float32).linear(x, weight, into: expected)
        #expect(try nmse(y.floats(), expected.floats()) < 1e-12)
    }
}
