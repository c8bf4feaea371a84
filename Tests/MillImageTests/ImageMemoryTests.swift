import MillImage
import MillTensor
import Testing

@Suite("no hidden copies", .serialized)
struct ImageMemoryTests {
    @Test("decoding and preprocessing copy no tensor, and a loop over frames of one size reuses its buffers")
    func pool() throws {
        let pixels = TestJPEG.smooth(width: 160, height: 120)
        let exif = TestEXIF.segment(orientation: 6, isLittleEndian: true)
        let file = TestJPEG(width: 160, height: 120, sampling: (2, 2), exif: exif, samples: pixels).encoded()
        let pool = StoragePool(byteLimit: 16 << 20)
        let processor = Preprocessor(width: 64, height: 64, layout: .patches(side: 16, order: .channelsLast))
        let before = CopyAccounting.shared.byteCount
        for _ in 0..<10 {
            let image = try ImageDecoder.decode(file, pool: pool)
            #expect(try processor(image.pixels, pool: pool).shape == [16, 768])
        }
        #expect(CopyAccounting.shared.byteCount == before)
        // One buffer of pixels and one of values, however many frames.
        #expect(pool.statistics.allocationCount == 2)
        #expect(pool.statistics.reuseCount == 18)
    }

    @Test("rows are written to the tensor's own storage, which a view shares")
    func views() throws {
        let pixels = TestJPEG.smooth(width: 32, height: 24)
        let image = try ImageDecoder.decode(TestJPEG(width: 32, height: 24, samples: pixels).encoded())
        #expect(image.pixels.storage.byteCount == 32 * 24 * 3)
        #expect(try image.pixels.rows(4..<9).storage === image.pixels.storage)
    }
}
