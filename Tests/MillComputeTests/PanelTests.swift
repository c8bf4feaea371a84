import Glibc
import MillCompute
import MillTensor
import Testing

@Suite("Weights in panels")
struct PanelTests {
    static let types: [DType] = DType.allCases.filter(\.isQuantized)

    /// A matrix in panels of its own.
    private func packed(_ rows: Tensor, on compute: Compute) throws -> WeightPanels {
        let byteCount = try #require(WeightPanels.byteCount(rows.dtype, rows: rows.shape[0], columns: rows.shape[1]))
        let panels = try WeightPanels(
            rows.dtype, rows: rows.shape[0], columns: rows.shape[1], storage: Storage.allocate(byteCount: byteCount))
        try compute.pack(rows, into: panels)
        return panels
    }

    private func bytes(_ tensor: Tensor) -> [UInt8] { Array(writableBytes(tensor)) }

    @Test("rows come out of panels as they went in, of any number and for every type", arguments: types)
    func roundTrip(dtype: DType) throws {
        var random = Random(seed: 31)
        let compute = try Compute(threads: 3)
        for (m, k) in [(1, 256), (15, 512), (16, 256), (17, 768), (101, 1024)] {
            let rows = try random.weight(dtype, [m, k])
            let panels = try packed(rows, on: compute)
            #expect(bytes(try compute.unpack(panels, rows: 0..<m)) == bytes(rows), "[\(m), \(k)]")
            let some = m / 2..<m
            #expect(bytes(try compute.unpack(panels, rows: some)) == bytes(try rows.rows(some).copy()))
        }
    }

    @Test("panels take as many bytes as whole panels of rows do, and are aligned", arguments: types)
    func size(dtype: DType) throws {
        let row = try #require(dtype.byteCount(elementCount: 1024))
        let size = try #require(WeightPanels.byteCount(dtype, rows: 33, columns: 1024))
        #expect(size.isMultiple(of: 64) && (48 * row..<48 * row + 3 * 64).contains(size))
    }

    @Test("weights without columns give the bias", arguments: ISA.available)
    func noColumns(isa: ISA) throws {
        let compute = try Compute(threads: 2, isa: isa)
        var random = Random(seed: 33)
        // Leaves numbers in scratch memory.
        let before = try Tensor.zeros(.f32, [64, 64])
        try compute.linear(try random.tensor([64, 256]), try random.weight(.q8_0, [64, 256]), into: before)
        let y = try random.tensor([64, 48])
        let bias = try random.tensor([48])
        for dtype in [DType.q8_0, .q4_K, .f32, .f16] {
            let weight = try Tensor.zeros(dtype, [48, 0])
            try compute.linear(try Tensor.zeros(.f32, [64, 0]), weight, bias: bias, into: y)
            let expected = try (0..<64).flatMap { _ in try bias.floats() }
            #expect(try y.floats() == expected, "\(dtype)")
        }
    }

    @Test("a part of a matrix is laid out as a matrix of its own")
    func part() throws {
        var random = Random(seed: 32)
        let compute = try Compute(threads: 2)
        let whole = try random.weight(.q6_K, [60, 512])
        let part = try whole.rows(7..<41)
        #expect(bytes(try compute.unpack(packed(part, on: compute), rows: 0..<34)) == bytes(try part.copy()))
    }

    @Test(
        "products with panels have the bits of those with rows, alone and in a group", arguments: ISA.available, types)
    func linear(isa: ISA, dtype: DType) throws {
        var random = Random(seed: 33)
        let k = 768
        for activations in Compute.Activations.allCases {
            let compute = try Compute(threads: 4, isa: isa, activations: activations)
            for n in [1, 3, 23] {
                let x = try random.tensor([n, k], -2...2)
                let matrices = try [37, 16, 5].map { try random.weight(dtype, [$0, k]) }
                let float = try random.tensor([9, k])
                let bias = try random.tensor([16])
                var expected: [[UInt32]] = []
                for (index, matrix) in (matrices + [float]).enumerated() {
                    let y = try result([n, matrix.shape[0]])
                    try compute.linear(x, matrix, bias: index == 1 ? bias : nil, into: y)
                    expected.append(try bits(y))
                }
                let outputs = try (matrices + [float]).map { try result([n, $0.shape[0]]) }
                var group: [LinearOutput] = []
                for (index, matrix) in matrices.enumerated() {
                    let weight = WeightMatrix.panels(try packed(matrix, on: compute))
                    group.append(LinearOutput(weight, bias: index == 1 ? bias : nil, into: outputs[index]))
                }
                try compute.linear(x, group + [LinearOutput(.rows(float), into: outputs[3])])
                #expect(try outputs.map(bits) == expected, "\(activations), \(n) tokens")
            }
        }
    }

