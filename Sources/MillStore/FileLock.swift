import Glibc

/// An exclusive advisory lock on `PATH.lock`, released when this goes away or the process ends.
package final class FileLock: Sendable {
    private let descriptor: CInt

    package init(path: String) throws(StoreError) {
        let lockPath = path + ".lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            if code == EROFS || code == EACCES { throw .readOnly(path: path) }
            throw .cannotOpen(path: path, reason: String(cString: strerror(code)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .inUse(path: path)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
