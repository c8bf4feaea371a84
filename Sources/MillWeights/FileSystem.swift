import Glibc
import MillTensor

/// The few questions to the file system that readers and writers have.
enum FileSystem {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func map(_ path: String) throws(WeightsError) -> Storage {
        do throws(TensorError) { return try Storage.map(path: path) } catch { throw WeightsError(opening: path, error) }
    }

    /// A whole small file.
    static func read(_ path: String, limit: Int) throws(WeightsError) -> [UInt8] {
        let storage = try map(path)
        guard storage.byteCount <= limit else {
            throw .unreadable(path: path, reason: "\(storage.byteCount) bytes are more than the limit of \(limit)")
        }
        return Array(UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount))
    }
}
