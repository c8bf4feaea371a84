import Glibc
import MillAudio
import MillTensor
import MillTestSupport
import MillValue
import MillWeights
import Testing

@Suite("Spectra")
struct SpectrumTests {
    @Test("the transform agrees with the sums that define it", arguments: [2, 6, 8, 14, 30, 64, 98, 242, 400, 1000])
    func directTransform(count: Int) throws {
        let transform = try #require(FourierTransform(count: count))
        var generator = SeededGenerator(seed: UInt64(count))
        let samples = (0..<count).map { _ in generator.unit() * 2 - 1 }
        var workspace = transform.makeWorkspace()
        // Twice, since a workspace is used again and again.
        for _ in 0..<2 {
            for index in samples.indices { workspace.samples[index] = samples[index] }
            transform.run(&workspace)
        }
        #expect(workspace.power.count == count / 2 + 1)
        for bin in 0...count / 2 {
            var (real, imaginary) = (0.0, 0.0)
            for (index, sample) in samples.enumerated() {
                let angle = 2 * Double.pi * Double(bin * index % count) / Double(count)
                real += sample * cos(angle)
                imaginary -= sample * sin(angle)
            }
            let power = real * real + imaginary * imaginary
            #expect(abs(workspace.power[bin] - power) <= 1e-10 * (1 + power), "\(bin) of \(count)")
        }
    }

    @Test("lengths without a transform are refused", arguments: [-2, 0, 1, 7, 401])
    func oddLengths(count: Int) {
        #expect(FourierTransform(count: count) == nil)
    }

    @Test("Whisper's spectrogram agrees with the reference to 1e-3")
    func whisper() throws {
        let inputs = try SafetensorsFile(path: try Oracles.committed("models/whisper/inputs.safetensors"))
        let samples = try inputs.tensor("waveform").floats()
        let expected = try inputs.tensor("input_features")
        let (bands, frames) = (expected.shape[1], expected.shape[2])
        let spectrogram = try LogMel(bandCount: bands, sampleCount: frames * LogMel.hop)
        let features = try spectrogram.features(of: samples)
        #expect(features.shape == [frames, bands])
        let (values, reference) = (try features.floats(), try expected.floats())
        for frame in 0..<frames {
            for band in 0..<bands {
                #expect(abs(values[frame * bands + band] - reference[band * frames + frame]) < 1e-3)
            }
        }
    }

    @Test("silence, nothing, too much and what is no number are all spectrograms")
    func edges() throws {
        let spectrogram = try LogMel(bandCount: 80, sampleCount: 16_000)
        let silence = try spectrogram.features(of: [Float]()).floats()
        #expect(silence.allSatisfy { $0 == -1.5 })
        #expect(try spectrogram.features(of: [Float](repeating: .nan, count: 50_000)).floats() == silence)
        let tone = (0..<50_000).map { Float(sin(Double($0) * 0.3)) }
        let whole = try spectrogram.features(of: tone).floats()
        #expect(try spectrogram.features(of: tone.prefix(16_000)).floats() == whole)
        #expect(whole.allSatisfy { $0.isFinite } && whole.max().map { $0 - 2 } == whole.min())
    }

    @Test("sizes that cannot be computed are refused")
    func sizes() {
        for (bands, samples) in [(0, 16_000), (513, 16_000), (80, 16_001), (80, 160), (80, 1 << 30)] {
            #expect(throws: AudioError.self) { try LogMel(bandCount: bands, sampleCount: samples) }
        }
    }
}
