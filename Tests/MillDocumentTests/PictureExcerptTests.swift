import MillDocument
import MillProcess
import Testing

@Suite("Parts of a page's picture that are read alone")
struct PictureExcerptTests {
    private func ink(_ picture: GrayPicture) -> PageBox? {
        picture.withPixels { pixels in
            let dark = pixels.indices.filter { pixels[$0] < 128 }
            let columns = dark.map { $0 % picture.width }
            guard let first = dark.first, let last = dark.last, let left = columns.min(), let right = columns.max() else {
                return nil
            }
            return PageBox(
                left: Double(left), top: Double(first / picture.width), right: Double(right + 1),
                bottom: Double(last / picture.width + 1))
        }
    }

    @Test("what stands far apart stands close together, alone, and finds back to its place")
    func places() throws {
        let stamps = [(300, 20, 30, 10), (60, 400, 20, 8), (100, 404, 20, 8), (350, 900, 25, 12)]
        let page = try picture(width: 600, height: 1000, black: stamps + [(400, 400, 50, 50)])
        let boxes = stamps.map {
            PageBox(left: Double($0.0), top: Double($0.1), right: Double($0.0 + $0.2), bottom: Double($0.1 + $0.3))
        }
        let excerpt = try PictureExcerpt(of: page, showing: boxes)
        #expect(excerpt.picture.height < 180 && excerpt.picture.width < 400)
        for box in boxes {
            let alone = try PictureExcerpt(of: page, showing: [box])
            #expect(try alone.original(#require(ink(alone.picture))) == box)
        }
        let all = try #require(ink(excerpt.picture))
        let corners = excerpt.original(PageBox(left: all.left, top: all.top, right: all.left + 1, bottom: all.top + 1))
        #expect(corners.left == 60 && corners.top == 20)
        let end = excerpt.original(PageBox(left: all.right - 1, top: all.bottom - 1, right: all.right, bottom: all.bottom))
        #expect(end.right == 375 && end.bottom == 912)
        let count = excerpt.picture.withPixels { $0.count { $0 < 128 } }
        #expect(count == 300 + 160 + 160 + 300)
    }

    @Test("boxes at the edges of the page, and beyond them, are shown as far as they are on it")
    func edges() throws {
        let page = try picture(width: 50, height: 40, black: [(0, 0, 50, 40)])
        let excerpt = try PictureExcerpt(of: page, showing: [PageBox(left: -9, top: -9, right: 900, bottom: 5)])
        #expect(excerpt.picture.width == 50 && excerpt.picture.height <= 40)
        _ = try PictureExcerpt(of: page, showing: [PageBox(left: 90, top: 90, right: 95, bottom: 95)])
    }

    @Test("the bands with most text cut no line of it in two")
    func bands() throws {
        // Lines of strokes, 8 rows high, 14 apart, which 40 rows from anywhere would cut.
        let lines = (0..<12).flatMap { line in (0..<60).map { (20 + 6 * $0, 30 + 14 * line, 2, 8) } }
        let page = try picture(width: 420, height: 260, black: lines)
        let bands = TextBands.densest(page, threshold: 128)
        #expect(bands.count == 2)
        for band in bands {
            for row in [band.lowerBound, band.upperBound] {
                #expect(!(0..<12).contains { (31 + 14 * $0..<38 + 14 * $0).contains(row) })
            }
            #expect(band.count >= 20)
        }
        #expect(bands[0].upperBound <= bands[1].lowerBound)
    }

    @Test("a picture for other programs: 256 greys, rows from the bottom in fours of bytes")
    func file() throws {
        let page = try picture(width: 5, height: 2, black: [(0, 0, 1, 1)], gray: 7)
        let file = try page.asBMP()
        let bytes = withExtendedLifetime(file) { Array(file.bytes) }
        #expect(Array(bytes[..<2]) == Array("BM".utf8) && bytes.count == 1078 + 16)
        #expect(bytes[10] == 0x36 && bytes[11] == 0x04 && bytes[18] == 5 && bytes[22] == 2 && bytes[28] == 8)
        #expect(Array(bytes[54 + 4 * 7..<54 + 4 * 8]) == [7, 7, 7, 0])
        #expect(Array(bytes[1078...]) == [255, 255, 255, 255, 255, 0, 0, 0, 7, 255, 255, 255, 255, 0, 0, 0])
    }
}
