import Glibc
import MillNodes

/// The little that commands need to know of folders.
enum Folder {
    static var temporary: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

    /// What the folder holds, sorted, hidden files left out; nothing when it cannot be read or is a file.
    static func names(in path: String) -> [String] {
        ((try? FolderListing.names(in: path, matching: GlobPattern("*"))) ?? []).sorted()
    }

    /// What the folder that a user named holds, sorted, hidden files left out.
    ///
    /// - Throws: ``Failure`` where it does not exist, is a file, or cannot be read.
    static func contents(of path: String) throws -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let reason = errno == ENOENT ? "it does not exist" : String(cString: strerror(errno))
            throw Failure.usage("cannot read the folder \(path): \(reason)")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure.usage("\(path) is a file; a folder is wanted") }
        do { return try FolderListing.names(in: path, matching: GlobPattern("*")).sorted() } catch {
            throw Failure.usage("\(error)")
        }
    }

    /// Bytes of a file; 0 when there is none.
    static func size(of file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }
}
