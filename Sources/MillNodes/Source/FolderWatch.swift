import Glibc
import MillValue

/// Tells which files of a folder are new or were written again, once nobody writes to them any more.
struct FolderWatch {
    /// What a file's content is known by.
    struct Stamp: Hashable, Sendable {
        let inode: UInt
        let byteCount: Int
        /// Nanoseconds since 1970.
        let modified: Int

        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            inode = UInt(status.st_ino)
            byteCount = Int(status.st_size)
            modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
        }
    }

    let folder: String
    private let glob: GlobPattern
    private var taken: [String: Stamp] = [:]
    /// Seen once; taken when they are the same at the next look.
    private var growing: [String: Stamp] = [:]

    /// - Parameter takesOld: whether what the folder holds already counts as new.
    init(folder: String, pattern: String, takesOld: Bool) throws(NodeError) {
        self.folder = folder
        glob = try GlobPattern(pattern)
        if !takesOld { taken = try stamps() }
    }

    /// The files that are new and complete, oldest first.
    mutating func look() throws(NodeError) -> [(name: String, stamp: Stamp)] {
        let now = try stamps()
        var ready: [(name: String, stamp: Stamp)] = []
        var growing: [String: Stamp] = [:]
        for (name, stamp) in now where taken[name] != stamp {
            if self.growing[name] == stamp, stamp.byteCount > 0 { ready.append((name, stamp)) } else { growing[name] = stamp }
        }
        self.growing = growing
        // What is gone is forgotten, so that a folder that is cleaned does not fill the memory.
        taken = taken.filter { now[$0.key] != nil }
        for (name, stamp) in ready { taken[name] = stamp }
        return ready.sorted {
            $0.stamp.modified == $1.stamp.modified
                ? $0.name.precedesNaturally($1.name) : $0.stamp.modified < $1.stamp.modified
        }
    }

    private func stamps() throws(NodeError) -> [String: Stamp] {
        var stamps: [String: Stamp] = [:]
        for name in try FolderListing.names(in: folder, matching: glob) {
            stamps[name] = Stamp(path: "\(folder)/\(name)")
        }
        return stamps
    }
}
