import MillImage

/// The resolution that a picture file states.
package enum PictureResolution {
    /// Pixels per inch across and down as stored; nil if the file states none that can be meant.
    package static func of(_ bytes: UnsafeRawBufferPointer, format: ImageFormat) -> (x: Double, y: Double)? {
        let found: (x: Double, y: Double)? =
            switch format {
            case .png: physicalSize(bytes)
            case .jpeg: density(bytes)
            }
        guard let found, (50.0...2400).contains(found.x), (50.0...2400).contains(found.y) else { return nil }
        return found
    }

    /// The chunk `pHYs` before the pixels: pixels per metre.
    private static func physicalSize(_ bytes: UnsafeRawBufferPointer) -> (x: Double, y: Double)? {
        var offset = 8
        while let length = number(bytes, offset, 4), let kind = number(bytes, offset + 4, 4) {
            if kind == 0x7048_5973 {
                guard length == 9, let x = number(bytes, offset + 8, 4), let y = number(bytes, offset + 12, 4),
                    number(bytes, offset + 16, 1) == 1
                else { return nil }
                return (Double(x) * 0.0254, Double(y) * 0.0254)
            }
            if kind == 0x4944_4154 { return nil }
            offset += 12 + length
        }
        return nil
    }

    /// The JFIF segment, which comes first.
    private static func density(_ bytes: UnsafeRawBufferPointer) -> (x: Double, y: Double)? {
        guard number(bytes, 2, 2) == 0xFFE0, number(bytes, 6, 4) == 0x4A46_4946, let unit = number(bytes, 13, 1),
            let x = number(bytes, 14, 2), let y = number(bytes, 16, 2)
        else { return nil }
        switch unit {
        case 1: return (Double(x), Double(y))
        case 2: return (Double(x) * 2.54, Double(y) * 2.54)
        default: return nil
        }
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int, _ count: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - count else { return nil }
        return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
