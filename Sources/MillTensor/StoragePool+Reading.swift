import Glibc

extension StoragePool {
    /// Reads a whole file into a buffer of the pool.
    ///
    /// Unlike a mapping, what was read stays readable when somebody cuts the file short or overwrites it: right for
    /// pictures that a camera writes, while model files are mapped.
    ///
    /// - Returns: U8 `[byteCount]`.
    /// - Throws: ``TensorError/fileUnreadable(path:reason:)``.
    public func read(path: String) throws(TensorError) -> Tensor {
        func failure() -> TensorError { .fileUnreadable(path: path, reason: String(cString: strerror(errno))) }
        // Not waiting for a writer: opening a pipe that nobody writes to would never return.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure() }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .fileUnreadable(path: path, reason: "it is not a regular file")
        }
        let storage = try take(byteCount: Int(status.st_size))
        var count = 0
        while count < storage.byteCount {
            // At most `byteCount - count` bytes behind `base + count`, which ends where the storage does.
            let read = Glibc.read(descriptor, storage.base + count, storage.byteCount - count)
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else { throw failure() }
            if read == 0 { break }
            count += read
        }
        return try Tensor(storage: storage, dtype: .u8, shape: [count])
    }
}
