import Glibc
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

    /// The names in a folder that match, hidden ones left out, in no order; whatever they are the names of.
    package static func names(in folder: String, matching glob: GlobPattern) throws(NodeError) -> [String] {
        guard let directory = opendir(folder) else {
            throw .unreadableFolder(path: folder, reason: String(cString: strerror(errno)))
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if !name.hasPrefix("."), glob.matches(name) { names.append(name) }
        }
        return names
    }
}
