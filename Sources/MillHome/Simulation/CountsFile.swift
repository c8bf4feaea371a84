import Glibc
import Synchronization

/// A file that is replaced as a whole, so that a reader never sees half of it.
final class CountsFile: Sendable {
    let path: String
    private let lock = Mutex(())

    init(path: String) { self.path = path }

    /// - Returns: what is wrong, or nil.
    func write(_ text: String) -> String? {
        lock.withLock { _ in
            let temporary = "\(path).\(getpid())"
            guard let file = fopen(temporary, "w") else { return String(cString: strerror(errno)) }
            let bytes = Array(text.utf8)
            let written = fwrite(bytes, 1, bytes.count, file)
            guard fclose(file) == 0, written == bytes.count, rename(temporary, path) == 0 else {
                return String(cString: strerror(errno))
            }
            return nil
        }
    }
}
