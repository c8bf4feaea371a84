import Glibc

/// Lets one run at a time change a file.
enum FileLock {
    /// Runs `body` while no other run does so with the same file. One that comes meanwhile waits, and then finds what the other
    /// one made of the file.
    ///
    /// What is not there, is no file or may not be written to is not locked: `body` finds out.
    static func hold<Result>(_ path: String, while body: () throws -> Result) throws -> Result {
        while isFile(path) {
            let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else { break }
            defer { close(descriptor) }
            // A file system without locks is no reason to refuse: whoever is alone there loses nothing.
            guard wait(for: descriptor, path) else { break }
            // The other run may have put a new file in its place, and then the lock is one on a file that is gone.
            if leads(path, to: descriptor) { return try body() }
        }
        return try body()
    }

    private static func wait(for descriptor: Int32, _ path: String) -> Bool {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
        guard errno == EWOULDBLOCK else { return false }
        Console.line("waiting for another run, which is changing \(path)")
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { return false }
        }
        return true
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private static func leads(_ path: String, to descriptor: Int32) -> Bool {
        var (named, opened) = (stat(), stat())
        return stat(path, &named) == 0 && fstat(descriptor, &opened) == 0
            && (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
    }
}
