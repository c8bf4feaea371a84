import Glibc
import MillNodes

/// The little that commands need to know of folders.
enum Folder {
    static var temporary: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    /// What the folder holds, sorted, hidden files left out; nothing when it cannot be read.
    static func names(in path: String) -> [String] {
        ((try? FolderListing.names(in: path, matching: GlobPattern("*"))) ?? []).sorted()
    }

    /// Bytes of a file; 0 when there is none.
    static func size(of file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }
}
