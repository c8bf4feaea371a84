import MillImage
import MillTensor
import MillWeights
import Testing

@Suite("decoding agrees with libjpeg-turbo and libpng through Pillow")
struct DecodeOracleTests {
    @Test("every picture has the expected pixels, upright and without its alpha")
    func colours() throws {
        let oracle = try ImageOracle()
        #expect(oracle.pictures.count >= 25)
        for picture in oracle.pictures {
            let image = try ImageDecoder.decode(picture.bytes, alpha: .keep)
            let difference = try Difference(image.pixels, try oracle.expected.tensor("\(picture.stem).rgb"))
            #expect(difference.maximum <= picture.maximumTolerance, "\(picture.file): \(difference)")
            #expect(difference.mean <= picture.meanTolerance, "\(picture.file): \(difference)")
        }
    }

    @Test("alpha samples are exact, and only files with transparency have them")
    func alpha() throws {
        let oracle = try ImageOracle()
        for picture in oracle.pictures {
            let image = try ImageDecoder.decode(picture.bytes, alpha: .keep)
            let expected = try oracle.expected.optionalTensor("\(picture.stem).alpha")
            #expect(image.alpha?.samples == expected?.samples, "\(picture.file)")
        }
    }

    @Test("transparent pixels over white are what the processors of transformers start from")
    func composited() throws {
        let oracle = try ImageOracle()
        for picture in oracle.pictures {
            guard let expected = try oracle.expected.optionalTensor("\(picture.stem).rgb_white") else { continue }
            let image = try ImageDecoder.decode(picture.bytes)
            #expect(image.alpha == nil)
            #expect(try Difference(image.pixels, expected).maximum == 0, "\(picture.file)")
        }
    }

    @Test("the header tells the upright size before anything is decoded")
    func headers() throws {
        let oracle = try ImageOracle()
        for picture in oracle.pictures {
            let header = try ImageDecoder.header(of: picture.bytes)
            let expected = try oracle.expected.tensor("\(picture.stem).rgb")
            #expect([header.height, header.width, 3] == expected.shape, "\(picture.file)")
        }
    }
}
