import MillImage
import MillTensor
import MillTestSupport
import MillValue
import Testing

@Suite("malformed and hostile pictures")
struct MalformedImageTests {
    @Test("every malformed file is refused with a reason, every odd but valid one is accepted")
    func oracle() throws {
        let folder = try Oracles.path("malformed")
        let cases = try JSON.parse(bytes: try Oracles.bytes("\(folder)/cases.json"))
        let rows = (cases.list ?? cases["cases"]?.list ?? []).filter { $0["kind"]?.string == "image" }
        #expect(rows.count >= 14)
        for row in rows {
            let file = row["file"]?.string ?? ""
            let bytes = try Oracles.bytes("\(folder)/\(file)")
            if row["expect"]?.string == "accept" {
                #expect(throws: Never.self, "\(file)") { try ImageDecoder.decode(bytes) }
            } else {
                let error = #expect(throws: ImageError.self, "\(file)") { try ImageDecoder.decode(bytes) }
                #expect((error?.description.count ?? 0) > 30, "\(file)")
            }
        }
    }

    @Test("a file cut anywhere is refused, and with tolerance gives the rows it had")
    func truncation() throws {
        let pixels = TestJPEG.smooth(width: 64, height: 48)
        let files = [
            TestJPEG(width: 64, height: 48, sampling: (2, 2), samples: pixels).encoded(),
            TestJPEG(width: 64, height: 48, isProgressive: true, samples: pixels).encoded(),
            TestPNG(width: 64, height: 48, colour: .rgb, depth: 8, samples: pixels.map(Int.init)).encoded(),
            TestPNG(width: 64, height: 48, colour: .rgb, depth: 8, isInterlaced: true, samples: pixels.map(Int.init)).encoded(),
        ]
        for file in files {
            for count in stride(from: 0, to: file.count - 12, by: max(1, file.count / 97)) {
                let cut = Array(file.prefix(count))
                #expect(throws: ImageError.self) { try ImageDecoder.decode(cut) }
                // Whatever the outcome, it must be an error or a picture of the right size.
                if let image = try? ImageDecoder.decode(cut, toleratesDamage: true) {
                    #expect(image.pixels.shape == [48, 64, 3])
                    #expect(image.damage != nil)
                }
            }
        }
        let scan = try #require(files[0].indices.first { files[0][$0] == 0xFF && files[0][$0 + 1] == 0xDA })
        let half = Array(files[0].prefix((scan + files[0].count) / 2))
        let image = try ImageDecoder.decode(half, toleratesDamage: true)
        let first = try image.pixels.rows(0..<8)
        let difference = try Difference(first, try Tensor.samples(Array(pixels.prefix(8 * 64 * 3)), shape: [8, 64, 3]))
        #expect(difference.maximum <= 8)
    }

    @Test("a truncated picture's message says where it ends and what to do")
    func truncationMessage() throws {
        let pixels = TestJPEG.smooth(width: 64, height: 48)
        let file = TestJPEG(width: 64, height: 48, samples: pixels).encoded()
        #expect {
            try ImageDecoder.decode(Array(file.prefix(file.count / 2 + 300)))
        } throws: { error in
            guard case .damaged(.jpeg, let reason, let offset, let rows) = error as? ImageError else { return false }
            return reason == "Premature end of JPEG file" && offset > 300 && rows < 48 && "\(error)".hasSuffix("fetch it again")
        }
    }

    @Test("dimensions beyond the limits are refused before any memory is taken for pixels")
    func limits() throws {
        let pool = StoragePool(byteLimit: 1 << 20)
        var file = TestPNG(width: 4, height: 4, colour: .grey, depth: 1, samples: [Int](repeating: 0, count: 16))
        file.samples = [Int](repeating: 0, count: 40_000)
        (file.width, file.height) = (200, 200)
        #expect(throws: ImageError.tooManyPixels(format: .png, width: 200, height: 200, limit: 39_999)) {
            try ImageDecoder.decode(file.encoded(), limits: ImageLimits(pixelCount: 39_999), pool: pool)
        }
        #expect(throws: ImageError.sideTooLong(format: .png, width: 200, height: 200, limit: 199)) {
            try ImageDecoder.decode(file.encoded(), limits: ImageLimits(side: 199), pool: pool)
        }
        #expect(throws: ImageError.fileTooLarge(byteCount: file.encoded().count, limit: 100)) {
            try ImageDecoder.decode(file.encoded(), limits: ImageLimits(fileByteCount: 100), pool: pool)
        }
        #expect(pool.statistics.allocationCount == 0)
    }

    @Test("a few bytes that declare a huge picture are refused by their size alone")
    func bombs() throws {
        let pool = StoragePool(byteLimit: 1 << 20)
        var png = TestPNG(width: 1, height: 1, colour: .rgba, depth: 16, samples: [0, 0, 0, 0]).encoded()
        let header = TestPNG.bigEndian(8000) + TestPNG.bigEndian(8000) + png[24..<29]
        png.replaceSubrange(8..<33, with: TestPNG.chunk("IHDR", header))
        #expect {
            try ImageDecoder.decode(png, pool: pool)
        } throws: { error in
            guard case .tooFewBytes(.png, 8000, 8000, _, _) = error as? ImageError else { return false }
            return true
        }
        var jpeg = TestJPEG(width: 16, height: 16, samples: TestJPEG.smooth(width: 16, height: 16)).encoded()
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0x1F, 0x40, 0x1F, 0x40])
        #expect {
            try ImageDecoder.decode(jpeg, pool: pool)
        } throws: { error in
            guard case .tooFewBytes(.jpeg, 8000, 8000, _, let needed) = error as? ImageError else { return false }
            return needed == 125_000
        }
        #expect(pool.statistics.allocationCount == 0)
    }

    @Test("a JPEG with hundreds of scans is refused")
    func scans() throws {
        let pixels = TestJPEG.smooth(width: 16, height: 16)
        let file = TestJPEG(width: 16, height: 16, isProgressive: true, samples: pixels).encoded()
        // The last scan again and again.
        let last = try #require(file.indices.dropLast().last { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
        let scan = Array(file[last..<file.count - 2])
        let scans = [[UInt8]](repeating: scan, count: 200)
        let bomb = Array(file[..<(file.count - 2)]) + Array(scans.joined()) + [0xFF, 0xD9]
        #expect(throws: ImageError.self) { try ImageDecoder.decode(bomb) }
        #expect(throws: ImageError.self) { try ImageDecoder.decode(bomb, toleratesDamage: true) }
    }

    @Test("the content decides about the format, and other content is named by its first bytes")
    func format() throws {
        #expect(throws: ImageError.unknownFormat(firstBytes: [])) { try ImageDecoder.decode([]) }
        #expect {
            try ImageDecoder.decode(Array("GIF89a and more".utf8))
        } throws: { error in
            "\(error)" == "not a picture that can be read: it begins with 47 49 46 38 39 61 20 61; convert it to JPEG or PNG"
        }
        let floats = try Tensor.zeros(.f32, [4])
        #expect(throws: ImageError.notBytes(dtype: .f32, shape: [4])) { try ImageDecoder.decode(floats) }
    }
}
