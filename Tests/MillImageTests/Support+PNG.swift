/// Writes PNG files of every kind, uncompressed inside, so that tests know each sample.
struct TestPNG {
    enum Colour: Int, CaseIterable {
        case grey = 0
        case rgb = 2
        case palette = 3
        case greyAlpha = 4
        case rgba = 6

        var channelCount: Int {
            switch self {
            case .grey, .palette: 1
            case .rgb: 3
            case .greyAlpha: 2
            case .rgba: 4
            }
        }

        var depths: [Int] {
            switch self {
            case .grey: [1, 2, 4, 8, 16]
            case .palette: [1, 2, 4, 8]
            default: [8, 16]
            }
        }
    }

    var width: Int
    var height: Int
    var colour: Colour
    var depth: Int
    var isInterlaced = false
    /// RGB entries.
    var palette: [[UInt8]] = []
    /// The content of the chunk `tRNS`.
    var transparency: [UInt8] = []
    /// `height * width * channels` samples.
    var samples: [Int]
    /// The content of the chunk `eXIf`.
    var exif: [UInt8] = []

    func encoded() -> [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let header =
            Self.bigEndian(width) + Self.bigEndian(height) + [UInt8(depth), UInt8(colour.rawValue), 0, 0, isInterlaced ? 1 : 0]
        file += Self.chunk("IHDR", header)
        if !palette.isEmpty { file += Self.chunk("PLTE", palette.flatMap { $0 }) }
        if !transparency.isEmpty { file += Self.chunk("tRNS", transparency) }
        if !exif.isEmpty { file += Self.chunk("eXIf", exif) }
        return file + Self.chunk("IDAT", Self.zlib(rows())) + Self.chunk("IEND", [])
    }

    func sample(_ x: Int, _ y: Int, _ channel: Int) -> Int { samples[(y * width + x) * colour.channelCount + channel] }

    private func rows() -> [UInt8] {
        let passes =
            isInterlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] : [(0, 0, 1, 1)]
        var bytes: [UInt8] = []
        for (firstColumn, firstRow, columnStep, rowStep) in passes where firstColumn < width {
            for y in stride(from: firstRow, to: height, by: rowStep) {
                // Filter type 0: none.
                bytes.append(0)
                var bits = 0
                var bitCount = 0
                for x in stride(from: firstColumn, to: width, by: columnStep) {
                    for channel in 0..<colour.channelCount {
                        bits = bits << depth | sample(x, y, channel)
                        bitCount += depth
                        while bitCount >= 8 {
                            bytes.append(UInt8(truncatingIfNeeded: bits >> (bitCount - 8)))
                            bitCount -= 8
                        }
                        bits &= 0xFFFF
                    }
                }
                if bitCount > 0 { bytes.append(UInt8(truncatingIfNeeded: bits << (8 - bitCount))) }
            }
        }
        return bytes
    }

    static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static func chunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(kind.utf8) + content
        return bigEndian(content.count) + body + bigEndian(Int(crc(body)))
    }

    /// A zlib stream of stored blocks.
    static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let count = min(bytes.count - start, 65_535)
            let isLast: UInt8 = start + count == bytes.count ? 1 : 0
            stream += [isLast, UInt8(count & 255), UInt8(count >> 8), ~UInt8(count & 255), ~UInt8(count >> 8)]
            stream += bytes[start..<start + count]
            start += count
        } while start < bytes.count
        var (low, high) = (1, 0)
        for byte in bytes {
            low = (low + Int(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + bigEndian(high << 16 | low)
    }

    static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
