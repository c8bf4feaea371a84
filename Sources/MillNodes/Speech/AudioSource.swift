import MillAudio
import MillGraph
import MillTensor
import MillValue

/// A stretch of a sound on its way through a pipeline.
struct SoundInHand: Sendable {
    let clip: SoundClip
    /// Whether nothing of the same file follows; the clip may then be empty.
    let isLast: Bool
}

/// `source.audio`: sound files → stretches in which somebody speaks, one packet each.
final class AudioSource: SourceNode {
    static let type = NodeType(
        "source.audio",
        "Reads sound files and sends the stretches in which somebody speaks, 16 kHz mono, keyed by the file's name.",
        outputs: [.output("sound", .named("sound"), "samples with their time in the file; a packet marks the file's end")],
        configuration: [
            ConfigField("path", .path, "a sound file, or a folder of them", required: true),
            ConfigField(
                "pattern", .string, "which names to take: *, ?, [a-z] and {a,b}",
                default: "*.{wav,WAV,flac,FLAC,ogg,OGG,oga,opus,mp3,MP3,m4a,M4A,aac,webm}"),
            ConfigField("gate", .boolean, "leave out what is silent; false sends everything", default: true),
            ConfigField("pause", .duration, "silence that ends a stretch", default: "2s"),
            ConfigField("longest", .duration, "a longer stretch is cut where it is quietest", default: "5m"),
            ConfigField("realtime", .boolean, "send each stretch no sooner than it would have been heard", default: false),
        ],
        check: { node in
            var problems: [ConfigurationProblem] = []
            if let pattern = node.config["pattern"]?.string {
                do { _ = try GlobPattern(pattern) } catch { problems.append(ConfigurationProblem(["pattern"], "\(error)")) }
            }
            let limits = ["pause": 0.1...60, "longest": 1.0...3600]
            for (key, range) in limits.sorted(by: { $0.key < $1.key }) {
                guard let text = node.config[key]?.string, let seconds = Duration(text: text)?.inSeconds else { continue }
                if !range.contains(seconds) {
                    problems.append(
                        ConfigurationProblem([key], "must be \(range.lowerBound) to \(range.upperBound) seconds"))
                }
            }
            return problems
        },
        make: { context in try AudioSource(context) })

    private let path: String
    private let pattern: String
    private let options: SoundClipper.Options
    private let isRealTime: Bool

    init(_ context: NodeContext) throws {
        path = try context.config.string("path")
        pattern = try context.config.string("pattern")
        var options = SoundClipper.Options()
        if try !context.config.bool("gate") { options.gate = nil }
        options.pause = try context.config.duration("pause").inSeconds
        options.longest = try context.config.duration("longest").inSeconds
        self.options = options
        isRealTime = try context.config.bool("realtime")
    }

    func run(_ emit: AsyncEmitter) async throws {
        let (folder, names) = try FolderListing.files(at: path, matching: pattern)
        for name in names {
            let file = "\(folder)/\(name)"
            let stamp = FolderWatch.Stamp(path: file)
            let identity = "\(name)/\(stamp?.modified ?? 0)/\(stamp?.byteCount ?? 0)"
            do { try await send(file, name, identity: identity, emit) } catch let error as AudioError {
                try await emit(.object(UnreadableFile(reason: "\(error)")), key: name, identity: "\(identity)/unreadable")
            }
        }
    }

    private func send(_ file: String, _ name: String, identity: String, _ emit: AsyncEmitter) async throws {
        let beginning = emit.clock.now
        let sound = try await SoundFile(path: file)
        var clipper = SoundClipper(options)
        var end = 0
        func send(_ clip: SoundClip, isLast: Bool = false) async throws {
            if isRealTime { try await emit.clock.sleep(until: beginning + .seconds(clip.end)) }
            try await emit(
                .object(SoundInHand(clip: clip, isLast: isLast)), key: name,
                identity: "\(identity)/\(isLast ? "end" : String(clip.firstSample))")
        }
        while let samples = try await sound.read() {
            end += samples.count
            for clip in clipper.add(samples) { try await send(clip) }
        }
        for clip in clipper.finish() { try await send(clip) }
        try await send(SoundClip(firstSample: end, samples: []), isLast: true)
    }
}
