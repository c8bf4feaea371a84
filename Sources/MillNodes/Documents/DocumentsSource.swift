import Glibc
import MillGraph
import MillTensor
import MillValue

/// `source.documents`: the files of a folder and of the folders in it, one file, or those of a list.
final class DocumentsSource: SourceNode {
    static func type(journal: RunJournal) -> NodeType {
        NodeType(
            "source.documents", "Sends files for reading: of a folder and those in it, one file, or those of a list.",
            outputs: [.output("bytes", .bytes, "the file's bytes, keyed by its path below the folder")],
            configuration: [
                ConfigField("path", .path, "a folder or a file; files of a list start here", required: true),
                ConfigField("list", .path, "a text file that names one file per line; empty for none"),
                ConfigField(
                    "pattern", .string, "which names to take, in capitals or small letters: *, ?, [a-z] and {a,b}",
                    default: "*"),
                ConfigField(
                    "max_bytes", .integer(minimum: 1), "larger files are told of and not read", default: .int(512 << 20)),
                ConfigField("leave_out", .path, "a folder whose files are not taken, such as that of the results"),
            ],
            check: { node in
                var problems: [ConfigurationProblem] = []
                if let pattern = node.config["pattern"]?.string {
                    do { _ = try GlobPattern(pattern) } catch {
                        problems.append(ConfigurationProblem(["pattern"], "\(error)"))
                    }
                }
                if let path = node.config["path"]?.string, let leftOut = node.config["leave_out"]?.string,
                    let reason = Self.overlap(path, leftOut)
                {
                    problems.append(ConfigurationProblem(["leave_out"], reason))
                }
                return problems
            },
            make: { context in
                let listing = DocumentListing(
                    path: try context.config.string("path"), list: context.config["list"]?.string,
                    pattern: try context.config.string("pattern"), leftOut: context.config["leave_out"]?.string)
                // Here and not in the run: nothing is written where there is nothing to read.
                return DocumentsSource(
                    try listing.entries(), pattern: listing.pattern, byteLimit: try context.config.int("max_bytes"),
                    journal: journal)
            })
    }

    private let entries: [DocumentListing.Entry]
    private let leftAside: [String]
    private let pattern: String
    private let byteLimit: Int
    private let journal: RunJournal

    init(
        _ found: (entries: [DocumentListing.Entry], leftAside: [String]), pattern: String, byteLimit: Int, journal: RunJournal
    ) {
        (entries, leftAside) = found
        self.pattern = pattern
        self.byteLimit = byteLimit
        self.journal = journal
    }

    func run(_ emit: AsyncEmitter) async throws {
        if let first = leftAside.first {
            let names = ([first] + leftAside.dropFirst().prefix(4)).joined(separator: ", ")
            let others = leftAside.count > 5 ? " and \(leftAside.count - 5) more" : ""
            journal.say("not taken, since the names do not match \(pattern): \(names)\(others)")
        }
        // A file that changes from here on is sent with what it has become.
        emit.expect(entries.map { ExpectedItem(key: $0.name, identity: $0.identity) })
        for entry in entries { try await send(entry, emit) }
    }

    private func send(_ entry: DocumentListing.Entry, _ emit: AsyncEmitter) async throws {
        if let unreadable = entry.unreadable {
            return try await emit(.object(unreadable), key: entry.name, identity: entry.identity)
        }
        guard let stamp = FolderWatch.Stamp(path: entry.path) else {
            // It went between listing and reading, or the list names what is not there; either is told with its name.
            let reason = Self.reason(entry.path)
            return try await emit(
                .object(UnreadableFile(reason: reason)), key: entry.name, identity: DocumentListing.identity(entry.name, nil))
        }
        let identity = DocumentListing.identity(entry.name, stamp)
        guard stamp.byteCount <= byteLimit else {
            let reason = "has \(stamp.byteCount) bytes, more than the limit of \(byteLimit); split it or raise the limit"
            return try await emit(.object(UnreadableFile(reason: reason)), key: entry.name, identity: identity)
        }
        do {
            try await emit(.bytes(try StoragePool.default.read(path: entry.path)), key: entry.name, identity: identity)
        } catch let error as TensorError {
            try await emit(.object(UnreadableFile(reason: "\(error)")), key: entry.name, identity: identity)
        }
    }

    private static func reason(_ file: String) -> String {
        var status = stat()
        guard stat(file, &status) == 0 else { return "cannot be read: \(String(cString: strerror(errno)))" }
        return access(file, R_OK) == 0 ? "is no file" : "cannot be read: \(String(cString: strerror(errno)))"
    }

    /// A folder for the results of a file or folder.
    private static func otherFolder(_ path: String) -> String {
        guard let (folder, _) = try? FolderListing.single(path) else { return "\(path)/results" }
        return folder.isEmpty ? path.hasPrefix("/") ? "/results" : "results" : "\(folder)/results"
    }

    /// Why a folder of documents cannot be read while that of the results is left out of it: what a run writes would be read
    /// by the next one. nil when it can.
    private static func overlap(_ path: String, _ leftOut: String) -> String? {
        guard let place = Place(path), let results = Place(leftOut), let real = Place.path(path),
            let realResults = Place.path(leftOut)
        else { return nil }
        guard place != results, real != realResults + "/documents", !Place.isBelow(real, realResults + "/documents") else {
            return "\(leftOut) holds the documents and would hold the results, which later runs would read as documents; "
                + "choose another folder for the results, such as \(Self.otherFolder(path))"
        }
        return nil
    }
}

/// What a source sends in place of a file that it could not read, so that the run says so.
package struct UnreadableFile: Sendable {
    package let reason: String
    /// Whether nobody could have meant it to be read: then it is skipped, and not a failure.
    package var isSkipped = false
}