    @Test("a table in panels embeds as one in rows", arguments: types)
    func embed(dtype: DType) throws {
        var random = Random(seed: 34)
        let compute = try Compute(threads: 2)
        let table = try random.weight(dtype, [50, 512])
        let ids: [Int32] = [0, 49, 16, 15, 16, 31]
        let (plain, fromPanels) = (try result([6, 512]), try result([6, 512]))
        try compute.embed(ids, table, into: plain)
        try compute.embed(ids, .panels(packed(table, on: compute)), into: fromPanels)
        #expect(try bits(plain) == bits(fromPanels))
        for id: Int32 in [-1, 50] {
            #expect(throws: ComputeError.outOfRange(operation: "embed", argument: "id", value: Int(id), count: 50)) {
                try compute.embed([id], .panels(packed(table, on: compute)), into: result([1, 512]))
            }
        }
    }

    @Test("what does not fit is refused")
    func refusals() throws {
        let compute = try Compute(threads: 1)
        for dtype: DType in [.f32, .f16, .bf16, .i32] {
            #expect(WeightPanels.byteCount(dtype, rows: 16, columns: 256) == nil)
        }
        #expect(WeightPanels.byteCount(.q4_K, rows: 16, columns: 128) == nil)
        #expect(WeightPanels.byteCount(.q4_K, rows: 0, columns: 256) == nil)
        #expect(WeightPanels.byteCount(.q8_0, rows: .max, columns: 256) == nil)
        #expect(WeightPanels.byteCount(.q8_0, rows: 16, columns: .max / 32 * 32) == nil)
        let storage = try Storage.allocate(byteCount: 4352)
        #expect(throws: ComputeError.self) { try WeightPanels(.q8_0, rows: 17, columns: 256, storage: storage) }
        #expect(throws: ComputeError.self) {
            try WeightPanels(.q8_0, rows: 1, columns: 32, storage: storage, byteOffset: 32)
        }
        #expect(throws: ComputeError.self) {
            try WeightPanels(.q8_0, rows: 1, columns: 32, storage: storage, byteOffset: .max)
        }
        let panels = try WeightPanels(.q8_0, rows: 16, columns: 256, storage: storage)
        let rows = try Tensor.zeros(.q8_0, [16, 256])
        #expect(throws: ComputeError.self) { try compute.pack(Tensor.zeros(.q8_0, [15, 256]), into: panels) }
        #expect(throws: ComputeError.self) { try compute.pack(Tensor.zeros(.q4_0, [16, 256]), into: panels) }
        let mapped = try WeightPanels(.q8_0, rows: 1, columns: 32, storage: Storage.map(path: "/proc/self/exe"))
        #expect(throws: ComputeError.notWritable(operation: "pack", argument: "panels")) {
            try compute.pack(Tensor.zeros(.q8_0, [1, 32]), into: mapped)
        }
        try compute.pack(rows, into: panels)
        #expect(throws: ComputeError.self) { try compute.unpack(panels, rows: 10..<17) }
        let error = ComputeError.shapeMismatch(operation: "linear", argument: "weight", expected: [16, 32], actual: [16, 256])
        #expect(throws: error) { try compute.linear(Tensor.zeros(.f32, [2, 32]), .panels(panels), into: result([2, 16])) }
    }
}

@Suite("Content hashes")
struct ContentHashTests {
    @Test(
        "SHA-256 gives the digests of FIPS 180-4's examples, with the processor's instructions and without",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func vectors(text: String, digest: String) throws {
        for plain in [false, true] { #expect(ContentHash(of: Array(text.utf8), plain: plain).hex == digest) }
        #expect(ContentHash(hex: digest) == ContentHash(of: Array(text.utf8)))
    }

    @Test("both ways agree for every length around the block size")
    func lengths() {
        for count in 0..<300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(ContentHash(of: bytes) == ContentHash(of: bytes, plain: true), "\(count)")
        }
    }

    @Test("what is no digest is refused")
    func hex() {
        let digits = String(repeating: "0", count: 64)
        for text in ["", "00", digits + "0", digits.dropLast() + "g", digits.dropLast() + "A", "+" + digits.dropLast()] {
            #expect(ContentHash(hex: text) == nil, "\(text)")
        }
    }

    @Test("a storage's hash depends on every byte and on the length, and not on the threads")
    func storage() throws {
        func storage(_ count: Int, changed: Int? = nil) throws -> Storage {
            let tensor = try Tensor.zeros(.u8, [count])
            if let changed { writableBytes(tensor)[changed] = 1 }
            return tensor.storage
        }
        let (single, many) = (try Compute(threads: 1), try Compute(threads: 4))
        let size = (2 << 20) + 17
        let hash = single.contentHash(of: try storage(size))
        #expect(many.contentHash(of: try storage(size)) == hash)
        var others = [single.contentHash(of: try storage(size - 1)), single.contentHash(of: try storage(0))]
        for index in [0, 1 << 20, size - 1] { others.append(many.contentHash(of: try storage(size, changed: index))) }
        #expect(Set(others + [hash]).count == 6)
    }
}
