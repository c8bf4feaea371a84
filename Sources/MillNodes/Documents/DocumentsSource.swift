import Glibc
import MillGraph
import MillTensor
import MillValue

/// `source.documents`: the files of a folder and of the folders in it, one file, or those of a list.
final class DocumentsSource: SourceNode {
    static let type = NodeType(
        "source.documents", "Sends files for reading: of a folder and those in it, one file, or those of a list.",
        outputs: [.output("bytes", .bytes, "the file's bytes, keyed by its path below the folder")],
        configuration: [
            ConfigField("path", .path, "a folder or a file; files of a list start here", required: true),
            ConfigField("list", .path, "a text file that names one file per line; empty for none"),
            ConfigField("pattern", .string, "which names to take: *, ?, [a-z] and {a,b}", default: "*"),
            ConfigField("max_bytes", .integer(minimum: 1), "larger files are told of and not read", default: .int(512 << 20)),
            ConfigField("leave_out", .path, "a folder whose files are not taken, such as that of the results"),
        ],
        check: { node in
            guard let pattern = node.config["pattern"]?.string else { return [] }
            do {
                _ = try GlobPattern(pattern)
                return []
            } catch { return [ConfigurationProblem(["pattern"], "\(error)")] }
        },
        make: { context in
            DocumentsSource(
                path: try context.config.string("path"), list: context.config["list"]?.string,
                pattern: try context.config.string("pattern"), leftOut: context.config["leave_out"]?.string,
                byteLimit: try context.config.int("max_bytes"))
        })

    private let path: String
    private let list: String?
    private let pattern: String
    private let leftOut: String?
    private let byteLimit: Int

    init(path: String, list: String?, pattern: String, leftOut: String?, byteLimit: Int) {
        self.path = path
        self.list = list
        self.pattern = pattern
        self.leftOut = leftOut
        self.byteLimit = byteLimit
    }

    func run(_ emit: AsyncEmitter) async throws {
        let (folder, names) = try files()
        emit.announce(names.count)
        for name in names {
            let file = name.hasPrefix("/") ? name : "\(folder)/\(name)"
            guard let stamp = FolderWatch.Stamp(path: file) else {
                // It went between listing and reading, or the list names what is not there; either is told with its name.
                try await emit(.object(UnreadableFile(reason: Self.reason(file))), key: name, identity: "\(name)/absent")
                continue
            }
            let identity = "\(name)/\(stamp.modified)/\(stamp.byteCount)"
            guard stamp.byteCount <= byteLimit else {
                let reason = "has \(stamp.byteCount) bytes, more than the limit of \(byteLimit); split it or raise the limit"
                try await emit(.object(UnreadableFile(reason: reason)), key: name, identity: identity)
                continue
            }
            do {
                try await emit(.bytes(try StoragePool.default.read(path: file)), key: name, identity: identity)
            } catch let error as TensorError {
                try await emit(.object(UnreadableFile(reason: "\(error)")), key: name, identity: identity)
            }
        }
    }

    private static func reason(_ file: String) -> String {
        var status = stat()
        guard stat(file, &status) == 0 else {
            let isMisnamed = file.unicodeScalars.contains("\u{FFFD}")
            return "cannot be read: "
                + (isMisnamed ? "its name is not UTF-8; give it another one" : String(cString: strerror(errno)))
        }
        return access(file, R_OK) == 0 ? "is no file" : "cannot be read: \(String(cString: strerror(errno)))"
    }

    /// Where names start, and the names in the order in which they are sent.
    private func files() throws(NodeError) -> (folder: String, names: [String]) {
        if let list { return (path, try lines(of: list)) }
        return try FolderListing.files(at: path, matching: pattern, except: leftOut)
    }

    private func lines(of list: String) throws(NodeError) -> [String] {
        let bytes: Tensor
        do { bytes = try StoragePool.default.read(path: list) } catch {
            throw .unreadableFolder(path: list, reason: "\(error)")
        }
        let text = bytes.withBytes { span in span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
        var seen: Set<String> = []
        return text.split(whereSeparator: \.isNewline).map { String($0) }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}

/// What a source sends in place of a file that it could not read, so that the run says so.
struct UnreadableFile: Sendable {
    let reason: String
}
