import Glibc
import MillTensor
import MillValue

/// The small files beside a model's weights.
package enum ModelFile {
    /// No configuration or tokenizer is larger than this, in bytes.
    private static let limit = 256 << 20

    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether two paths lead to one file, links followed.
    package static func isSame(_ path: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        return stat(path, &first) == 0 && stat(other, &second) == 0
            && (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)
    }

    /// The names of what a folder holds, hidden ones left out, sorted; none when it cannot be read.
    static func names(in path: String) -> [String] {
        ((try? FolderEntries.names(in: path)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    static func folders(in path: String) -> [String] { names(in: path).filter { isFolder("\(path)/\($0)") } }

    static func bytes(_ path: String) throws(ModelError) -> [UInt8] {
        let storage: Storage
        do { storage = try Storage.map(path: path) } catch { throw .memory(error) }
        guard storage.byteCount <= limit else {
            throw .notAModel(path: path, reason: "\(storage.byteCount) bytes are more than a configuration may have")
        }
        return Array(UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount))
    }

    static func json(_ path: String) throws(ModelError) -> Value {
        let bytes = try bytes(path)
        do { return try JSON.parse(bytes: bytes) } catch { throw .notAModel(path: path, reason: "\(error)") }
    }
}
