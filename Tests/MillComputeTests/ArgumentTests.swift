import MillCompute
import MillTensor
import Testing

@Suite("Arguments that do not fit are refused")
struct ArgumentTests {
    private let compute: Compute

    init() throws { compute = try Compute(threads: 1) }

    @Test("linear names the argument and both shapes")
    func linear() throws {
        let (x, w) = (try Tensor.zeros(.f32, [2, 32]), try Tensor.zeros(.q8_0, [3, 64]))
        let error = ComputeError.shapeMismatch(operation: "linear", argument: "weight", expected: [3, 32], actual: [3, 64])
        #expect(throws: error) { try compute.linear(x, w, into: Tensor.zeros(.f32, [2, 3])) }
        #expect(error.description == "linear: weight has shape [3, 64], expected [3, 32]")
        let fitting = try Tensor.zeros(.q8_0, [3, 32])
        #expect(throws: ComputeError.shapeMismatch(operation: "linear", argument: "y", expected: [2, 3], actual: [2, 4])) {
            try compute.linear(x, fitting, into: Tensor.zeros(.f32, [2, 4]))
        }
        #expect(throws: ComputeError.dtypeMismatch(operation: "linear", argument: "y", expected: .f32, actual: .f16)) {
            try compute.linear(x, fitting, into: Tensor.zeros(.f16, [2, 3]))
        }
        #expect(throws: ComputeError.unsupportedType(operation: "linear", argument: "weight", dtype: .i32)) {
            try compute.linear(x, Tensor.zeros(.i32, [3, 32]), into: Tensor.zeros(.f32, [2, 3]))
        }
    }

    @Test("embed refuses ids outside the table")
    func embed() throws {
        let table = try Tensor.zeros(.f32, [4, 8])
        for id: Int32 in [-1, 4] {
            #expect(throws: ComputeError.outOfRange(operation: "embed", argument: "id", value: Int(id), count: 4)) {
                try compute.embed([0, id], table, into: Tensor.zeros(.f32, [2, 8]))
            }
        }
    }

    @Test("attention refuses heads that do not divide, and negative offsets")
    func attention() throws {
        let q = try Tensor.zeros(.f32, [1, 4, 8])
        let three = try Tensor.zeros(.f32, [2, 3, 8])
        #expect(throws: ComputeError.self) {
            try compute.attention(q: q, k: three, v: three, mask: .none, scale: 1, into: Tensor.zeros(.f32, [1, 4, 8]))
        }
        let two = try Tensor.zeros(.f32, [2, 2, 8])
        #expect(throws: ComputeError.self) {
            try compute.attention(q: q, k: two, v: two, mask: .causal(offset: -1), scale: 1, into: Tensor.zeros(.f32, [1, 4, 8]))
        }
    }

    @Test("convolution refuses kernels greater than the padded picture and strides below one")
    func convolution() throws {
        #expect(try Compute.convolutionSize(160, kernel: 3, stride: 2, padding: 1) == 80)
        #expect(throws: ComputeError.self) { try Compute.convolutionSize(2, kernel: 5, stride: 1, padding: 1) }
        #expect(throws: ComputeError.self) { try Compute.convolutionSize(8, kernel: 3, stride: 0, padding: 1) }
        #expect(throws: ComputeError.self) { try Compute.convolutionSize(8, kernel: 3, stride: 1, padding: -1) }
    }

    @Test("a rotary embedding longer than the head is refused")
    func rope() throws {
        let frequencies = try Tensor.zeros(.f32, [5])
        #expect(throws: ComputeError.self) {
            try compute.rope(Tensor.zeros(.f32, [1, 1, 8]), positions: [0], frequencies: frequencies, layout: .halves)
        }
    }

    @Test("an instruction set of another architecture is refused with those that are there")
    func isa() throws {
        let missing = try #require(ISA.allCases.first { !$0.isAvailable })
        #expect(throws: ComputeError.isaUnavailable(requested: missing.rawValue, available: ISA.available.map(\.rawValue))) {
            _ = try Compute(isa: missing)
        }
    }
}
