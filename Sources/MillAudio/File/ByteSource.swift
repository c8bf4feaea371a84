import Glibc

/// The bytes of a sound, in memory or in a file that is read piece by piece.
final class ByteSource: Sendable {
    private enum Place: Sendable {
        case memory([UInt8])
        case file(CInt)
    }

    let byteCount: Int
    private let place: Place

    init(_ bytes: [UInt8]) {
        byteCount = bytes.count
        place = .memory(bytes)
    }

    /// - Throws: ``AudioError/unreadable(path:reason:)`` also for what is no regular file.
    init(path: String) throws(AudioError) {
        // Not waiting for a writer: opening a pipe that nobody writes to would never return.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadable(path: path, reason: "it is not a regular file")
        }
        byteCount = Int(status.st_size)
        place = .file(descriptor)
    }

    deinit { if case .file(let descriptor) = place { close(descriptor) } }

    /// At most `count` bytes from `offset` on; fewer at the end.
    func read(_ count: Int, at offset: Int) -> [UInt8] {
        guard offset >= 0, offset < byteCount, count > 0 else { return [] }
        let count = min(count, byteCount - offset)
        switch place {
        case .memory(let bytes): return Array(bytes[offset..<offset + count])
        case .file(let descriptor):
            return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                filled = 0
                // Each call writes behind what is there, within the `count` bytes of the buffer.
                while filled < count, let base = buffer.baseAddress {
                    let got = pread(descriptor, base + filled, count - filled, off_t(offset + filled))
                    if got < 0, errno == EINTR { continue }
                    guard got > 0 else { return }
                    filled += got
                }
            }
        }
    }
}
