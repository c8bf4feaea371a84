import Glibc
import MillAudio
import MillTestSupport
import MillValue
import Testing

@Suite("WAV files")
struct WAVTests {
    /// A tone at 440 Hz of half the full scale.
    private func tone(_ count: Int, rate: Int) -> [Double] {
        (0..<count).map { 0.5 * sin(2 * Double.pi * 440 * Double($0) / Double(rate)) }
    }

    private func read(_ bytes: [UInt8]) throws -> [Float] {
        let sound = try SoundFile(wav: bytes, name: "sample.wav")
        var samples: [Float] = []
        while let block = sound.readWAV() { samples += block }
        return samples
    }

    @Test(
        "every encoding gives the samples that were written",
        arguments: [(1, 8, 0.01), (1, 16, 1e-4), (1, 24, 1e-6), (1, 32, 1e-6), (3, 32, 1e-6), (3, 64, 1e-6)], [false, true])
    func encodings(format: (tag: Int, bits: Int, tolerance: Double), isExtensible: Bool) throws {
        let values = tone(4000, rate: 16_000)
        let bytes = WAVSample.bytes([values], rate: 16_000, tag: format.tag, bits: format.bits, isExtensible: isExtensible)
        let samples = try read(bytes)
        #expect(samples.count == values.count)
        // The filter needs neighbours, which are silent beyond the ends.
        for index in 100..<3900 { #expect(abs(Double(samples[index]) - values[index]) < format.tolerance + 0.002) }
    }

    @Test(
        "channels are averaged, and rates become 16 kHz",
        arguments: [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 44_101])
    func rates(rate: Int) throws {
        let values = tone(rate, rate: rate)
        let silence = [Double](repeating: 0, count: rate)
        let samples = try read(WAVSample.bytes([values, silence], rate: rate, tag: 1, bits: 16))
        #expect(samples.count == 16_000)
        let expected = tone(16_000, rate: 16_000)
        for index in 200..<15_800 { #expect(abs(Double(samples[index]) - expected[index] / 2) < 0.002) }
    }

    @Test("what is above half of the new rate does not come back as something else")
    func aliasing() throws {
        let high = (0..<48_000).map { 0.5 * sin(2 * Double.pi * 11_000 * Double($0) / 48_000) }
        let samples = try read(WAVSample.bytes([high], rate: 48_000, tag: 1, bits: 16))
        let loudest = samples[500..<15_500].map { abs($0) }.max() ?? 1
        #expect(loudest < 2e-4, "\(loudest)")
    }

    @Test("block by block gives what all at once gives", arguments: [(44_100, 16_000), (8000, 16_000), (767_999, 16_000)])
    func blocks(rates: (Int, Int)) throws {
        let values = tone(20_000, rate: rates.0).map { Float($0) }
        var whole = try #require(Resampler(from: rates.0, to: rates.1))
        let expected = whole.add(values) + whole.finish()
        var pieces = try #require(Resampler(from: rates.0, to: rates.1))
        var samples: [Float] = []
        var rest = values[...]
        while !rest.isEmpty {
            samples += pieces.add(rest.prefix(777))
            rest = rest.dropFirst(777)
        }
        samples += pieces.finish()
        #expect(samples == expected)
        #expect(samples.count == (20_000 * rates.1 + rates.0 - 1) / rates.0)
    }

    @Test("a recording that was cut off is read as far as it goes")
    func cutOff() throws {
        var bytes = WAVSample.bytes([tone(2000, rate: 16_000)], rate: 16_000, tag: 1, bits: 16)
        #expect(try read(Array(bytes.prefix(bytes.count - 1001))).count == 1499)
        for index in 40..<44 { bytes[index] = 0xFF }
        #expect(try read(bytes).count == 2000)
    }

    @Test("what is no sound is refused with its reason")
    func refused() {
        let good = WAVSample.bytes([tone(100, rate: 16_000)], rate: 16_000, tag: 1, bits: 16)
        func changed(_ index: Int, _ byte: UInt8) -> [UInt8] {
            var bytes = good
            bytes[index] = byte
            return bytes
        }
        let cases: [[UInt8]] = [
            [], Array(good.prefix(20)), Array(good.prefix(36)), changed(0, 0x58), changed(22, 0), changed(22, 200),
            changed(25, 0), changed(20, 2), changed(32, 3), changed(34, 12), changed(16, 8),
        ]
        for bytes in cases { #expect(throws: AudioError.self) { _ = try SoundFile(wav: bytes, name: "x.wav") } }
    }

    @Test("no bytes make it trap or run on")
    func damaged() throws {
        var generator = SeededGenerator(seed: 5)
        let good = WAVSample.bytes(
            [tone(50, rate: 8000), tone(50, rate: 8000)], rate: 8000, tag: 1, bits: 24, isExtensible: true)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<80, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            guard let sound = try? SoundFile(wav: bytes, name: "x.wav") else { continue }
            var count = 0
            while let block = sound.readWAV() {
                count += block.count
                #expect(block.allSatisfy { $0.isFinite })
            }
            #expect(count < 100_000)
        }
    }

    @Test("a file that is missing, empty or a folder is told so; another kind asks for ffmpeg or is read by it")
    func files() async throws {
        for path in ["/nonexistent.wav", "/tmp"] {
            await #expect(throws: AudioError.self) { _ = try await SoundFile(path: path) }
        }
        await #expect(throws: AudioError.self) { _ = try await SoundFile(bytes: [], name: "empty.mp3") }
        // With ffmpeg or without, this is no sound.
        let error = await #expect(throws: AudioError.self) {
            _ = try await SoundFile(bytes: Array("no sound at all".utf8), name: "note.mp3").read()
        }
        #expect("\(try #require(error))".contains("ffmpeg"))
    }
}
