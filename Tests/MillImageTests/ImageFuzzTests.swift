import MillImage
import MillTensor
import MillValue
import Testing

@Suite("mutated pictures")
struct ImageFuzzTests {
    private func mutated(_ file: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = file
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes[place] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            case 3: bytes.removeSubrange(place..<min(place + Int.random(in: 1...40, using: &generator), bytes.count))
            case 4:
                let count = min(Int.random(in: 1...40, using: &generator), bytes.count - place)
                bytes.insert(
                    contentsOf: Array(bytes[place..<place + count]), at: Int.random(in: 0...bytes.count, using: &generator))
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }

    @Test("give an error or a picture within the limits, never anything else")
    func mutations() throws {
        let oracle = try ImageOracle()
        let limits = ImageLimits(pixelCount: 1 << 16, workingByteCount: 8 << 20)
        var generator = SeededGenerator(seed: 20_261_121)
        var (refused, decoded) = (0, 0)
        for picture in oracle.pictures {
            for _ in 0..<400 {
                let bytes = mutated(picture.bytes, &generator)
                let tolerates = Bool.random(using: &generator)
                do throws(ImageError) {
                    let image = try ImageDecoder.decode(bytes, limits: limits, alpha: .keep, toleratesDamage: tolerates)
                    #expect(image.width * image.height <= limits.pixelCount)
                    #expect(tolerates || image.damage == nil)
                    decoded += 1
                } catch {
                    #expect(!error.description.isEmpty)
                    refused += 1
                }
            }
        }
        #expect(refused > 1000 && decoded > 1000)
    }
}
