import Glibc
import MillTensor
import MillValue

/// The small files beside a model's weights.
enum ModelFile {
    /// No configuration or tokenizer is larger than this, in bytes.
    private static let limit = 256 << 20

    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names of what a folder holds, sorted; none when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
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
