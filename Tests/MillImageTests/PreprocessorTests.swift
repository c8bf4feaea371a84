import MillImage
import MillTensor
import MillTestSupport
import MillWeights
import Testing

@Suite("a vision model's input")
struct PreprocessorTests {
    /// The processors of `transformers`, in this project's terms.
    private let processors: [String: Preprocessor] = [
        "siglip": Preprocessor(width: 24, height: 24, filter: .bicubic, layout: .chw),
        "vit": Preprocessor(width: 20, height: 20, filter: .bilinear, layout: .chw),
        "glm_edge_v": Preprocessor(
            width: 20, height: 20, filter: .bicubic, aspect: .fit(padding: .zero, position: .topLeft), layout: .chw),
    ]

    @Test("is that of transformers' processors within one U8 step, for siglip, vit and one tile of mllama")
    func oracle() throws {
        let oracle = try ImageOracle()
        var compared = 0
        for picture in oracle.pictures {
            for name in picture.preprocessors {
                guard let processor = processors[name] else { continue }
                let result = try processor(try oracle.modelPixels(picture)).floats()
                let expected = try oracle.expected.tensor("\(picture.stem).\(name)").floats()
                let step = 1 / 255 / processor.deviation[0] + 1e-5
                let difference = zip(result, expected).map { abs($0 - $1) }.max() ?? .infinity
                #expect(result.count == expected.count && difference <= step, "\(picture.file), \(name): \(difference)")
                compared += 1
            }
        }
        #expect(compared >= 30)
    }

