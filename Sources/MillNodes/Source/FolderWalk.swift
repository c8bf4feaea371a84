import Glibc
import MillTensor
import MillValue

/// Walks through a folder and the folders in it and tells of everything in them what it is.
///
/// Hidden things are left out. Links to folders are not followed, since they may lead round in circles; links to files lead to
/// ``Found/Kind/file`` where the file is in the walked folder, too: what lies elsewhere may not have been given to be read.
struct FolderWalk {
    struct Found: Sendable {
        enum Kind: Sendable, Hashable {
            case file
            /// A link to a file that is not in the walked folder.
            case fileElsewhere(reason: String)
            /// Something whose name may match although it is no file, such as a pipe.
            case other(reason: String)
            /// A folder that is not entered; whoever reads its files says so, whatever it is called.
            case closedFolder(reason: String)
            /// A file or folder that cannot be opened.
            case unreadable(reason: String, isFolder: Bool)
        }

        /// Below the walked folder.
        let path: String
        let name: String
        let kind: Kind
    }

    private let root: String
    private let realRoot: String
    private let skipped: Place?
    private let skippedPath: String?

    /// - Parameter leftOut: a folder whose files are not taken.
    init(_ root: String, except leftOut: String?) throws(NodeError) {
        guard let real = Place.path(root) else {
            throw .unreadableFolder(path: root, reason: String(cString: strerror(errno)))
        }
        self.root = root
        realRoot = real
        skipped = leftOut.flatMap { Place($0) }
        skippedPath = leftOut.flatMap(Place.path)
    }

    /// Everything, in natural order.
    ///
    /// - Throws: ``NodeError/unreadableFolder(path:reason:)`` for the walked folder itself; of one in it, that is told.
    func found() throws(NodeError) -> [Found] {
        var found: [Found] = []
        var pending = [""]
        while let below = pending.popLast() {
            guard pending.count < 100_000 else { throw .unreadableFolder(path: root, reason: "it has too many folders") }
            let entries: [FolderEntries.Entry]
            do { entries = try FolderEntries.entries(in: "\(root)/\(below)") } catch {
                guard !below.isEmpty else { throw .unreadableFolder(path: root, reason: error.reason) }
                found.append(
                    Found(
                        path: below, name: below,
                        kind: .unreadable(reason: "cannot be read: \(error.reason)", isFolder: true)))
                continue
            }
            if !below.isEmpty, Self.isArchive(entries) {
                found.append(Found(path: below, name: below, kind: .closedFolder(reason: "holds the results of another run")))
                continue
            }
            for entry in entries where !entry.name.hasPrefix(".") {
                let path = below.isEmpty ? entry.name : "\(below)/\(entry.name)"
                if entry.kind == .folder, entry.isNamed {
                    if skipped == nil || Place("\(root)/\(path)") != skipped { pending.append(path) }
                } else {
                    found.append(Found(path: path, name: entry.name, kind: kind(entry, at: path)))
                }
            }
        }
        return found.sorted { $0.path.precedesNaturally($1.path) }
    }

    private func kind(_ entry: FolderEntries.Entry, at path: String) -> Found.Kind {
        guard entry.isNamed else {
            let advice = "cannot be read: its name is not UTF-8; give it another one"
            return .unreadable(reason: advice, isFolder: entry.kind == .folder)
        }
        return switch entry.kind {
        case .file, .folder: .file
        case .pipe: .other(reason: "is a pipe, not a file")
        case .socket: .other(reason: "is a socket, not a file")
        case .device: .other(reason: "is a device, not a file")
        case .link: target(of: path)
        }
    }

    /// What a link leads to.
    private func target(of path: String) -> Found.Kind {
        var status = stat()
        guard stat("\(root)/\(path)", &status) == 0 else {
            let code = errno
            let problem = String(cString: strerror(code))
            return .other(reason: code == ENOENT ? "is a link to nothing" : "is a link that leads nowhere: \(problem)")
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .closedFolder(reason: "is a link to a folder, which is not followed")
        case S_IFREG: return leadsOut(path).map { .fileElsewhere(reason: $0) } ?? .file
        default: return .other(reason: "is a link to something that is no file")
        }
    }

    /// Why the file at a path is none of this folder's; nil when it is.
    ///
    /// - Parameter path: below the folder.
    func leadsOut(_ path: String) -> String? {
        guard let real = Place.path("\(root)/\(path)") else { return nil }
        guard Place.isBelow(real, realRoot) else { return "leads out of the folder that is read; put a copy in its place" }
        if let skippedPath, Place.isBelow(real, skippedPath) { return "leads into the folder of the results" }
        return nil
    }

    /// Where `sink.records` keeps results.
    private static func isArchive(_ entries: [FolderEntries.Entry]) -> Bool {
        let names = Set(entries.map(\.name))
        return names.contains(".archive.lock") && names.contains("documents")
    }
}

/// What a path leads to.
struct Place: Equatable {
    private let device: UInt
    private let inode: UInt

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    /// The path without links; nil where there is nothing.
    static func path(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether a path without links leads into a folder.
    static func isBelow(_ path: String, _ folder: String) -> Bool {
        path.utf8.starts(with: (folder == "/" ? "/" : folder + "/").utf8)
    }
}
