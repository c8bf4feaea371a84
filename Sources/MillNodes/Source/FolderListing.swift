import Glibc
import MillTensor
import MillValue

/// The files of a folder whose names match a pattern, in natural order (`2.jpg` before `10.jpg`).
package enum FolderListing {
    /// - Throws: ``NodeError/unreadableFolder(path:reason:)``, ``NodeError/noMatchingFiles(folder:pattern:)``.
    package static func files(in folder: String, matching pattern: String) throws(NodeError) -> [String] {
        let names = try names(in: folder, matching: GlobPattern(pattern)).filter { name in
            FolderWatch.Stamp(path: "\(folder)/\(name)") != nil
        }
        guard !names.isEmpty else { throw .noMatchingFiles(folder: folder, pattern: pattern) }
        return names.sorted { $0.precedesNaturally($1) }
    }

    /// The file at a path, or the files in a folder and in the folders in it: where names start, and the names in natural order.
    /// What cannot be read is among them, so that whoever reads them says so; pipes, devices and links to nothing are not.
    static func files(at path: String, matching pattern: String) throws(NodeError) -> (folder: String, names: [String]) {
        if let file = try single(path) { return file }
        let glob = try GlobPattern(pattern)
        let names = try FolderWalk(path, except: nil).found().compactMap { found in
            switch found.kind {
            case .file, .fileElsewhere: glob.matches(found.name) ? found.path : nil
            case .unreadable(_, let isFolder): isFolder || glob.matches(found.name) ? found.path : nil
            case .other, .closedFolder: nil
            }
        }
        guard !names.isEmpty else { throw .noMatchingFiles(folder: path, pattern: pattern) }
        return (path, names)
    }

    /// Where a file lies, and its name; nil when the path is that of a folder.
    static func single(_ path: String) throws(NodeError) -> (folder: String, names: [String])? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .unreadableFolder(path: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return (parts.dropLast().joined(separator: "/"), [String(parts.last ?? "")])
    }

    /// The names in a folder that match, hidden ones left out, in no order; whatever they are the names of.
    package static func names(in folder: String, matching glob: GlobPattern) throws(NodeError) -> [String] {
        let names: [String]
        do { names = try FolderEntries.names(in: folder) } catch { throw .unreadableFolder(path: folder, reason: error.reason) }
        return names.filter { !$0.hasPrefix(".") && glob.matches($0) }
    }
}
