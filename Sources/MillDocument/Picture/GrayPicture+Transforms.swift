import Glibc
import MillProcess

extension GrayPicture {
    /// The mean of squares of pixels.
    package func reduced(by factor: Int) throws(DocumentError) -> GrayPicture {
        guard factor > 1 else { return self }
        let (columns, rows) = (max(width / factor, 1), max(height / factor, 1))
        let result = try GrayPicture(width: columns, height: rows, dpi: dpi / Double(factor))
        withPixels { source in
            result.withMutablePixels { target in
                var sums = [UInt32](repeating: 0, count: columns)
                let area = UInt32(factor * factor)
                for row in 0..<rows {
                    for column in 0..<columns { sums[column] = 0 }
                    for y in row * factor..<min((row + 1) * factor, height) {
                        let start = y * width
                        for column in 0..<columns {
                            for x in column * factor..<min((column + 1) * factor, width) {
                                sums[column] += UInt32(source[start + x])
                            }
                        }
                    }
                    for column in 0..<columns { target[row * columns + column] = UInt8(min(sums[column] / area, 255)) }
                }
            }
        }
        return result
    }

    /// Turned clockwise by 90, 180 or 270 degrees.
    package func turned(by degrees: Int) throws(DocumentError) -> GrayPicture {
        guard degrees != 0 else { return self }
        let swaps = degrees != 180
        let result = try GrayPicture(width: swaps ? height : width, height: swaps ? width : height, dpi: dpi)
        let (width, height) = (width, height)
        withPixels { source in
            result.withMutablePixels { target in
                if degrees == 180 {
                    let last = width * height - 1
                    for index in 0...max(last, 0) { target[last - index] = source[index] }
                    return
                }
                let side = 64
                for top in stride(from: 0, to: height, by: side) {
                    for left in stride(from: 0, to: width, by: side) {
                        for y in top..<min(top + side, height) {
                            for x in left..<min(left + side, width) {
                                let (row, column) = degrees == 90 ? (x, height - 1 - y) : (width - 1 - x, y)
                                target[row * height + column] = source[y * width + x]
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Turned anticlockwise about its middle by a small angle in degrees; what comes from outside is `paper`.
    package func straightened(by angle: Double, paper: UInt8) throws(DocumentError) -> GrayPicture {
        guard angle != 0 else { return self }
        let result = try GrayPicture(width: width, height: height, dpi: dpi)
        let rotation = Rotation(angle: angle, width: width, height: height)
        let (width, height) = (width, height)
        // Fixed-point numbers with 16 bits behind the point.
        let one = 65536.0
        let (stepX, stepY) = (Int((rotation.cosine * one).rounded()), Int((rotation.sine * one).rounded()))
        withPixels { source in
            result.withMutablePixels { target in
                for y in 0..<height {
                    let start = rotation.original(x: 0, y: Double(y))
                    var (x16, y16) = (Int((start.x * one).rounded()), Int((start.y * one).rounded()))
                    for x in 0..<width {
                        let (left, top) = (x16 >> 16, y16 >> 16)
                        if left >= 0, top >= 0, left < width - 1, top < height - 1 {
                            let (right, down) = ((x16 & 0xFFFF) >> 8, (y16 & 0xFFFF) >> 8)
                            let index = top * width + left
                            let upper = Int(source[index]) * (256 - right) + Int(source[index + 1]) * right
                            let lower = Int(source[index + width]) * (256 - right) + Int(source[index + width + 1]) * right
                            target[y * width + x] = UInt8(truncatingIfNeeded: (upper * (256 - down) + lower * down + 32768) >> 16)
                        } else {
                            target[y * width + x] = paper
                        }
                        x16 += stepX
                        y16 += stepY
                    }
                }
            }
        }
        return result
    }

    /// The same pixels as a BMP file with 256 greys that confined programs can read; its rows begin at the bottom and end at
    /// multiples of four bytes. Programs built on Leptonica read PGM files byte by byte, which takes them a tenth of their time.
    package func asBMP() throws(DocumentError) -> SecretBytes {
        let stride = (width + 3) & ~3
        let offset = 14 + 40 + 4 * 256
        func bytes(_ values: [Int], width: Int) -> [UInt8] {
            values.flatMap { value in (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        }
        var header = Array("BM".utf8) + bytes([offset + stride * height, 0, offset], width: 4)
        header += bytes([40, width, height], width: 4) + bytes([1, 8], width: 2)
        header += bytes([0, stride * height, 0, 0, 256, 256], width: 4)
        header += bytes((0...255).map { $0 * 0x01_01_01 }, width: 4)
        let file = try SecretBytes(documentOf: offset + stride * height)
        header.withUnsafeBytes { file.fill($0) }
        withPixels { pixels in
            guard let base = file.base, let start = pixels.baseAddress else { return }
            for y in 0..<height { memcpy(base + offset + (height - 1 - y) * stride, start + y * width, width) }
        }
        return file
    }

    /// A white picture with what stands in some boxes, in pixels.
    func showing(_ boxes: [PageBox]) throws(DocumentError) -> GrayPicture {
        let result = try GrayPicture(width: width, height: height, dpi: dpi)
        withPixels { source in
            result.withMutablePixels { target in
                target.update(repeating: 255)
                for box in boxes {
                    let (columns, rows) = range(of: box, margin: 4)
                    for y in rows { for x in columns { target[y * width + x] = source[y * width + x] } }
                }
            }
        }
        return result
    }

    /// The rows of some ranges below each other, with white between them.
    func bands(_ ranges: [Range<Int>], of columns: Range<Int>, gap: Int) throws(DocumentError) -> GrayPicture {
        let rows = ranges.reduce(gap) { $0 + $1.count + gap }
        let result = try GrayPicture(width: columns.count, height: rows, dpi: dpi)
        withPixels { source in
            result.withMutablePixels { target in
                target.update(repeating: 255)
                var row = gap
                for range in ranges {
                    for y in range {
                        let start = y * width + columns.lowerBound
                        for x in 0..<columns.count { target[row * columns.count + x] = source[start + x] }
                        row += 1
                    }
                    row += gap
                }
            }
        }
        return result
    }
}

/// A turn about the middle of a picture, clockwise from the straightened picture to the original one.
struct Rotation: Sendable, Hashable {
    let cosine: Double
    let sine: Double
    let middleX: Double
    let middleY: Double

    init(angle: Double, width: Int, height: Int) {
        cosine = cos(angle * .pi / 180)
        sine = sin(angle * .pi / 180)
        middleX = Double(width) / 2
        middleY = Double(height) / 2
    }

    /// Where a point of the straightened picture is in the original.
    func original(x: Double, y: Double) -> (x: Double, y: Double) {
        let (dx, dy) = (x - middleX, y - middleY)
        return (middleX + dx * cosine - dy * sine, middleY + dx * sine + dy * cosine)
    }

    /// Where a box is in the original: about the place of its middle, as large as before.
    func original(_ box: PageBox) -> PageBox {
        let middle = original(x: box.middleX, y: box.middleY)
        let (dx, dy) = (middle.x - box.middleX, middle.y - box.middleY)
        return PageBox(left: box.left + dx, top: box.top + dy, right: box.right + dx, bottom: box.bottom + dy)
    }
}
