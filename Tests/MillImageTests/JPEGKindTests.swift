import CJPEG
import MillImage
import MillTensor
import Testing

@Suite("every kind of JPEG")
struct JPEGKindTests {
    private let width = 83, height = 61

    private func check(_ jpeg: TestJPEG, against samples: [UInt8], tolerance: Int = 8, _ name: String) throws {
        let image = try ImageDecoder.decode(jpeg.encoded())
        let difference = try Difference(image.pixels, try Tensor.samples(samples, shape: [height, width, 3]))
        #expect(difference.maximum <= tolerance && difference.mean < 2.5, "\(name): \(difference)")
    }

    @Test("every subsampling, baseline and progressive, with and without restart markers")
    func subsamplings() throws {
        let pixels = TestJPEG.smooth(width: width, height: height)
        for sampling: (CInt, CInt) in [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (4, 2), (2, 4)] {
            for isProgressive in [false, true] {
                for restartInterval: UInt32 in [0, 3] {
                    let jpeg = TestJPEG(
                        width: width, height: height, sampling: sampling, isProgressive: isProgressive,
                        restartInterval: restartInterval, samples: pixels)
                    try check(jpeg, against: pixels, "\(sampling) progressive \(isProgressive) restart \(restartInterval)")
                    #expect(try ImageDecoder.header(of: jpeg.encoded()).isProgressive == isProgressive)
                }
            }
        }
    }

    @Test("samples stored as RGB are not converted")
    func storedRGB() throws {
        let pixels = TestJPEG.smooth(width: width, height: height)
        try check(TestJPEG(width: width, height: height, stored: JCS_RGB, samples: pixels), against: pixels, "RGB")
    }

    @Test("grey becomes three equal channels")
    func grey() throws {
        let grey = TestJPEG.smooth(width: width, height: height).enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        let jpeg = TestJPEG(width: width, height: height, input: JCS_GRAYSCALE, stored: JCS_GRAYSCALE, samples: grey)
        try check(jpeg, against: grey.flatMap { [$0, $0, $0] }, "grey")
    }

    @Test("arithmetic coding is decoded")
    func arithmetic() throws {
        let pixels = TestJPEG.smooth(width: width, height: height)
        for isProgressive in [false, true] {
            let jpeg = TestJPEG(
                width: width, height: height, isProgressive: isProgressive, isArithmetic: true, samples: pixels)
            try check(jpeg, against: pixels, "arithmetic")
        }
    }

    @Test("CMYK and YCCK hold inverted inks, as Adobe writes them")
    func fourColours() throws {
        let pixels = TestJPEG.smooth(width: width, height: height)
        // Inverted inks with 60 % of white: rgb = sample * white / 255.
        let white = 153
        let samples = (0..<width * height).flatMap { pixel in
            (0..<3).map { pixels[pixel * 3 + $0] } + [UInt8(white)]
        }
        let expected = pixels.map { UInt8((Double($0) * Double(white) / 255).rounded()) }
        for (stored, name) in [(JCS_CMYK, "CMYK"), (JCS_YCCK, "YCCK")] {
            for sampling: (CInt, CInt) in [(1, 1), (2, 2)] {
                let jpeg = TestJPEG(
                    width: width, height: height, input: JCS_CMYK, stored: stored, sampling: sampling, samples: samples)
                try check(jpeg, against: expected, tolerance: 10, "\(name) \(sampling)")
            }
        }
    }

    @Test("progressive pictures beyond the decoder's memory limit are refused before they are decoded")
    func workingMemory() throws {
        let jpeg = TestJPEG(
            width: width, height: height, isProgressive: true, samples: TestJPEG.smooth(width: width, height: height))
        #expect {
            try ImageDecoder.decode(jpeg.encoded(), limits: ImageLimits(workingByteCount: 10_000))
        } throws: { error in
            guard case .decoderOverLimit(.jpeg, _, 10_000) = error as? ImageError else { return false }
            return "\(error)".contains("save it as baseline JPEG or raise the limit")
        }
    }
}
