import Glibc
import MillAudio
import MillValue
import Testing

@Suite("Voice activity")
struct ActivityTests {
    private static let rate = 16_000

    /// Something like a vowel: a buzz of 140 Hz whose harmonics fall off, three syllables a second.
    private func voice(_ seconds: Double, level: Double = 0.2) -> [Float] {
        (0..<Int(seconds * Double(Self.rate))).map { index in
            let time = Double(index) / Double(Self.rate)
            let buzz = (1...20).reduce(0.0) { $0 + sin(2 * Double.pi * 140 * Double($1) * time) / Double($1) }
            return Float(level * buzz * (0.6 + 0.4 * sin(2 * Double.pi * 3 * time)))
        }
    }

    private func noise(_ seconds: Double, level: Double, seed: UInt64 = 1) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<Int(seconds * Double(Self.rate))).map { _ in Float(level * (generator.unit() * 2 - 1)) }
    }

    /// The share of frames in which the gate is open.
    private func share(_ samples: [Float], from first: Double = 0, _ gate: VoiceGate = VoiceGate()) -> Double {
        var gate = gate
        var (open, count) = (0, 0)
        var start = 0
        while start + VoiceGate.frameLength <= samples.count {
            let isOpen = gate.hear(samples[start..<start + VoiceGate.frameLength])
            if Double(start) / Double(Self.rate) >= first {
                count += 1
                open += isOpen ? 1 : 0
            }
            start += VoiceGate.frameLength
        }
        return Double(open) / Double(max(count, 1))
    }

    private func clips(_ samples: [Float], _ options: SoundClipper.Options, block: Int = 4000) -> [SoundClip] {
        var clipper = SoundClipper(options)
        var clips: [SoundClip] = []
        var rest = samples[...]
        while !rest.isEmpty {
            clips += clipper.add(Array(rest.prefix(block)))
            rest = rest.dropFirst(block)
        }
        return clips + clipper.finish()
    }

    @Test("silence, hiss and a loud hiss that goes on do not open the gate")
    func background() {
        #expect(share([Float](repeating: 0, count: 48_000)) == 0)
        #expect(share(noise(5, level: 0.003)) == 0)
        #expect(share(noise(20, level: 0.05), from: 8) == 0)
        #expect(share([Float](repeating: .nan, count: 16_000)) == 0)
    }

    @Test("a voice opens it, also in noise and when it is soft")
    func voices() {
        #expect(share(voice(3)) > 0.9)
        #expect(share(voice(3, level: 0.01)) > 0.9)
        let noise = noise(8, level: 0.02)
        let mixed = zip(noise, [Float](repeating: 0, count: 5 * Self.rate) + voice(3)).map { $0 + $1 }
        #expect(share(mixed, from: 5) > 0.9)
        #expect(share(Array(mixed.prefix(5 * Self.rate)), from: 3) == 0)
    }

    @Test("one click does not open it, and it stays open between syllables")
    func hysteresis() {
        var click = [Float](repeating: 0, count: 16_000)
        for index in 8000..<8200 { click[index] = 0.9 }
        #expect(share(click) == 0)
        let gap = [Float](repeating: 0, count: Self.rate / 5)
        #expect(share(voice(1) + gap + voice(1) + gap + voice(1), from: 0.2) == 1)
    }

    @Test("clips hold the voice with a margin and leave out the silence; times are those of the sound")
    func clipping() {
        let silence = [Float](repeating: 0, count: 5 * Self.rate)
        let samples = silence + voice(2) + silence + voice(1) + silence
        let clips = clips(samples, SoundClipper.Options())
        #expect(clips.count == 2)
        for (clip, voice) in zip(clips, [(5.0, 7.0), (12.0, 13.0)]) {
            #expect(clip.start <= voice.0 && clip.start > voice.0 - 0.5)
            #expect(clip.end >= voice.1 && clip.end < voice.1 + 1)
            #expect(clip.samples.elementsEqual(samples[clip.firstSample..<clip.firstSample + clip.samples.count]))
        }
        #expect(self.clips(silence, SoundClipper.Options()).isEmpty)
    }

    @Test("a pause shorter than asked for stays inside a clip", arguments: [1, 999, 480, 100_000])
    func pauses(block: Int) {
        let samples = voice(1) + [Float](repeating: 0, count: Self.rate) + voice(1)
        var options = SoundClipper.Options()
        #expect(clips(samples, options, block: block).count == 1)
        options.pause = 0.5
        let two = clips(samples, options, block: block)
        #expect(two.count == 2)
        #expect(two.map(\.firstSample) == clips(samples, options).map(\.firstSample))
    }

    @Test("without a gate everything is kept, cut where it is quietest")
    func withoutGate() {
        var options = SoundClipper.Options()
        options.gate = nil
        options.longest = 4
        let samples = voice(3.4) + [Float](repeating: 0, count: Self.rate * 4 / 10) + voice(6)
        let clips = clips(samples, options)
        #expect(clips.flatMap(\.samples) == samples)
        #expect(clips.allSatisfy { $0.end - $0.start <= 4.04 })
        #expect(abs((clips.first?.end ?? 0) - 3.6) < 0.1)
        for (clip, next) in zip(clips, clips.dropFirst()) { #expect(clip.firstSample + clip.samples.count == next.firstSample) }
    }
}
