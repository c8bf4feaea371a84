import MillTensor
import MillTestSupport
import MillWeights
import Testing

/// How much quantizing loses, compared with GGML's own quantizers on the same numbers.
///
/// `Tests/Oracles/tools/quantizer_figures.py` makes the same numbers and worked the figures out with `ggml_quantize_chunk` of
/// llama-cpp-python 0.3.36 (ggml 0.25.3): squared error over squared values.
@Suite("Reconstruction after quantizing")
struct ReconstructionTests {
    struct Figure: Sendable {
        let dtype: DType
        /// GGML's errors: all alike, weighed by importance, and those of weights with long tails.
        let plain: Double
        let weighed: Double
        let tailed: Double
    }

    static let figures: [Figure] = [
        Figure(dtype: .q4_0, plain: 0.006981, weighed: 0.004187, tailed: 0.01253),
        Figure(dtype: .q4_1, plain: 0.005856, weighed: 0.002206, tailed: 0.01354),
        Figure(dtype: .q5_0, plain: 0.001706, weighed: 0.0009685, tailed: 0.003753),
        Figure(dtype: .q5_1, plain: 0.001376, weighed: 0.0005142, tailed: 0.003065),
        Figure(dtype: .q8_0, plain: 2.713e-05, weighed: 2.907e-05, tailed: 7.65e-05),
        Figure(dtype: .q2_K, plain: 0.08383, weighed: 0.02738, tailed: 0.1479),
        Figure(dtype: .q3_K, plain: 0.02184, weighed: 0.01141, tailed: 0.0245),
        Figure(dtype: .q4_K, plain: 0.004846, weighed: 0.002364, tailed: 0.008349),
        Figure(dtype: .q5_K, plain: 0.00126, weighed: 0.0006789, tailed: 0.002563),
        Figure(dtype: .q6_K, plain: 0.0003023, weighed: 0.0001684, tailed: 0.0006066),
    ]

    private static let columns = 512
    private static let rows = 32

    /// Numbers that are the same everywhere: sums of twelve from a linear congruential generator (Knuth's MMIX), a quarter of
    /// them cubed for long tails.
    private static func values(_ count: Int, seed: UInt64, isTailed: Bool = false) -> [Float] {
        var state = seed
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 40)
        }
        return (0..<count).map { _ in
            let sum = (0..<12).reduce(0) { sum, _ in sum + next() } - 6 << 24
            let value = Float(sum) / Float(1 << 24)
            return isTailed ? value * value * value : value
        }
    }

    private static func importance() -> [Float] { values(columns, seed: 3).map { $0 * $0 * $0 * $0 + 0.01 } }

    private func error(_ dtype: DType, isTailed: Bool, _ importance: [Float]?) throws -> Double {
        let x = Self.values(Self.rows * Self.columns, seed: isTailed ? 2 : 1, isTailed: isTailed)
        let weights = try importance.map { try Tensor($0, shape: [Self.columns]) }
        let made = try Quantizer.quantize(
            try Tensor(x, shape: [Self.rows, Self.columns]), to: dtype, importance: weights)
        let back = try Quantizer.dequantize(made).floats()
        var (difference, all) = (0.0, 0.0)
        for (index, value) in x.enumerated() {
            let weight = importance.map { Double($0[index % Self.columns]) } ?? 1
            difference += weight * (Double(back[index]) - Double(value)) * (Double(back[index]) - Double(value))
            all += weight * Double(value) * Double(value)
        }
        return difference / all
    }

    @Test("no type loses more than with GGML's quantizer, within 2 %", arguments: figures)
    func bounds(_ figure: Figure) throws {
        let errors = [
            (try error(figure.dtype, isTailed: false, nil), figure.plain),
            (try error(figure.dtype, isTailed: false, Self.importance()), figure.weighed),
            (try error(figure.dtype, isTailed: true, nil), figure.tailed),
        ]
        for (error, limit) in errors {
            #expect(error < limit * 1.02, "\(figure.dtype.name): \(error), and GGML \(limit)")
            // Far less would mean that something else is measured.
            #expect(error > limit * 0.4)
        }
    }

    @Test("importance lessens the errors where they count", arguments: figures.map(\.dtype).filter { $0 != .q8_0 })
    func importance(_ dtype: DType) throws {
        let weights = Self.importance()
        let x = Self.values(Self.rows * Self.columns, seed: 1)
        let tensor = try Tensor(x, shape: [Self.rows, Self.columns])
        func loss(_ made: Tensor) throws -> Double {
            let back = try Quantizer.dequantize(made).floats()
            return x.indices.reduce(0.0) { sum, index in
                let difference = Double(back[index]) - Double(x[index])
                return sum + Double(weights[index % Self.columns]) * difference * difference
            }
        }
        let weighed = try Quantizer.quantize(tensor, to: dtype, importance: try Tensor(weights, shape: [Self.columns]))
        #expect(try loss(weighed) < 0.9 * loss(try Quantizer.quantize(tensor, to: dtype)))
    }

    @Test("what has been quantized once stays nearly as it is when it is quantized again", arguments: figures.map(\.dtype))
    func again(_ dtype: DType) throws {
        let x = try Tensor(Self.values(8 * Self.columns, seed: 5), shape: [8, Self.columns])
        let once = try Quantizer.dequantize(try Quantizer.quantize(x, to: dtype)).floats()
        let twice = try Quantizer.dequantize(
            try Quantizer.quantize(try Tensor(once, shape: [8, Self.columns]), to: dtype)
        ).floats()
        let lost = try error(dtype, isTailed: false, nil)
        #expect(nmse(twice, once) < 0.5 * lost)
    }

    @Test("zeros, one value, huge and broken numbers make blocks that can be read", arguments: figures.map(\.dtype))
    func extremes(_ dtype: DType) throws {
        func back(_ values: [Float]) throws -> [Float] {
            try Quantizer.dequantize(try Quantizer.quantize(try Tensor(values, shape: [1, 256]), to: dtype)).floats()
        }
        #expect(try back([Float](repeating: 0, count: 256)).allSatisfy { $0 == 0 })
        let single = try back([Float](repeating: 0, count: 255) + [-3])
        #expect(abs(single[255] + 3) < 0.1 && single[..<223].allSatisfy { abs($0) < 0.1 })
        let same = try back([Float](repeating: 0.7, count: 256))
        #expect(same.allSatisfy { abs($0 - 0.7) < 0.05 })
        _ = try back([Float](repeating: 1e38, count: 256))
        _ = try back([Float](repeating: .infinity, count: 128) + [Float](repeating: .nan, count: 128))
        let none = try Tensor([Float](repeating: 0, count: 256), shape: [256])
        let x = try Tensor(Self.values(256, seed: 9), shape: [1, 256])
        let blind = try Quantizer.dequantize(try Quantizer.quantize(x, to: dtype, importance: none)).floats()
        #expect(nmse(blind, try x.floats()) < 0.2)
    }

    @Test("results do not depend on how many rows come at once")
    func rows() throws {
        let x = Self.values(64 * 256, seed: 6)
        let whole = try Quantizer.quantize(try Tensor(x, shape: [64, 256]), to: .q4_K)
        let single = try (0..<64).map {
            try Quantizer.quantize(try Tensor(Array(x[256 * $0..<256 * $0 + 256]), shape: [1, 256]), to: .q4_K)
        }
        #expect(QuantizerTests.bytes(whole) == single.flatMap(QuantizerTests.bytes))
    }
}
