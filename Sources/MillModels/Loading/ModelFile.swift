import Glibc
import MillTensor
import MillValue
import MillWeights

/// The small files beside a model's weights.
package enum ModelFile {
    /// No configuration or tokenizer is larger than this, in bytes.
    private static let limit = 256 << 20

    package static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

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

    /// The same, or they would once something is written to either.
    package static func isSamePlace(_ path: String, _ other: String) -> Bool {
        if isSame(path, other) { return true }
        guard access(path, F_OK) != 0, access(other, F_OK) != 0 else { return false }
        let (first, second) = (split(path), split(other))
        return first.name.utf8.elementsEqual(second.name.utf8) && isSame(first.folder, second.folder)
    }

    /// The names of what a folder holds, hidden ones left out, sorted; none when it cannot be read.
    package static func names(in path: String) -> [String] {
        ((try? FolderEntries.names(in: path)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    static func folders(in path: String) -> [String] { names(in: path).filter { isFolder("\(path)/\($0)") } }

    /// The folder of a path and the name in it.
    static func split(_ path: String) -> (folder: String, name: String) {
        // By bytes: a name may begin with a mark that is one character with the slash.
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
    }

    /// Whether a file begins as those of whisper.cpp do.
    static func isGGML(_ path: String) -> Bool { begins(path, with: "lmgg") }

    package static func isGGUF(_ path: String) -> Bool { begins(path, with: "GGUF") }

    private static func begins(_ path: String, with mark: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var head: [UInt8] = [0, 0, 0, 0]
        return read(descriptor, &head, head.count) == head.count && head == Array(mark.utf8)
    }

    package static func bytes(_ path: String) throws(ModelError) -> [UInt8] {
        let storage: Storage
        do { storage = try Storage.map(path: path) } catch { throw .memory(error) }
        do { try LFSPointer.refuse(storage, path: path) } catch { throw .weights(error) }
        guard storage.byteCount <= limit else {
            throw .notAModel(path: path, reason: "\(storage.byteCount) bytes are more than a configuration may have")
        }
        return Array(UnsafeRawBufferPointer(start: storage.base, count: storage.byteCount))
    }

    package static func json(_ path: String) throws(ModelError) -> Value {
        let bytes = try bytes(path)
        do { return try JSON.parse(bytes: bytes) } catch { throw .notAModel(path: path, reason: "\(error)") }
    }

    /// A file of settings, which need not be there: null then.
    ///
    /// - Throws: ``ModelError/configuration(path:key:problem:)`` where it holds something else than keys and values.
    static func settings(_ path: String) throws(ModelError) -> Value {
        guard exists(path) else { return .null }
        let value = try json(path)
        guard value.isNull || value.map != nil else {
            throw .configuration(path: path, key: "the file", problem: "must hold a JSON object ({…}) or null")
        }
        return value
    }
}
