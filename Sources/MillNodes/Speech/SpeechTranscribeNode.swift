import MillAudio
import MillGraph
import MillInference
import MillValue

/// `speech.transcribe`: what is spoken → text with times.
final class SpeechTranscribeNode: Node {
    static let type = NodeType(
        "speech.transcribe", "Writes down what is spoken, with times; needs a Whisper model (docs/speech.md).",
        inputs: [.input("sound", .named("sound"), "stretches of source.audio")],
        outputs: [
            .output(
                "transcript", .record,
                "file, language, text, segments with start, end (seconds), text, average_log_probability, no_speech_probability")
        ],
        configuration: [
            ConfigField(
                "language", .string, "what is spoken, such as en; by default the model tells it from what it hears first"),
            ConfigField(
                "task", .choice(TranscriptionOptions.Task.allCases.map(\.rawValue)),
                "in the language that is spoken, or translated into English", default: "transcribe"),
            ConfigField("prompt", .string, "names and words that may come", default: ""),
            ConfigField("previous_text", .boolean, "show the model what it wrote before", default: true),
            ConfigField(
                "join", .boolean,
                "one record for each file at its end; false sends one for each stretch in which words were found",
                default: true),
        ],
        needsModel: true,
        make: { context in try SpeechTranscribeNode(context) })

    /// A file that has not come to its end.
    private struct Open {
        let transcription: Transcription
        var segments: [TranscriptSegment] = []
        var hasFailed = false
    }

    private let host: ModelHost
    private let options: TranscriptionOptions
    private let joins: Bool
    private var files: [String: Open] = [:]

    init(_ context: NodeContext) throws {
        host = try context.model(as: ModelHost.self)
        var options = TranscriptionOptions()
        options.language = context.config["language"]?.string
        options.task = TranscriptionOptions.Task(rawValue: try context.config.string("task")) ?? .transcribe
        options.prompt = try context.config.string("prompt")
        options.usesPreviousText = try context.config.bool("previous_text")
        self.options = options
        joins = try context.config.bool("join")
        // A model that does not hear, and a language that it does not know, are found now.
        _ = try host.transcription(options)
    }

    func step(_ inputs: Inputs, _ emit: Emitter) throws {
        let packet = try inputs.packet("sound")
        if let file = packet.payload.object(as: UnreadableFile.self) {
            files[packet.key] = nil
            throw NodeError.unreadableDocument(reason: file.reason)
        }
        guard let sound = packet.payload.object(as: SoundInHand.self) else {
            throw NodeError.wrongPayload(port: "sound", expected: "a stretch of source.audio")
        }
        var file = try files.removeValue(forKey: packet.key) ?? Open(transcription: host.transcription(options))
        defer { if !sound.isLast { files[packet.key] = file } }
        var segments: [TranscriptSegment] = []
        if !file.hasFailed, !sound.clip.samples.isEmpty {
            do {
                segments = try host.transcribe(sound.clip.samples, at: sound.clip.start, in: file.transcription)
            } catch {
                // Half a transcript is none.
                file.hasFailed = joins
                throw error
            }
        }
        file.segments += joins ? segments : []
        let found = joins ? (sound.isLast && !file.hasFailed ? file.segments : nil) : (segments.isEmpty ? nil : segments)
        guard let found else { return }
        try emit(.value(Transcript(file: packet.key, language: file.transcription.language, segments: found).value))
    }
}
