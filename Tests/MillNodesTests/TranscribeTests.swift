import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import MillValue
import Synchronization
import Testing

/// With a tiny model that was taught to hear beeps as words.
@Suite("pipelines/transcribe.yaml")
struct TranscribeTests {
    private let folder: String
    private static let root = "\(Oracles.committed)/../.."

    init() throws {
        var template = Array("\(TemporaryFolder.path)/millrace-transcribe-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        let file = try #require(fopen("\(folder)/\(name)", "w"))
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
        fclose(file)
    }

    /// Five seconds with one word at 1 s and two at 3.5 s.
    private var sound: [Double] {
        let words =
            ToneSample.silence(1) + ToneSample.segment([.high]) + ToneSample.silence(2.32) + ToneSample.segment([.low, .mid])
        return ToneSample.recorded(words + ToneSample.silence(1.08))
    }

    private final class Records: Sendable {
        private let values = Mutex<[Value]>([])
        var all: [Value] { values.withLock { $0 } }
        func observe(_ event: RuntimeEvent) {
            if case .emitted("words", _, let packet) = event { values.withLock { $0.append(packet.payload.value ?? .null) } }
        }
    }

    private func run(_ pipeline: CheckedPipeline) async throws -> (records: [Value], report: RunReport) {
        let records = Records()
        let report = try await Runtime(pipeline, options: RuntimeOptions(observer: records.observe)).run()
        return (records.all, report)
    }

    @Test("each file gives a record with the words and their times; one that is no sound fails alone")
    func files() async throws {
        try write("a.wav", WAVSample.bytes([sound]))
        try write("b.wav", WAVSample.bytes([ToneSample.silence(3)], rate: 16_000))
        try write("c.wav", Array("RIFF0000WAVE".utf8))
        let pipeline = try Pipeline.load(
            path: "\(Self.root)/pipelines/transcribe.yaml",
            parameters: [
                "model": "\(Oracles.committed)/models/whisper_tones", "inbox": folder, "out": "\(folder)/out/transcripts.jsonl",
            ], registry: .millrace(journal: RunJournal()), options: LoadOptions())
        let (records, report) = try await run(pipeline)
        #expect(report.outcome == .finished)
        #expect(records.map { $0["file"] } == ["a.wav", "b.wav"])
        let first = try #require(records.first)
        #expect(first["language"] == "en")
        #expect(first["segments"]?.list?.map { $0["text"] } == ["high", "low mid"])
        for (segment, start) in zip(first["segments"]?.list ?? [], [1.0, 3.5]) {
            #expect(abs((segment["start"]?.double ?? 0) - start) < 0.07)
        }
        #expect(records[1]["segments"]?.list?.isEmpty == true)
        let lines = try Oracles.bytes("\(folder)/out/transcripts.jsonl").split(separator: UInt8(ascii: "\n"))
        #expect(try lines.map { try JSON.parse(bytes: Array($0)) } == records)
    }

    @Test("without joining there is one record for each stretch, and the gate can be left out")
    func stretches() async throws {
        try write("a.wav", WAVSample.bytes([sound]))
        func pipeline(_ source: String, _ node: String) throws -> CheckedPipeline {
            let text = """
                version: 1
                models: {tones: {path: "\(Oracles.committed)/models/whisper_tones"}}
                nodes:
                  sounds: {type: source.audio, config: {path: a.wav\(source)}}
                  words: {type: speech.transcribe, model: tones, inputs: {sound: sounds}, config: {language: en\(node)}}
                """
            try write("p.yaml", Array(text.utf8))
            return try Pipeline.load(path: "\(folder)/p.yaml", registry: .millrace(journal: RunJournal()))
        }
        let split = try await run(pipeline(", pause: 1s", ", join: false")).records
        #expect(split.map { $0["text"] } == ["high", "low mid"])
        let whole = try await run(pipeline(", gate: false", "")).records
        #expect(whole.map { $0["text"] } == ["high low mid"])
        #expect(throws: PipelineErrors.self) { try pipeline(", pause: 0s", "") }
        #expect(throws: PipelineErrors.self) { try pipeline(", pattern: \"[\"", "") }
    }
}
