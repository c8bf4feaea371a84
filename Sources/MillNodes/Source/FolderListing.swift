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

    /// The paths, below a folder, of the files in it and in the folders in it whose own names match, in natural order. Links to
    /// folders are not followed, since they may lead round in circles. A folder below that cannot be read, and a name that is not
    /// UTF-8 (with � for what is wrong), are among them, so that whoever reads them says so.
    ///
    /// - Parameter leftOut: a folder whose files are not taken.
    package static func filesBelow(
        _ folder: String, matching glob: GlobPattern, except leftOut: String? = nil
    ) throws(NodeError) -> [String] {
        let everything = try GlobPattern("*")
        let skipped = leftOut.flatMap(Place.init)
        var files: [String] = []
        var pending = [""]
        while let below = pending.popLast() {
            guard pending.count < 100_000 else { throw .unreadableFolder(path: folder, reason: "it has too many folders") }
            let names: [String]
            do throws(NodeError) { names = try Self.names(in: "\(folder)/\(below)", matching: everything) } catch {
                guard !below.isEmpty else { throw error }
                files.append(below)
                continue
            }
            for name in names {
                let path = below.isEmpty ? name : "\(below)/\(name)"
                guard let place = Place("\(folder)/\(path)", followsLinks: false) else {
                    if name.unicodeScalars.contains("\u{FFFD}"), glob.matches(name) { files.append(path) }
                    continue
                }
                if place.isFolder {
                    if place != skipped { pending.append(path) }
                } else if glob.matches(name), FolderWatch.Stamp(path: "\(folder)/\(path)") != nil {
                    files.append(path)
                }
            }
        }
        return files.sorted { $0.precedesNaturally($1) }
    }

    /// The file at a path, or the files in a folder and in the folders in it: where names start, and the names in the order in
    /// which they are sent.
    ///
    /// - Parameter leftOut: a folder whose files are not taken.
    static func files(
        at path: String, matching pattern: String, except leftOut: String? = nil
    ) throws(NodeError) -> (folder: String, names: [String]) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .unreadableFolder(path: path, reason: String(cString: strerror(errno)))
        }
        if status.st_mode & S_IFMT == S_IFREG {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            return (parts.dropLast().joined(separator: "/"), [String(parts.last ?? "")])
        }
        let names = try filesBelow(path, matching: GlobPattern(pattern), except: leftOut)
        guard !names.isEmpty else { throw .noMatchingFiles(folder: path, pattern: pattern) }
        return (path, names)
    }

    /// What a path leads to.
    private struct Place: Equatable {
        let device: UInt
        let inode: UInt
        let isFolder: Bool

        init?(_ path: String) { self.init(path, followsLinks: true) }

        init?(_ path: String, followsLinks: Bool) {
            var status = stat()
            guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
            (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
            isFolder = status.st_mode & S_IFMT == S_IFDIR
        }
    }

    /// The names in a folder that match, hidden ones left out, in no order; whatever they are the names of.
    package static func names(in folder: String, matching glob: GlobPattern) throws(NodeError) -> [String] {
        let names: [String]
        do { names = try FolderEntries.names(in: folder) } catch { throw .unreadableFolder(path: folder, reason: error.reason) }
        return names.filter { !$0.hasPrefix(".") && glob.matches($0) }
    }
}
