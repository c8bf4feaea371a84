import MillAudio
import MillInference
import MillModels
import MillTestSupport
import MillValue
import Testing

/// With a tiny model that was taught to hear beeps as words.
@Suite("Transcripts")
struct TranscriptionTests {
    private static let folder = Oracles.committed + "/models/whisper_tones"

    private func transcribe(
        _ samples: [Double], _ options: TranscriptionOptions = TranscriptionOptions(), at start: Double = 0
    ) throws -> (segments: [TranscriptSegment], language: String?) {
        let host = try ModelHost(path: Self.folder)
        let transcription = try host.transcription(options)
        let recorded = ToneSample.recorded(samples).map { Float($0) }
        let segments = try host.transcribe(recorded, at: start, in: transcription)
        return (segments, transcription.language)
    }

    private func expect(
        _ segments: [TranscriptSegment], _ expected: [(start: Double, text: String)], at offset: Double = 0,
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(segments.map(\.text) == expected.map(\.text), sourceLocation: location)
        for (segment, wanted) in zip(segments, expected) {
            let count = Double(segment.text.split(separator: " ").count)
            #expect(abs(segment.start - wanted.start - offset) < 0.07, sourceLocation: location)
            #expect(abs(segment.end - wanted.start - offset - count * 0.24 + 0.06) < 0.07, sourceLocation: location)
        }
    }

    @Test("words and times of one window")
    func window() throws {
        let sound =
            ToneSample.silence(0.3) + ToneSample.segment([.low, .high]) + ToneSample.silence(0.4) + ToneSample.segment([.mid])
            + ToneSample.silence(0.3)
        let (segments, language) = try transcribe(sound, at: 100)
        expect(segments, [(0.3, "low high"), (1.12, "mid")], at: 100)
        #expect(language == "en")
        #expect(segments.allSatisfy { $0.noSpeechProbability < 0.1 && $0.averageLogProbability > -0.5 && $0.temperature == 0 })
    }

    @Test("a sound longer than a window loses no word at the seams")
    func windows() throws {
        let parts: [[ToneSample.Word]] = [
            [.low], [.mid, .high], [.high], [.low, .low, .mid], [.mid], [.high, .low],
        ]
        var sound = ToneSample.silence(0.2)
        var expected: [(Double, String)] = []
        for part in parts {
            expected.append((Double(sound.count) / 16_000, part.map { "\($0)" }.joined(separator: " ")))
            sound += ToneSample.segment(part) + ToneSample.silence(0.4)
        }
        expect(try transcribe(sound).segments, expected)
    }

    @Test("the language is told from the sound, and what is said in it can be translated")
    func languages() throws {
        let sound = ToneSample.silence(0.3) + ToneSample.segment([.low, .mid, .high], trembling: true) + ToneSample.silence(0.9)
        let german = try transcribe(sound)
        #expect(german.language == "de" && german.segments.map(\.text) == ["tief mitte hoch"])
        var options = TranscriptionOptions()
        options.task = .translate
        #expect(try transcribe(sound, options).segments.map(\.text) == ["low mid high"])
        options.language = "fr"
        #expect(throws: InferenceError.self) { try transcribe(sound, options) }
    }

    @Test("silence has no words")
    func silence() throws {
        #expect(try transcribe(ToneSample.silence(5)).segments.isEmpty)
        #expect(try transcribe([]).segments.isEmpty)
    }

    @Test("at a temperature the same seed writes the same")
    func temperature() throws {
        let sound = ToneSample.silence(0.3) + ToneSample.segment([.low, .high]) + ToneSample.silence(0.9)
        var options = TranscriptionOptions()
        options.temperatures = [0.8]
        options.seed = 3
        let first = try transcribe(sound, options).segments
        #expect(try transcribe(sound, options).segments == first)
        #expect(!first.isEmpty && first.allSatisfy { $0.temperature == 0.8 })
        options.temperatures = []
        #expect(throws: InferenceError.self) { try transcribe(sound, options) }
    }

    @Test("a text that is a guess or repeats itself is written again, hotter; the last one counts")
    func fallback() throws {
        let sound = ToneSample.silence(0.3) + ToneSample.segment([.low, .high]) + ToneSample.silence(0.9)
        var options = TranscriptionOptions()
        // No text is that sure, so every temperature is tried.
        options.logProbabilityLimit = 1
        options.noSpeechLimit = 2
        let segments = try transcribe(sound, options).segments
        #expect(!segments.isEmpty && segments.allSatisfy { $0.temperature == 1 })
    }

    @Test("a model that hears nothing says so")
    func unsuitable() throws {
        let host = try ModelHost(path: Oracles.committed + "/models/llama_rope3")
        #expect(throws: InferenceError.self) { try host.transcription() }
        let deaf = try ModelHost(path: Oracles.committed + "/models/whisper")
        #expect(throws: InferenceError.self) { try deaf.transcription() }
    }

    @Test("transcripts are JSON, subtitles and lines")
    func forms() {
        let segment = TranscriptSegment(
            start: 3661.5, end: 3662.25, text: "a --> b", tokens: [1], averageLogProbability: -0.25, noSpeechProbability: 0.125,
            temperature: 0, compressionRatio: 1)
        let transcript = Transcript(file: "a.wav", language: "en", segments: [segment, segment])
        #expect(
            transcript.srt
                == "1\n01:01:01,500 --> 01:01:02,250\na -> b\n\n2\n01:01:01,500 --> 01:01:02,250\na -> b\n\n")
        #expect(transcript.vtt.hasPrefix("WEBVTT\n\n01:01:01.500 --> 01:01:02.250\na -> b\n\n"))
        #expect(transcript.lines.hasPrefix("[01:01:01.500 --> 01:01:02.250] a --> b\n"))
        #expect(transcript.value["segments"]?[1]?["average_log_probability"] == -0.25)
        #expect(transcript.value["text"] == "a --> b a --> b")
    }
}