    @Test("holds the same values in every layout, and what a resize to U8 gives")
    func layouts() throws {
        let source = try noise(width: 37, height: 29, seed: 1)
        let (width, height, side) = (24, 16, 4)
        let mean = SIMD3<Float>(0.48, 0.45, 0.40), deviation = SIMD3<Float>(0.27, 0.26, 0.28)
        func values(_ layout: PixelLayout) throws -> [Float] {
            let processor = Preprocessor(
                width: width, height: height, filter: .lanczos, mean: mean, deviation: deviation, layout: layout)
            return try processor(source).floats()
        }
        let samples = try Resizer.resize(source, width: width, height: height, filter: .lanczos).samples
        let hwc = try values(.hwc), chw = try values(.chw)
        let last = try values(.patches(side: side, order: .channelsLast))
        let first = try values(.patches(side: side, order: .channelsFirst))
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let index = (y * width + x) * 3 + c
                    let value = (Float(samples[index]) / 255 - mean[c]) / deviation[c]
                    let patch = (y / side * (width / side) + x / side) * side * side * 3
                    let (row, column) = (y % side, x % side)
                    #expect(abs(hwc[index] - value) < 1e-5)
                    #expect(chw[(c * height + y) * width + x] == hwc[index])
                    #expect(last[patch + (row * side + column) * 3 + c] == hwc[index])
                    #expect(first[patch + (c * side + row) * side + column] == hwc[index])
                }
            }
        }
    }

    @Test("the shorter side is scaled, the longer rounded down, and the middle is cut out")
    func shortestSide() throws {
        let processor = Preprocessor(width: 12, height: 10, aspect: .shortestSide(14), layout: .chw)
        let wide = processor.placement(pictureWidth: 33, pictureHeight: 19)
        #expect((wide.scaledWidth, wide.scaledHeight) == (24, 14))
        #expect((wide.window.x, wide.window.y) == (6, 2) && (wide.window.width, wide.window.height) == (12, 10))
        let tall = processor.placement(pictureWidth: 19, pictureHeight: 33)
        #expect((tall.scaledWidth, tall.scaledHeight) == (14, 24) && (tall.x, tall.y) == (0, 0))
        // A shorter side than the canvas leaves a black frame; a picture as thin as a thread is refused.
        let small = Preprocessor(width: 8, height: 8, aspect: .shortestSide(4), mean: .zero, deviation: SIMD3(repeating: 1))
        #expect(try small(try noise(width: 9, height: 9, seed: 3)).floats().prefix(24).allSatisfy { $0 == 0 })
        #expect(throws: ImageError.self) { try processor(try noise(width: 1, height: 6000, seed: 4)) }
    }

    @Test("a wide picture that is fitted lies between bars of the padding colour")
    func fit() throws {
        let source = try noise(width: 40, height: 20, seed: 2)
        for position in [AspectPolicy.Position.centre, .topLeft] {
            let processor = Preprocessor(
                width: 16, height: 16, aspect: .fit(padding: SIMD3(255, 0, 51), position: position), mean: .zero,
                deviation: SIMD3(repeating: 1))
            let values = try processor(source).floats()
            let inner = try Resizer.resize(source, width: 16, height: 8).samples
            let top = position == .centre ? 4 : 0
            for y in 0..<16 {
                for x in 0..<16 {
                    for c in 0..<3 {
                        let isInside = (top..<top + 8).contains(y)
                        let sample = isInside ? Float(inner[((y - top) * 16 + x) * 3 + c]) : [255, 0, 51][c]
                        #expect(abs(values[(y * 16 + x) * 3 + c] - sample / 255) < 1e-6)
                    }
                }
            }
            let placement = processor.placement(pictureWidth: 40, pictureHeight: 20)
            let corner = placement.pictureFraction(x: 16, y: Double(top + 8))
            #expect(corner.x == 1 && corner.y == 1)
        }
    }

    @Test("a wide picture that is cropped is scaled to the height and loses its sides")
    func crop() throws {
        let source = try noise(width: 40, height: 20, seed: 3)
        let processor = Preprocessor(width: 10, height: 10, aspect: .crop, mean: .zero, deviation: SIMD3(repeating: 1))
        let values = try processor(source).floats()
        let scaled = try Resizer.resize(source, width: 20, height: 10).samples
        for y in 0..<10 {
            for x in 0..<10 {
                for c in 0..<3 {
                    #expect(abs(values[(y * 10 + x) * 3 + c] - Float(scaled[(y * 20 + x + 5) * 3 + c]) / 255) < 1e-6)
                }
            }
        }
        let corner = processor.placement(pictureWidth: 40, pictureHeight: 20).pictureFraction(x: 0, y: 0)
        #expect(corner.x == 0.25 && corner.y == 0)
    }

    @Test("extreme aspect ratios keep at least one row or column of the picture")
    func extremes() throws {
        for (width, height) in [(300, 1), (1, 300), (1, 1)] {
            let source = try noise(width: width, height: height, seed: 4)
            for aspect in [AspectPolicy.stretch, .fit(), .crop] {
                let values = try Preprocessor(width: 8, height: 8, aspect: aspect)(source).floats()
                #expect(values.allSatisfy { $0.isFinite && abs($0) <= 1 })
            }
        }
    }

    @Test("settings that make no sense are refused with what they were")
    func refusals() throws {
        let source = try noise(width: 4, height: 4, seed: 5)
        #expect(throws: ImageError.invalidPatches(side: 5, width: 16, height: 15)) {
            try Preprocessor(width: 16, height: 15, layout: .patches(side: 5, order: .channelsLast))(source)
        }
        #expect(throws: ImageError.invalidPatches(side: 0, width: 16, height: 16)) {
            try Preprocessor(width: 16, height: 16, layout: .patches(side: 0, order: .channelsLast))(source)
        }
        #expect(throws: ImageError.invalidNormalization(mean: .zero, deviation: SIMD3(1, 0, 1))) {
            try Preprocessor(width: 16, height: 16, mean: .zero, deviation: SIMD3(1, 0, 1))(source)
        }
        let small = try Tensor.zeros(.f32, [16, 15, 3])
        #expect(
            throws: ImageError.targetMismatch(
                expected: [16, 16, 3], expectedType: .f32, actual: [16, 15, 3], actualType: .f32)
        ) { try Preprocessor(width: 16, height: 16).write(source, into: small) }
    }
}
