import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("Importance matrices")
struct ImportanceMatrixTests {
    private func weights(_ sums: [Float], count: Float) throws -> Tensor {
        let matrix = ImportanceMatrix(
            entries: ["x": .init(sums: sums, counts: [count])], datasets: [], chunkCount: 1, chunkLength: 1)
        return try #require(try matrix.weights(of: "x", matrix: 0, columnCount: sums.count))
    }

    @Test("only the proportions of the columns matter, however large or small their sums are")
    func proportions() throws {
        let sums = (0..<256).map { Float($0 * 7 % 13) / 2 }
        let row = try Tensor((0..<256).map { Float($0 * 37 % 64 - 31) / 16 }, shape: [1, 256])
        let plain = try weights(sums, count: 4)
        #expect(try plain.floats() == sums.map { $0 / 4 })
        for exponent in [-120, -50, 50, 120] {
            let factor = Float(sign: .plus, exponent: exponent, significand: 1)
            let scaled = try weights(sums.map { $0 * factor }, count: 4)
            for dtype in Quantizer.targets {
                #expect(
                    try Quantizer.quantize(row, to: dtype, importance: scaled).content
                        == Quantizer.quantize(row, to: dtype, importance: plain).content, "\(dtype.name), 2^\(exponent)")
            }
        }
    }

    @Test("means that F32 cannot hold, and columns that nothing met, give weights all the same")
    func extremes() throws {
        let large = try weights([.greatestFiniteMagnitude, 0, 1], count: .leastNonzeroMagnitude).floats()
        #expect(large.allSatisfy(\.isFinite) && large[0] >= 1 && large[1] == 0)
        #expect(try weights([0, 0], count: 3).floats() == [0, 0])
    }

    @Test("a matrix that lies in memory is read as a file is")
    func memory() throws {
        // One tensor, the length of its name, its name, calls, columns, sums.
        var bytes: [UInt8] = [1, 0, 0, 0, 1, 0, 0, 0, 120, 2, 0, 0, 0, 1, 0, 0, 0]
        withUnsafeBytes(of: Float(6).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        let storage = try Storage.allocate(byteCount: bytes.count)
        UnsafeMutableRawBufferPointer(start: storage.base, count: storage.byteCount).copyBytes(from: bytes)
        let matrix = try ImportanceMatrix(storage: storage, path: "memory")
        #expect(matrix.entries == ["x": .init(sums: [6], counts: [2])])
    }
}
