import Glibc

/// What tells a file, and one content of it from the next, without reading it.
package struct FileState: Sendable, Hashable {
    package let device: UInt64
    package let inode: UInt64
    package let byteCount: Int
    /// When the content and when anything of the file last changed, in nanoseconds since 1970.
    package let modified: Int
    package let changed: Int

    package init(_ status: stat) {
        func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        byteCount = Int(status.st_size)
        modified = nanoseconds(status.st_mtim)
        changed = nanoseconds(status.st_ctim)
    }

    package init(device: UInt64, inode: UInt64, byteCount: Int, modified: Int, changed: Int) {
        self.device = device
        self.inode = inode
        self.byteCount = byteCount
        self.modified = modified
        self.changed = changed
    }

    /// The present state of what a path leads to; nil where there is nothing.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

extension Storage {
    /// Maps a whole file read-only. An empty file gives a storage of zero bytes.
    public static func map(path: String) throws(TensorError) -> Storage {
        // Not waiting for a writer: opening a pipe that nobody writes to would never return.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .fileUnreadable(path: path, reason: systemMessage()) }
        defer { close(descriptor) }
        return try map(descriptor, path: path)
    }

    /// Maps a whole open file read-only; the descriptor stays the caller's.
    ///
    /// - Parameters:
    ///   - path: for messages.
    ///   - release: called when the mapping has ended.
    package static func map(
        _ descriptor: Int32, path: String, release: @escaping @Sendable () -> Void = {}
    ) throws(TensorError) -> Storage {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .fileUnreadable(path: path, reason: systemMessage()) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .fileUnreadable(path: path, reason: "it is not a regular file")
        }
        let (byteCount, state) = (Int(status.st_size), FileState(status))
        guard byteCount > 0 else {
            let base = try allocateAligned(byteCount: 0)
            return Storage(kind: .mappedFile(path: path), byteCount: 0, base: base, fileState: state) {
                free($0)
                release()
            }
        }
        guard let base = mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED else {
            throw .fileUnreadable(path: path, reason: systemMessage())
        }
        return Storage(kind: .mappedFile(path: path), byteCount: byteCount, base: base, fileState: state) {
            munmap($0, byteCount)
            release()
        }
    }

    /// MADV_PAGEOUT.
    private static let pageOut: Int32 = 21

    /// Takes pages of a mapped file out of this process's memory; reading there brings them back. Other storages stay as they are.
    ///
    /// - Parameter evicting: whether they leave the system's cache, too, unless other processes use them.
    package func dropPages(_ range: Range<Int>, evicting: Bool = false) {
        guard case .mappedFile = kind, range.lowerBound >= 0, range.upperBound <= byteCount, !range.isEmpty else { return }
        let start = range.lowerBound & ~(max(sysconf(Int32(_SC_PAGESIZE)), 1) - 1)
        // Not known to kernels before 5.4, which then leave it to themselves.
        if evicting { madvise(base + start, range.upperBound - start, Self.pageOut) }
        madvise(base + start, range.upperBound - start, Int32(MADV_DONTNEED))
    }
}
