import MillProcess

/// A page as grey pixels, 0 black to 255 white, in rows from the top without gaps.
package struct GrayPicture: Sendable {
    let storage: SecretBytes
    /// Where the pixels begin in the storage.
    let offset: Int
    package let width: Int
    package let height: Int
    /// Pixels per inch of the page.
    package let dpi: Double

    /// A picture whose pixels are still to be written.
    package init(width: Int, height: Int, dpi: Double) throws(DocumentError) {
        let storage = try DocumentError.wrapping { () throws(ProgramError) in try SecretBytes(count: width * height) }
        self.init(storage: storage, offset: 0, width: width, height: height, dpi: dpi)
    }

    init(storage: SecretBytes, offset: Int, width: Int, height: Int, dpi: Double) {
        self.storage = storage
        self.offset = offset
        self.width = width
        self.height = height
        self.dpi = dpi
    }

    /// Points per pixel.
    var scale: Double { 72 / dpi }

    package func withPixels<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(storage) {} }
        let start = storage.base.map { UnsafePointer(($0 + offset).assumingMemoryBound(to: UInt8.self)) }
        return try body(UnsafeBufferPointer(start: start, count: width * height))
    }

    /// For whoever made the picture and has not handed it on.
    package func withMutablePixels<Result>(_ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(storage) {} }
        let start = storage.base.map { ($0 + offset).assumingMemoryBound(to: UInt8.self) }
        return try body(UnsafeMutableBufferPointer(start: start, count: width * height))
    }

    /// The columns and rows that a box touches, as far as they are in the picture.
    ///
    /// - Parameters:
    ///   - box: in pixels.
    ///   - margin: in pixels, on every side.
    func range(of box: PageBox, margin: Double = 0) -> (columns: Range<Int>, rows: Range<Int>) {
        func range(_ low: Double, _ high: Double, _ count: Int) -> Range<Int> {
            let start = Int(min(max(low - margin, 0), Double(count)))
            return start..<max(start, Int(min(max((high + margin).rounded(.up), 0), Double(count))))
        }
        return (range(box.left, box.right, width), range(box.top, box.bottom, height))
    }

    /// The same pixels in memory of its own, to be changed.
    func copied() throws(DocumentError) -> GrayPicture {
        let result = try GrayPicture(width: width, height: height, dpi: dpi)
        withPixels { source in result.withMutablePixels { _ = $0.update(fromContentsOf: source) } }
        return result
    }

    /// Columns as rows.
    func transposed() throws(DocumentError) -> GrayPicture {
        let result = try GrayPicture(width: height, height: width, dpi: dpi)
        withPixels { source in
            result.withMutablePixels { target in
                // Squares that fit into the first cache.
                let side = 64
                for top in stride(from: 0, to: height, by: side) {
                    for left in stride(from: 0, to: width, by: side) {
                        for y in top..<min(top + side, height) {
                            for x in left..<min(left + side, width) { target[x * height + y] = source[y * width + x] }
                        }
                    }
                }
            }
        }
        return result
    }

    /// The pictures in a stream of binary PGM files with 8 bits per pixel, such as `pdftoppm -gray` writes; nil for anything
    /// else.
    package static func readPGM(_ storage: SecretBytes, dpi: Double) -> [GrayPicture]? {
        let bytes = storage.bytes
        var pictures: [GrayPicture] = []
        var position = 0
        func number() -> Int? {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
            var value: Int?
            while position < bytes.count, (0x30...0x39).contains(bytes[position]), (value ?? 0) < 1 << 24 {
                value = (value ?? 0) * 10 + Int(bytes[position] - 0x30)
                position += 1
            }
            return value
        }
        while position < bytes.count {
            guard bytes[position...].starts(with: [UInt8(ascii: "P"), UInt8(ascii: "5")]) else { return nil }
            position += 2
            guard let width = number(), let height = number(), number() == 255, width > 0, height > 0 else { return nil }
            position += 1
            guard width * height <= bytes.count - position else { return nil }
            pictures.append(GrayPicture(storage: storage, offset: position, width: width, height: height, dpi: dpi))
            position += width * height
        }
        return pictures
    }
}
