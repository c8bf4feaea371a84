import MillImage
import MillTensor
import MillValue
import Testing

@Suite("EXIF orientation")
struct OrientationTests {
    /// Where the stored pixel (x, y) lies in the upright picture, by the EXIF specification's words.
    private func upright(_ orientation: Orientation, _ x: Int, _ y: Int, _ width: Int, _ height: Int) -> (x: Int, y: Int) {
        switch orientation {
        case .upright: (x, y)
        case .mirrored: (width - 1 - x, y)
        case .upsideDown: (width - 1 - x, height - 1 - y)
        case .flipped: (x, height - 1 - y)
        case .transposed: (y, x)
        case .turnedLeft: (height - 1 - y, x)
        case .transversed: (height - 1 - y, width - 1 - x)
        case .turnedRight: (y, width - 1 - x)
        }
    }

    private func turned(_ stored: [UInt8], _ orientation: Orientation, width: Int, height: Int, channels: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: stored.count)
        let uprightWidth = orientation.swapsSides ? height : width
        for y in 0..<height {
            for x in 0..<width {
                let place = upright(orientation, x, y, width, height)
                for channel in 0..<channels {
                    result[(place.y * uprightWidth + place.x) * channels + channel] = stored[(y * width + x) * channels + channel]
                }
            }
        }
        return result
    }

    @Test("a turned JPEG is the stored one with its pixels moved", arguments: Orientation.allCases)
    func jpeg(orientation: Orientation) throws {
        // More rows than one block, and no whole number of blocks.
        let (width, height) = (45, 37)
        let pixels = TestJPEG.smooth(width: width, height: height)
        let stored = try ImageDecoder.decode(TestJPEG(width: width, height: height, sampling: (2, 2), samples: pixels).encoded())
        for isLittleEndian in [false, true] {
            let exif = TestEXIF.segment(orientation: UInt8(orientation.rawValue), isLittleEndian: isLittleEndian)
            let file = TestJPEG(width: width, height: height, sampling: (2, 2), exif: exif, samples: pixels).encoded()
            let image = try ImageDecoder.decode(file)
            #expect(image.orientation == orientation)
            #expect(image.width == (orientation.swapsSides ? height : width))
            let expected = turned(stored.pixels.samples, orientation, width: width, height: height, channels: 3)
            #expect(image.pixels.samples == expected)
        }
    }

    @Test("a turned PNG keeps its alpha at its pixels, interlaced or not", arguments: Orientation.allCases)
    func png(orientation: Orientation) throws {
        let (width, height) = (11, 7)
        var generator = SeededGenerator(seed: 7)
        for isInterlaced in [false, true] {
            var picture = TestPNG(
                width: width, height: height, colour: .rgba, depth: 8, isInterlaced: isInterlaced,
                samples: (0..<width * height * 4).map { _ in Int.random(in: 0...255, using: &generator) })
            let stored = try ImageDecoder.decode(picture.encoded(), alpha: .keep)
            picture.exif = TestEXIF.tiff(orientation: UInt8(orientation.rawValue), isLittleEndian: isInterlaced)
            let image = try ImageDecoder.decode(picture.encoded(), alpha: .keep)
            let pixels = turned(stored.pixels.samples, orientation, width: width, height: height, channels: 3)
            #expect(image.pixels.samples == pixels)
            let alpha = try #require(stored.alpha)
            #expect(image.alpha?.samples == turned(alpha.samples, orientation, width: width, height: height, channels: 1))
        }
    }

    @Test("damaged or unknown orientation counts as upright")
    func damaged() throws {
        let pixels = TestJPEG.smooth(width: 8, height: 6)
        let whole = TestEXIF.segment(orientation: 6, isLittleEndian: true)
        var variants = [
            TestEXIF.segment(orientation: 9, isLittleEndian: true), TestEXIF.segment(orientation: 0, isLittleEndian: false),
        ]
        // Cut anywhere before the value ends.
        variants += (7..<26).map { Array(whole.prefix($0)) }
        var wrongOrder = whole
        wrongOrder[6] = 0x4D
        // A directory far outside the block.
        var farAway = whole
        farAway.replaceSubrange(10..<14, with: [255, 255, 255, 255])
        variants += [wrongOrder, farAway]
        for exif in variants {
            let image = try ImageDecoder.decode(TestJPEG(width: 8, height: 6, exif: exif, samples: pixels).encoded())
            #expect(image.orientation == .upright)
            #expect(image.pixels.shape == [6, 8, 3])
        }
    }
}
