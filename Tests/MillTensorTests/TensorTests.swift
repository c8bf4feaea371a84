import MillTensor
import Testing

@Suite("Tensors are checked views")
struct TensorTests {
    @Test(
        "sizes of element types and blocks",
        arguments: [
            (DType.f32, 64, 256), (.f16, 3, 6), (.bool, 5, 5), (.i64, 2, 16), (.q4_0, 64, 36), (.q4_1, 32, 20), (.q5_0, 32, 22),
            (.q5_1, 32, 24), (.q8_0, 96, 102), (.q2_K, 256, 84),
            (.q3_K, 256, 110), (.q4_K, 512, 288), (.q5_K, 256, 176), (.q6_K, 256, 210), (.iq4_nl, 32, 18), (.iq4_xs, 256, 136),
        ])
    func sizes(dtype: DType, elements: Int, bytes: Int) {
        #expect(dtype.byteCount(elementCount: elements) == bytes)
        if dtype.isQuantized { #expect(dtype.byteCount(elementCount: elements - 1) == nil) }
        #expect(dtype.byteCount(elementCount: -dtype.blockSize) == nil)
    }

    @Test("sizes that overflow are none")
    func overflow() {
        #expect(DType.f64.byteCount(elementCount: Int.max / 4) == nil)
        #expect(DType.q4_K.name == "Q4_K")
    }

    @Test("a view must lie inside its storage")
    func bounds() throws {
        let storage = try Storage.allocate(byteCount: 100)
        #expect(try Tensor(storage: storage, dtype: .f32, shape: [5, 5]).byteCount == 100)
        #expect(try Tensor(storage: storage, dtype: .f32, shape: [4, 5], byteOffset: 20).elementCount == 20)
        #expect(throws: TensorError.outOfBounds(byteOffset: 24, byteCount: 80, storageByteCount: 100)) {
            try Tensor(storage: storage, dtype: .f32, shape: [4, 5], byteOffset: 24)
        }
        #expect(throws: TensorError.self) { try Tensor(storage: storage, dtype: .f32, shape: [1], byteOffset: -4) }
        #expect(throws: TensorError.self) { try Tensor(storage: storage, dtype: .f32, shape: [2, 2], strides: [30, 1]) }
        #expect(throws: TensorError.self) { try Tensor(storage: storage, dtype: .f32, shape: [2, 2], strides: [-1, 1]) }
        #expect(throws: TensorError.self) { try Tensor(storage: storage, dtype: .f32, shape: [2, 2], strides: [1]) }
        let error = #expect(throws: TensorError.self) { try Tensor(storage: storage, dtype: .u8, shape: [1], byteOffset: .max) }
        #expect(error?.description.contains("do not lie inside a storage of 100 bytes") == true)
    }

    @Test(
        "shapes whose size overflows are refused",
        arguments: [[Int.max, 2], [1 << 32, 1 << 32], [-1], [2, -3], [0, Int.max, Int.max], [Int.max]])
    func shapes(shape: [Int]) throws {
        let storage = try Storage.allocate(byteCount: 64)
        #expect(throws: TensorError.self) { try Tensor(storage: storage, dtype: .f32, shape: shape) }
        #expect(throws: TensorError.self) { try Tensor.allocate(.f32, shape) }
    }

    @Test("strides of 0 repeat elements, but not beyond what can be counted")
    func repeated() throws {
        let storage = try Storage.allocate(byteCount: 64)
        let row = try Tensor(storage: storage, dtype: .f32, shape: [1000, 16], strides: [0, 1])
        #expect(row.elementCount == 16_000 && !row.isContiguous)
        #expect(throws: TensorError.self) { try Tensor(storage: storage, dtype: .f32, shape: [.max, .max], strides: [0, 0]) }
    }

    @Test("quantized rows are whole blocks")
    func blocks() throws {
        #expect(throws: TensorError.partialBlock(dtype: .q8_0, elementCount: 48)) { try Tensor.allocate(.q8_0, [4, 48]) }
        let tensor = try Tensor.allocate(.q8_0, [4, 64])
        #expect(tensor.byteCount == 4 * 68)
        #expect(try tensor.rows(1..<3).byteOffset == 68)
        #expect(throws: TensorError.self) { try tensor.transposed(0, 1) }
    }

    @Test("rows, shapes and transposed views share the storage")
    func views() throws {
        let tensor = try Tensor((0..<12).map(Float.init), shape: [3, 4])
        let rows = try tensor.rows(1..<3)
        #expect(rows.storage === tensor.storage)
        #expect(try rows.floats() == (4..<12).map(Float.init))
        #expect(try tensor.rows(3..<3).elementCount == 0)
        #expect(throws: TensorError.self) { try tensor.rows(1..<4) }
        #expect(throws: TensorError.self) { try tensor.rows(-1..<2) }
        #expect(try tensor.reshaped([2, 6]).floats() == (0..<12).map(Float.init))
        #expect(throws: TensorError.self) { try tensor.reshaped([5]) }
        let transposed = try tensor.transposed(0, 1)
        #expect(transposed.shape == [4, 3] && transposed.strides == [1, 4] && !transposed.isContiguous)
        #expect(throws: TensorError.notContiguous(operation: "reshape")) { try transposed.reshaped([12]) }
        #expect(throws: TensorError.notContiguous(operation: "copy")) { try transposed.copy() }
        #expect(throws: TensorError.self) { try tensor.transposed(0, 2) }
    }

    @Test("elements are read only as what they are")
    func elements() throws {
        #expect(throws: TensorError.dtypeMismatch(operation: "floats", expected: .f32, actual: .f16)) {
            try Tensor.zeros(.f16, [2]).floats()
        }
        #expect(throws: TensorError.self) { try Tensor([1, 2], shape: [3]) }
        #expect(try Tensor.zeros(.f32, [2]).floats() == [0, 0])
        #expect(try Tensor([], shape: [0]).floats().isEmpty)
    }

    @Test("a copy is counted and independent")
    func copies() throws {
        let tensor = try Tensor([1, 2, 3], shape: [3])
        let before = CopyAccounting.shared.byteCount
        let copy = try tensor.copy()
        #expect(CopyAccounting.shared.byteCount >= before + 12)
        #expect(copy.storage !== tensor.storage)
        #expect(try copy.floats() == [1, 2, 3])
    }
}
