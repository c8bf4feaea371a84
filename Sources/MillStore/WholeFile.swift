import Glibc

/// A file that appears whole. It is written beside its place, under a name that ends in `.part`, and moved there when it is
/// complete: what stood there before stays until then, also when the disk is full or the process is killed.
///
/// ```swift
/// let file = try WholeFile(replacing: "out/records.jsonl")
/// try file.write("{}\n")
/// try file.commit()
/// ```
package final class WholeFile {
    /// Where it will be.
    package let path: String
    /// Where it is until then.
    private let temporary: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isCommitted = false
    private static let bufferSize = 1 << 16

    /// Begins a file in a folder that exists. A link is followed: the file that it leads to is replaced.
    ///
    /// - Throws: ``StoreError/unwritable(path:reason:)``.
    package init(replacing path: String) throws(StoreError) {
        self.path = path
        let place = Self.canonical(path)
        (descriptor, temporary) = try Self.begin(place, path: path)
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(temporary) }
    }

    package func write(_ text: String) throws(StoreError) {
        var text = text
        if buffer.count + text.utf8.count <= Self.bufferSize { return text.withUTF8 { buffer.append(contentsOf: $0) } }
        try flush()
        try write(text.utf8Span.span.bytes)
    }

    package func write(_ bytes: RawSpan) throws(StoreError) {
        try flush()
        try Self.write(bytes, to: descriptor, path: path)
    }

    /// Puts the file in its place; it is on the disk when this returns.
    ///
    /// - Throws: ``StoreError/unwritable(path:reason:)``; then the earlier file stays.
    package func commit() throws(StoreError) {
        try flush()
        guard fsync(descriptor) == 0, rename(temporary, Self.canonical(path)) == 0 else { throw Self.failure(path) }
        isCommitted = true
    }

    private func flush() throws(StoreError) {
        guard !buffer.isEmpty else { return }
        let bytes = buffer
        buffer = []
        try Self.write(bytes.span.bytes, to: descriptor, path: path)
    }

    private static func begin(_ place: String, path: String) throws(StoreError) -> (Int32, String) {
        // One process may write the same file from several threads: the first free number is this one's.
        for number in 0..<10_000 {
            let temporary = "\(place).\(getpid()).\(number).part"
            let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            if descriptor >= 0 { return (descriptor, temporary) }
            guard errno == EEXIST else { break }
        }
        throw failure(path)
    }
}

extension WholeFile {
    /// Writes a whole file in a folder that exists.
    ///
    /// - Throws: ``StoreError/unwritable(path:reason:)``.
    package static func replace(_ path: String, with bytes: RawSpan) throws(StoreError) {
        let file = try WholeFile(replacing: path)
        try file.write(bytes)
        try file.commit()
    }

    /// Whether a name is that of a file that was never completed.
    package static func isUnfinished(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).suffix(3)
        return parts.count == 3 && parts.last == "part" && parts.dropLast().allSatisfy { UInt32($0) != nil }
    }

    /// Makes the folders on the way to a file.
    ///
    /// - Throws: ``StoreError/unwritable(path:reason:)`` with the folder that cannot be made.
    package static func makeFolders(of path: String) throws(StoreError) {
        var folder = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            if mkdir(folder, 0o755) != 0, errno != EEXIST { throw failure(folder) }
        }
    }

    /// Waits until what was moved in a folder is on the disk.
    package static func synchronize(folder: String) throws(StoreError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        // Some network file systems cannot do it for folders.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(folder) }
    }

    private static func write(_ bytes: RawSpan, to descriptor: Int32, path: String) throws(StoreError) {
        var offset = 0
        while offset < bytes.byteCount {
            let written = bytes.withUnsafeBytes { bytes -> Int in
                guard let start = bytes.baseAddress else { return 0 }
                return Glibc.write(descriptor, start + offset, bytes.count - offset)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure(path) }
            offset += written
        }
    }

    private static func failure(_ path: String) -> StoreError {
        .unwritable(path: path, reason: String(cString: strerror(errno)))
    }

    /// The file itself where the path is a link to it: the link stays.
    private static func canonical(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
