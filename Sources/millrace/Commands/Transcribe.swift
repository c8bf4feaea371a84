import ArgumentParser
import MillAudio
import MillInference
import MillModels
import MillValue

struct Transcribe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write down what is spoken in sound files, with times.",
        discussion: """
            The model is the folder of a Whisper checkpoint as the Hugging Face hub has it: config.json, model.safetensors, \
            tokenizer.json and generation_config.json. None comes along; docs/speech.md says how to get one.

            millrace transcribe talk.wav -m whisper-small --srt > talk.srt

            WAV files are read as they are; for FLAC, Ogg, MP3 and others ffmpeg must be installed. What is silent is left out.
            Nothing goes over a network.
            """)

    @Argument(help: ArgumentHelp("Sound files.", valueName: "file"))
    var files: [String]

    @Option(name: .shortAndLong, help: "The folder of a Whisper model; none comes along.")
    var model: String?

    private static let advice =
        "no Whisper model comes along; where there is a network, `hf download openai/whisper-small config.json "
        + "generation_config.json model.safetensors tokenizer.json --local-dir whisper-small` fetches one (docs/speech.md)"

    @Option(help: "What is spoken, such as en; by default the model tells it from what it hears first.")
    var language: String?

    @Flag(help: "Translate into English.")
    var translate = false

    @Option(help: "Names and words that may come.")
    var prompt = ""

    @Flag(inversion: .prefixedNo, help: "Leave out what is silent.")
    var gate = true

    @Flag(help: "Print JSON: file, language, text, segments; a list of these for several files.")
    var json = false

    @Flag(help: "Print SubRip subtitles.")
    var srt = false

    @Flag(help: "Print WebVTT subtitles.")
    var vtt = false

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("give at least one sound file") }
        guard model != nil else { throw ValidationError("give a model's folder with -m: \(Self.advice)") }
        guard [json, srt, vtt].filter({ $0 }).count <= 1 else { throw ValidationError("give one of --json, --srt and --vtt") }
        guard files.count == 1 || !(srt || vtt) else { throw ValidationError("subtitles are for one file at a time") }
    }

    func run() async throws {
        let host: ModelHost
        do { host = try ModelHost(path: model ?? "") } catch {
            guard case .notFound = error else { throw error }
            throw Failure.usage("\(error); \(Self.advice)")
        }
        var options = TranscriptionOptions()
        options.language = language
        options.task = translate ? .translate : .transcribe
        options.prompt = prompt
        // A wrong language is told before anything is read.
        _ = try host.transcription(options)
        Interrupts.observe { _ in }
        var transcripts: [Transcript] = []
        var hasFailed = false
        for file in files {
            do { transcripts.append(try await transcribe(file, host, options)) } catch let error as AudioError {
                Console.endProgress()
                Console.error("\(error)")
                hasFailed = true
            }
            if Interrupts.happened { throw Failure.interrupted }
        }
        if json {
            let values = transcripts.map(\.value)
            if files.count > 1 {
                print(Value.list(values).json(pretty: true))
            } else if let value = values.first {
                print(value.json(pretty: true))
            }
        }
        if let transcript = transcripts.first {
            if srt { print(transcript.srt, terminator: "") }
            if vtt { print(transcript.vtt, terminator: "") }
        }
        if hasFailed { throw files.count > 1 ? Failure.somePackets : Failure(message: "", code: 2) }
    }

    private func transcribe(
        _ path: String, _ host: ModelHost, _ options: TranscriptionOptions
    ) async throws -> Transcript {
        let isPlain = !(json || srt || vtt)
        if isPlain, files.count > 1 { print("\(path):") }
        var clipping = SoundClipper.Options()
        if !gate { clipping.gate = nil }
        // Shorter than in pipelines, so that words show early.
        clipping.longest = 60
        let sound = try await SoundFile(path: path)
        let transcription = try host.transcription(options)
        var clipper = SoundClipper(clipping)
        var transcript = Transcript(file: path, language: nil, segments: [])
        func write(_ clips: [SoundClip]) throws {
            for clip in clips where !Interrupts.happened {
                if !isPlain { Console.progress("\(path): \(Int(clip.start)) s") }
                let segments = try host.transcribe(clip.samples, at: clip.start, in: transcription) { Interrupts.happened }
                transcript.segments += segments
                if isPlain { print(Transcript(file: path, language: nil, segments: segments).lines, terminator: "") }
            }
        }
        while !Interrupts.happened, let samples = try await sound.read() { try write(clipper.add(samples)) }
        try write(clipper.finish())
        Console.endProgress()
        transcript.language = transcript.segments.isEmpty ? nil : transcription.language
        return transcript
    }
}
