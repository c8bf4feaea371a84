import MillTensor
import MillValue

/// Which files `source.documents` sends, and what it tells of the others.
struct DocumentListing: Sendable {
    struct Entry: Sendable {
        /// Below the folder, or as the list has it.
        let name: String
        let path: String
        /// Tells the file's content from another one under the same name.
        let identity: String
        /// Why it is not read.
        var unreadable: UnreadableFile?
    }

    /// A folder or a file.
    let path: String
    let list: String?
    let pattern: String
    let leftOut: String?

    /// By when it was written and how long it is.
    static func identity(_ name: String, _ stamp: FolderWatch.Stamp?) -> String {
        "\(name)/\(stamp.map { "\($0.modified)/\($0.byteCount)" } ?? "absent")"
    }

    /// What to send, in the order in which it is sent, and the paths of files whose names do not match.
    func entries() throws(NodeError) -> (entries: [Entry], leftAside: [String]) {
        if let list { return (try entries(of: list), []) }
        if let (folder, names) = try FolderListing.single(path) { return (names.map { entry($0, "\(folder)/\($0)") }, []) }
        let glob = try GlobPattern(pattern, ignoresCase: true)
        var entries: [Entry] = []
        var leftAside: [String] = []
        for found in try FolderWalk(path, except: leftOut).found() {
            let (file, matches) = ("\(path)/\(found.path)", glob.matches(found.name))
            switch found.kind {
            case .file where matches: entries.append(entry(found.path, file))
            case .other(let reason) where matches, .fileElsewhere(let reason) where matches, .closedFolder(let reason):
                entries.append(entry(found.path, file, UnreadableFile(reason: reason, isSkipped: true)))
            case .unreadable(let reason, let isFolder) where matches || isFolder:
                entries.append(entry(found.path, file, UnreadableFile(reason: reason)))
            default: leftAside.append(found.path)
            }
        }
        guard !entries.isEmpty else { throw .noMatchingFiles(folder: path, pattern: pattern) }
        return (entries, leftAside)
    }

    /// Names of a list that start at the folder must stay in it; absolute ones are taken as they are.
    private func entries(of list: String) throws(NodeError) -> [Entry] {
        let bytes: Tensor
        do { bytes = try StoragePool.default.read(path: list) } catch {
            throw .unreadableList(path: list, reason: error.reason)
        }
        var text = bytes.withBytes { span in span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }[...]
        // A byte order mark, as some editors write it.
        if text.unicodeScalars.first == "\u{FEFF}" { text = Substring(text.unicodeScalars.dropFirst()) }
        // Bytes, since names that look the same are not the same file.
        var seen: Set<[UInt8]> = []
        let names = text.split { $0 == "\n" || $0 == "\r" || $0 == "\r\n" }.map(String.init).filter {
            seen.insert(Array($0.utf8)).inserted
        }
        let walk = try FolderWalk(path, except: leftOut)
        return names.map { name in
            guard !name.hasPrefix("/") else { return entry(name, name) }
            let reason = walk.leadsOut(name)
            return entry(name, "\(path)/\(name)", reason.map { UnreadableFile(reason: $0, isSkipped: true) })
        }
    }

    private func entry(_ name: String, _ path: String, _ unreadable: UnreadableFile? = nil) -> Entry {
        let identity =
            unreadable.map { "\(name)/\($0.reason)" } ?? Self.identity(name, FolderWatch.Stamp(path: path))
        return Entry(name: name, path: path, identity: identity, unreadable: unreadable)
    }
}
