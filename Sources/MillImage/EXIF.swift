/// Finds the orientation tag in a file. Damaged or unusual metadata never makes a picture unreadable: it counts as upright.
enum EXIF {
    static func orientation(in bytes: UnsafeRawBufferPointer, format: ImageFormat) -> Orientation {
        let reader = ByteReader(bytes: bytes[...], isLittleEndian: false)
        let block =
            switch format {
            case .jpeg: blockOfJPEG(reader)
            case .png: blockOfPNG(reader)
            }
        return block.flatMap { orientation(inTIFF: $0) } ?? .upright
    }

    /// The TIFF block of the first APP1 segment that begins with "Exif", before the first scan.
    private static func blockOfJPEG(_ reader: ByteReader) -> Slice<UnsafeRawBufferPointer>? {
        var offset = 2
        while let byte = reader.u8(offset) {
            guard byte == 0xFF, let marker = reader.u8(offset + 1), marker != 0xFF else {
                offset += 1
                continue
            }
            offset += 2
            switch marker {
            case 0x00, 0x01, 0xD0...0xD8: continue
            case 0xD9, 0xDA: return nil
            default: break
            }
            guard let length = reader.u16(offset), length >= 2 else { return nil }
            if marker == 0xE1, length >= 8, let signature = reader.slice(offset + 2, count: 6),
                signature.elementsEqual([0x45, 0x78, 0x69, 0x66, 0, 0])
            {
                return reader.slice(offset + 8, count: length - 8)
            }
            offset += length
        }
        return nil
    }

    /// The content of the chunk `eXIf`, before or after the pixels.
    private static func blockOfPNG(_ reader: ByteReader) -> Slice<UnsafeRawBufferPointer>? {
        var offset = 8
        while let length = reader.u32(offset), let kind = reader.u32(offset + 4) {
            if kind == 0x6558_4966 { return reader.slice(offset + 8, count: length) }
            if kind == 0x4945_4E44 { return nil }
            offset += 12 + length
        }
        return nil
    }

    /// The orientation in the first directory of a TIFF block.
    private static func orientation(inTIFF block: Slice<UnsafeRawBufferPointer>) -> Orientation? {
        let isLittleEndian: Bool
        switch (block.first, block.dropFirst().first) {
        case (0x49, 0x49): isLittleEndian = true
        case (0x4D, 0x4D): isLittleEndian = false
        default: return nil
        }
        let reader = ByteReader(bytes: block, isLittleEndian: isLittleEndian)
        guard reader.u16(2) == 42, let directory = reader.u32(4), let count = reader.u16(directory) else { return nil }
        for entry in 0..<count {
            let offset = directory + 2 + entry * 12
            guard let tag = reader.u16(offset) else { return nil }
            guard tag == 0x0112 else { continue }
            let shortType = 3
            guard reader.u16(offset + 2) == shortType, let value = reader.u16(offset + 8) else { return nil }
            return Orientation(rawValue: value)
        }
        return nil
    }
}

/// Reads numbers at offsets, nil outside the bytes.
private struct ByteReader {
    let bytes: Slice<UnsafeRawBufferPointer>
    let isLittleEndian: Bool

    func slice(_ offset: Int, count: Int) -> Slice<UnsafeRawBufferPointer>? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
        let start = bytes.startIndex + offset
        return bytes[start..<start + count]
    }

    func u8(_ offset: Int) -> Int? { slice(offset, count: 1)?.first.map(Int.init) }
    func u16(_ offset: Int) -> Int? { number(offset, count: 2) }
    func u32(_ offset: Int) -> Int? { number(offset, count: 4) }

    private func number(_ offset: Int, count: Int) -> Int? {
        guard let field = slice(offset, count: count) else { return nil }
        return isLittleEndian
            ? field.reversed().reduce(0) { $0 << 8 | Int($1) }
            : field.reduce(0) { $0 << 8 | Int($1) }
    }
}
