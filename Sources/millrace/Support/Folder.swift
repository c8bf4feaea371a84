import Glibc
import MillNodes

/// The little that commands need to know of folders.
enum Folder {
    static var temporary: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    /// What the folder holds, sorted, hidden files left out; nothing when it cannot be read.
    static func names(in path: String) -> [String] {
        ((try? FolderListing.names(in: path, matching: GlobPattern("*"))) ?? []).sorted()
    }
}
