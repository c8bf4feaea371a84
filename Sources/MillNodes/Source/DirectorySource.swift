import MillGraph
import MillTensor
import MillValue

/// `source.directory`: the files of a folder in natural order of their names, or as they arrive.
final class DirectorySource: SourceNode {
    static let type = NodeType(
        "source.directory", "Sends the files of a folder, one packet per file, keyed by the file's name.",
        outputs: [.output("bytes", .bytes, "the file's bytes")],
        configuration: [
            ConfigField("path", .path, "the folder", required: true),
            ConfigField("pattern", .string, "which names to take: *, ?, [a-z] and {a,b}", default: "*"),
            ConfigField("rate", .rate, "how fast to send; without it, as fast as the graph takes them"),
            ConfigField("repeat", .boolean, "start again after the last file, for ever", default: false),
            ConfigField(
                "watch", .choice(["new", "all"]),
                "wait for files that appear or are written again, for ever: only `new` ones, or first `all` that are there"),
            ConfigField("poll", .duration, "how often to look into a watched folder", default: "200ms"),
        ],
        check: { node in
            var problems: [ConfigurationProblem] = []
            if let pattern = node.config["pattern"]?.string {
                do { _ = try GlobPattern(pattern) } catch { problems.append(ConfigurationProblem(["pattern"], "\(error)")) }
            }
            if node.config["watch"] != nil, node.config["repeat"]?.bool == true {
                problems.append(ConfigurationProblem(["repeat"], "a watched folder is never at its end; leave out `repeat`"))
            }
            return problems
        },
        make: { context in
            DirectorySource(
                folder: try context.config.string("path"), pattern: try context.config.string("pattern"),
                period: try context.config["rate"] == nil ? nil : context.config.rate("rate").period,
                repeats: try context.config.bool("repeat"), watch: context.config["watch"]?.string,
                poll: try context.config.duration("poll"))
        })

    private let folder: String
    private let pattern: String
    private let period: Duration?
    private let repeats: Bool
    private let watch: String?
    private let poll: Duration
    /// When the next file may leave.
    private var next = Duration.zero

    init(folder: String, pattern: String, period: Duration?, repeats: Bool, watch: String?, poll: Duration) {
        self.folder = folder
        self.pattern = pattern
        self.period = period
        self.repeats = repeats
        self.watch = watch
        self.poll = poll
    }

    func run(_ emit: AsyncEmitter) async throws {
        next = emit.clock.now
        if let watch { return try await follow(emit, takesOld: watch == "all") }
        var round = 0
        repeat {
            let names = try FolderListing.files(in: folder, matching: pattern)
            if !repeats { emit.announce(names.count) }
            for name in names {
                guard let stamp = FolderWatch.Stamp(path: "\(folder)/\(name)") else { continue }
                try await send(name, stamp, round: round, emit)
            }
            round += 1
        } while repeats
    }

    /// Waits for files, for ever.
    private func follow(_ emit: AsyncEmitter, takesOld: Bool) async throws {
        var watch = try FolderWatch(folder: folder, pattern: pattern, takesOld: takesOld)
        while true {
            for (name, stamp) in try watch.look() { try await send(name, stamp, round: 0, emit) }
            try await emit.clock.sleep(until: emit.clock.now + poll)
        }
    }

    private func send(_ name: String, _ stamp: FolderWatch.Stamp, round: Int, _ emit: AsyncEmitter) async throws {
        if let period {
            try await emit.clock.sleep(until: next)
            next = max(next + period, emit.clock.now)
        }
        let bytes = try StoragePool.default.read(path: "\(folder)/\(name)")
        // The same file of the same content, in the same round, is the same frame also after a crash.
        let identity = "\(name)/\(stamp.modified)/\(stamp.byteCount)/\(round)"
        try await emit(.bytes(bytes), key: name, identity: identity)
    }
}
