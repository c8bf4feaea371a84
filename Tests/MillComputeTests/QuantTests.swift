import MillCompute
import MillTensor
import MillTestSupport
import Testing

@Suite("Quantized weights")
struct QuantTests {
    @Test("every block type dequantizes bit for bit as the oracle says, on every instruction set", arguments: QuantOracle.dtypes)
    func dequantize(dtype: DType) throws {
        let oracle = try QuantOracle(dtype)
        for isa in ISA.available {
            let out = try result(oracle.values.shape)
            try Compute(threads: 1, isa: isa).dequantize(oracle.blocks, into: out)
            #expect(try bits(out) == bits(oracle.values), "\(isa)")
        }
    }

    @Test("embed gathers exact rows", arguments: QuantOracle.dtypes)
    func embed(dtype: DType) throws {
        let oracle = try QuantOracle(dtype)
        let out = try result([3, oracle.values.shape[1]])
        try Compute(threads: 2).embed([6, 0, 6], oracle.blocks, into: out)
        for (row, id) in [6, 0, 6].enumerated() {
            #expect(try bits(out.rows(row..<row + 1)) == bits(oracle.values.rows(id..<id + 1)))
        }
    }

    @Test("products with F32 activations are exact to rounding", arguments: QuantOracle.dtypes)
    func float32Product(dtype: DType) throws {
        let oracle = try QuantOracle(dtype)
        for isa in ISA.available {
            let y = try result([1, 7])
            try Compute(threads: 1, isa: isa, activations: .float32)
                .linear(oracle.vector.reshaped([1, 512]), oracle.blocks, into: y)
            #expect(try nmse(y.floats(), oracle.product.floats()) < 1e-11, "\(isa)")
        }
    }

    @Test("products with 8-bit activations stay within their tolerance", arguments: QuantOracle.dtypes)
    func int8Product(dtype: DType) throws {
        let oracle = try QuantOracle(dtype)
        for isa in ISA.available {
            let y = try result([1, 7])
            try Compute(threads: 1, isa: isa, activations: .int8).linear(
                oracle.vector.reshaped([1, 512]), oracle.blocks, into: y)
            #expect(try nmse(y.floats(), oracle.product.floats()) < 1e-3, "\(isa)")
        }
    }
}
