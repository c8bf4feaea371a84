import Glibc

/// A file that is written as it grows; each call reaches the system before it returns.
final class OutputFile {
    private let path: String
    private let descriptor: Int32

    /// Opens the file and makes the folders on the way to it. `-` is standard output.
    ///
    /// - Throws: ``NodeError/unwritable(path:reason:)``.
    init(path: String, append: Bool) throws(NodeError) {
        self.path = path
        if path == "-" || path.hasSuffix("/-") {
            descriptor = dup(STDOUT_FILENO)
        } else {
            try Self.makeFolders(of: path)
            descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0o644)
        }
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func write(_ text: String) throws(NodeError) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
            bytes = bytes.dropFirst(written)
        }
    }

    static func makeFolders(of path: String) throws(NodeError) {
        var folder = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            if mkdir(folder, 0o755) != 0, errno != EEXIST {
                throw .unwritable(path: folder, reason: String(cString: strerror(errno)))
            }
        }
    }
}
