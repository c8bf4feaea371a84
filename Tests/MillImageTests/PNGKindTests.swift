import MillImage
import MillTensor
import MillValue
import Testing

@Suite("every kind of PNG")
struct PNGKindTests {
    /// A picture with every sample random; palette indices stay within the palette.
    private func picture(_ colour: TestPNG.Colour, depth: Int, isInterlaced: Bool, seed: UInt64) -> TestPNG {
        var generator = SeededGenerator(seed: seed)
        let (width, height) = (19, 13)
        let palette = (0..<min(1 << depth, 200)).map { _ in
            (0..<3).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        let maximum = colour == .palette ? palette.count - 1 : (1 << depth) - 1
        let samples = (0..<width * height * colour.channelCount).map { _ in Int.random(in: 0...maximum, using: &generator) }
        return TestPNG(
            width: width, height: height, colour: colour, depth: depth, isInterlaced: isInterlaced,
            palette: colour == .palette ? palette : [], samples: samples)
    }

    /// A sample of `depth` bits at 8 bits: scaled up, or its high byte.
    private func eightBits(_ sample: Int, depth: Int) -> UInt8 {
        depth == 16 ? UInt8(sample >> 8) : UInt8(sample * 255 / ((1 << depth) - 1))
    }

    private func expected(_ picture: TestPNG) -> (pixels: [UInt8], alpha: [UInt8]?) {
        var pixels: [UInt8] = []
        var alpha: [UInt8] = []
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let values = (0..<picture.colour.channelCount).map { picture.sample(x, y, $0) }
                let samples = values.map { eightBits($0, depth: picture.depth) }
                switch picture.colour {
                case .grey: pixels += [samples[0], samples[0], samples[0]]
                case .rgb: pixels += samples
                case .palette: pixels += picture.palette[values[0]]
                case .greyAlpha: pixels += [samples[0], samples[0], samples[0]]
                case .rgba: pixels += samples[0..<3]
                }
                switch picture.colour {
                case .greyAlpha, .rgba: alpha.append(samples[samples.count - 1])
                case .palette where !picture.transparency.isEmpty:
                    alpha.append(values[0] < picture.transparency.count ? picture.transparency[values[0]] : 255)
                case _ where !picture.transparency.isEmpty:
                    let key = stride(from: 0, to: picture.transparency.count, by: 2).map {
                        Int(picture.transparency[$0]) << 8 | Int(picture.transparency[$0 + 1])
                    }
                    alpha.append(values == key ? 0 : 255)
                default: break
                }
            }
        }
        return (pixels, alpha.isEmpty ? nil : alpha)
    }

    private func check(_ picture: TestPNG) throws {
        let image = try ImageDecoder.decode(picture.encoded(), alpha: .keep)
        let (pixels, alpha) = expected(picture)
        let name = "\(picture.colour) \(picture.depth) bit, interlaced: \(picture.isInterlaced)"
        #expect(image.pixels.samples == pixels, "\(name)")
        #expect(image.alpha?.samples == alpha, "\(name)")
    }

    @Test("all colour types at all depths, with and without interlacing", arguments: TestPNG.Colour.allCases)
    func kinds(colour: TestPNG.Colour) throws {
        for depth in colour.depths {
            for isInterlaced in [false, true] {
                try check(picture(colour, depth: depth, isInterlaced: isInterlaced, seed: UInt64(depth)))
            }
        }
    }

    @Test("a transparent palette entry, grey value or colour becomes alpha")
    func transparency() throws {
        for isInterlaced in [false, true] {
            var palette = picture(.palette, depth: 4, isInterlaced: isInterlaced, seed: 1)
            palette.transparency = [0, 128, 255, 3]
            try check(palette)
            var grey = picture(.grey, depth: 2, isInterlaced: isInterlaced, seed: 2)
            grey.transparency = [0, 2]
            try check(grey)
            var deep = picture(.rgb, depth: 16, isInterlaced: isInterlaced, seed: 3)
            deep.transparency = (0..<3).flatMap { [UInt8(deep.sample(4, 5, $0) >> 8), UInt8(deep.sample(4, 5, $0) & 255)] }
            try check(deep)
        }
    }

    @Test("transparency is composited over the colour that was asked for, rounded to the nearest level")
    func compositing() throws {
        let picture = picture(.rgba, depth: 8, isInterlaced: false, seed: 4)
        let image = try ImageDecoder.decode(picture.encoded(), alpha: .composite(over: SIMD3(10, 200, 0)))
        let background = [10, 200, 0]
        var samples: [UInt8] = []
        for pixel in 0..<picture.width * picture.height {
            let opacity = picture.samples[pixel * 4 + 3]
            for channel in 0..<3 {
                let mixed = Double(picture.samples[pixel * 4 + channel] * opacity + background[channel] * (255 - opacity)) / 255
                samples.append(UInt8(mixed.rounded()))
            }
        }
        #expect(image.pixels.samples == samples)
        #expect(image.alpha == nil)
    }
}
