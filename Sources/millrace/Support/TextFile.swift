import MillTensor

/// Reads a text that a command is given.
enum TextFile {
    /// Longer texts, in bytes, are refused.
    private static let limit = 1 << 30

    /// The content of a file, `-` for standard input; bytes that are no UTF-8 become U+FFFD.
    static func read(_ path: String) throws -> String {
        if path == "-" { return try StandardInput.all() }
        let storage: Storage
        do { storage = try Storage.map(path: path) } catch { throw Failure.usage("\(path): \(error.reason)") }
        guard storage.byteCount <= limit else { throw Failure.usage("\(path) has more than \(limit >> 30) GiB") }
        return String(decoding: UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount), as: UTF8.self)
    }
}
