import Foundation
import MillCompute
import MillTensor
import MillTestSupport
import Testing

@Suite("Elementwise operations")
struct ElementwiseTests {
    private static let inputs: [Float] =
        stride(from: Float(-30), through: 30, by: 0.037).map { $0 } + [
            0, -0.0, 88, -88, 100, -100, 1e-30, -1e-30, Float(bitPattern: 7000), 3e38,
        ]

    /// Applies `body` in place to the inputs and compares with the definition, absolutely and relatively.
    private func check(
        _ isa: ISA, relative: Double = 4e-7, absolute: Double = 2e-7, _ body: (Compute, Tensor) throws -> Void,
        _ definition: (Double) -> Double
    ) throws {
        let x = try Tensor(Self.inputs, shape: [Self.inputs.count])
        try body(Compute(threads: 1, isa: isa), x)
        for (input, value) in zip(Self.inputs, try x.floats()) {
            let expected = definition(Double(input))
            #expect(abs(Double(value) - expected) <= absolute + relative * abs(expected), "\(isa) at \(input): \(value)")
        }
    }

    private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    @Test("GELU in its three forms", arguments: ISA.available)
    func gelu(isa: ISA) throws {
        try check(isa, absolute: 1e-6) {
            try $0.gelu($1, .tanh)
        } _: { x in
            0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        }
        try check(isa, absolute: 1e-6) {
            try $0.gelu($1, .erf)
        } _: { x in
            0.5 * x * erfc(-x / 2.0.squareRoot())
        }
        try check(isa, absolute: 1e-6) {
            try $0.gelu($1, .quick)
        } _: { x in
            x * logistic(1.702 * x)
        }
    }

    @Test("sigmoid, SiLU and tanh", arguments: ISA.available)
    func sigmoid(isa: ISA) throws {
        try check(isa) {
            try $0.sigmoid($1)
        } _: {
            logistic($0)
        }
        try check(isa, absolute: 1e-6) {
            try $0.silu($1)
        } _: {
            $0 * logistic($0)
        }
        try check(isa) {
            try $0.tanh($1)
        } _: {
            Foundation.tanh($0)
        }
    }

    @Test("gate · sigmoid(gate) · up", arguments: ISA.available)
    func siluMul(isa: ISA) throws {
        var random = Random(seed: 11)
        let (gate, up, y) = (try random.tensor([3, 37], -9...9), try random.tensor([3, 37]), try result([3, 37]))
        try Compute(threads: 1, isa: isa).siluMul(gate, up, into: y)
        let expected = zip(try gate.floats(), try up.floats()).map { Float(Double($0) * logistic(Double($0)) * Double($1)) }
        #expect(try nmse(y.floats(), expected) < 1e-12)
    }

    @Test("sums and products, also of one row with many", arguments: ISA.available)
    func sums(isa: ISA) throws {
        let compute = try Compute(threads: 1, isa: isa)
        let y = try Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
        try compute.add(Tensor([10, 20, 30], shape: [3]), into: y)
        #expect(try y.floats() == [11, 22, 33, 14, 25, 36])
        try compute.addScaled(Tensor([1, 1, 1, 2, 2, 2], shape: [2, 3]), scale: 0.5, into: y)
        #expect(try y.floats() == [11.5, 22.5, 33.5, 15, 26, 37])
        try compute.multiply(Tensor([2, 2, 2, 0, 1, -1], shape: [2, 3]), into: y)
        #expect(try y.floats() == [23, 45, 67, 0, 26, -37])
    }

    @Test("softmax rows sum to one, take infinities and pass on NaN", arguments: ISA.available)
    func softmax(isa: ISA) throws {
        let compute = try Compute(threads: 1, isa: isa)
        for k in [1, 5, 16, 100] {
            var random = Random(seed: UInt64(k))
            let x = try random.tensor([2, k], -20...90)
            let before = try x.floats().map(Double.init)
            try compute.softmax(x)
            let expected = (0..<2).flatMap { row in
                let values = before[row * k..<(row + 1) * k]
                let total = values.reduce(0) { $0 + exp($1 - 90) }
                return values.map { Float(exp($0 - 90) / total) }
            }
            #expect(try nmse(x.floats(), expected) < 1e-12)
        }
        let masked = try Tensor([0, -.infinity, 0, -.infinity], shape: [1, 4])
        try compute.softmax(masked)
        #expect(try masked.floats() == [0.5, 0, 0.5, 0])
        let spoilt = try Tensor([Float](repeating: 0, count: 20) + [.nan], shape: [1, 21])
        try compute.softmax(spoilt)
        #expect(try spoilt.floats().allSatisfy(\.isNaN))
    }
}
