import MillGraph
import MillTensor
import MillValue

/// `source.directory`: the files of a folder, each mapped, in natural order of their names.
final class DirectorySource: SourceNode {
    static let type = NodeType(
        "source.directory", "Sends the files of a folder, one packet per file, keyed by the file's name.",
        outputs: [.output("bytes", .bytes, "the file's bytes, mapped")],
        configuration: [
            ConfigField("path", .path, "the folder", required: true),
            ConfigField("pattern", .string, "which names to take: *, ?, [a-z] and {a,b}", default: "*"),
            ConfigField("rate", .rate, "how fast to send; without it, as fast as the graph takes them"),
            ConfigField("repeat", .boolean, "start again after the last file, for ever", default: false),
        ],
        check: { node in
            guard let pattern = node.config["pattern"]?.string else { return [] }
            do {
                _ = try GlobPattern(pattern)
                return []
            } catch { return [ConfigurationProblem(["pattern"], "\(error)")] }
        },
        make: { context in
            DirectorySource(
                folder: try context.config.string("path"), pattern: try context.config.string("pattern"),
                period: try context.config["rate"] == nil ? nil : context.config.rate("rate").period,
                repeats: try context.config.bool("repeat"))
        })

    private let folder: String
    private let pattern: String
    private let period: Duration?
    private let repeats: Bool

    init(folder: String, pattern: String, period: Duration?, repeats: Bool) {
        self.folder = folder
        self.pattern = pattern
        self.period = period
        self.repeats = repeats
    }

    func run(_ emit: AsyncEmitter) async throws {
        var next = emit.clock.now
        repeat {
            for name in try FolderListing.files(in: folder, matching: pattern) {
                if let period {
                    try await emit.clock.sleep(until: next)
                    next = max(next + period, emit.clock.now)
                }
                let storage = try Storage.map(path: "\(folder)/\(name)")
                let bytes = try Tensor(storage: storage, dtype: .u8, shape: [storage.byteCount])
                try await emit(.bytes(bytes), key: name)
            }
        } while repeats
    }
}
