import Glibc
import MillStore

/// A file that is written as it grows; each call reaches the system before it returns.
///
/// It belongs to one writer: whoever opens it holds an advisory lock on it, and another one is refused.
package final class OutputFile {
    private let path: String
    private let descriptor: Int32

    /// Opens the file and makes the folders on the way to it. `-` is standard output.
    ///
    /// - Throws: ``NodeError/unwritable(path:reason:)``, also when somebody else is writing to the file.
    package init(path: String, append: Bool) throws(NodeError) {
        self.path = path
        if Self.isStandardOutput(path) {
            descriptor = dup(STDOUT_FILENO)
            guard descriptor >= 0 else { throw Self.failure(path) }
        } else {
            try Self.makeFolders(of: path)
            // Not waiting for a reader, in case it is a pipe that nobody reads.
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | (append ? O_APPEND : 0), 0o644)
            guard descriptor >= 0 else { throw Self.failure(path) }
            do throws(NodeError) { try Self.take(descriptor, path: path, append: append) } catch {
                close(descriptor)
                throw error
            }
            self.descriptor = descriptor
        }
    }

    deinit { close(descriptor) }

    package func write(_ text: String) throws(NodeError) { try Self.write(text, to: descriptor, path: path) }

    /// Makes an open file this writer's own, and empties it unless it is to be continued.
    private static func take(_ descriptor: Int32, path: String, append: Bool) throws(NodeError) {
        guard fcntl(descriptor, F_SETFL, append ? O_APPEND : 0) == 0 else { throw failure(path) }
        guard isRegular(descriptor) else { return }
        // Emptied only now: a writer that is refused must not cut short what another one writes.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw failure(path) }
            throw .unwritable(path: path, reason: "another run or node is writing to it; give each its own file")
        }
        guard append || ftruncate(descriptor, 0) == 0 else { throw failure(path) }
    }

    private static func isRegular(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private static func isStandardOutput(_ path: String) -> Bool { path == "-" || path.hasSuffix("/-") }

    static func write(_ text: String, to descriptor: Int32, path: String) throws(NodeError) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure(path) }
            bytes = bytes.dropFirst(written)
        }
    }

    static func failure(_ path: String) -> NodeError { .unwritable(path: path, reason: String(cString: strerror(errno))) }

    package static func makeFolders(of path: String) throws(NodeError) {
        do throws(StoreError) { try WholeFile.makeFolders(of: path) } catch { throw .unwritable(error, path: path) }
    }
}

extension OutputFile {
    /// Writes a whole file, with the folders on the way to it. It is written beside its place and moved there when it is
    /// complete: what stood there before stays whole until then, also when the disk is full.
    ///
    /// - Throws: ``NodeError/unwritable(path:reason:)``.
    package static func replace(_ path: String, with text: String) throws(NodeError) {
        var status = stat()
        // What is no plain file (standard output, a terminal, a pipe) cannot be replaced, only written to.
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        if isStandardOutput(path) || isSpecial { return try OutputFile(path: path, append: false).write(text) }
        do throws(StoreError) {
            try WholeFile.makeFolders(of: path)
            try WholeFile.replace(path, with: text.utf8Span.span.bytes)
        } catch { throw .unwritable(error, path: path) }
    }
}

extension NodeError {
    fileprivate static func unwritable(_ error: StoreError, path: String) -> NodeError {
        guard case .unwritable(let path, let reason) = error else { return .unwritable(path: path, reason: "\(error)") }
        return .unwritable(path: path, reason: reason)
    }
}
