import CMillSystem
import Glibc
import MillCompute
import MillTensor

/// The folder with the files of panels: finds, makes and removes them.
///
/// A file is complete from the moment it has its name. Whoever has one mapped holds a shared lock on it.
struct PanelFolder {
    /// Why something cannot be written there.
    struct Failure: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
        init(code: Int32) { reason = String(cString: strerror(code)) }
    }

    private static let ending = ".panels"
    private static let unfinished = ".part"

    let path: String

    /// The folder as it is, without making it.
    init(path: String) { self.path = path }

    /// Makes the folder and those above it, for the user only, where they do not exist.
    func make() throws(Failure) {
        var partial = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            partial += "/\(part)"
            if mkdir(partial, 0o700) == 0 { continue }
            let code = errno
            var status = stat()
            guard stat(partial, &status) == 0 else { throw Failure(code: code) }
            guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure("\(partial) is no folder") }
        }
    }

    /// Refuses a folder in which nothing can be found or made; without it, the model's file would be read for nothing.
    func checkIsOfUse() throws(Failure) {
        guard access(path, W_OK | X_OK) != 0 else { return }
        let code = errno
        if files.isEmpty { throw Failure(code: code) }
    }

    private func path(of key: ContentHash) -> String { "\(path)/\(key.hex)\(Self.ending)" }

    /// What a look for a file finds.
    enum Found {
        case none
        case broken(path: String, reason: String)
        case panels(Storage, path: String)
    }

    /// Maps a file that was made earlier, if it is what the format says, and notes the use.
    func find(_ format: PanelFormat) -> Found {
        let path = path(of: format.key)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else {
            return errno == ENOENT ? .none : .broken(path: path, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.isTrusted else {
            close(descriptor)
            return .broken(path: path, reason: "others than you can write to it, or it is not yours")
        }
        do {
            let storage = try map(descriptor, path: path)
            if let problem = format.problem(storage) { return .broken(path: path, reason: problem) }
            _ = mill_mark_read(descriptor)
            return .panels(storage, path: path)
        } catch { return .broken(path: path, reason: "\(error)") }
    }

    /// Maps an open file, and holds a shared lock on it as long; the descriptor is the mapping's from then on.
    private func map(_ descriptor: Int32, path: String) throws(TensorError) -> Storage {
        // Without locks the file might be removed while it is mapped, which harms nobody.
        flock(descriptor, LOCK_SH | LOCK_NB)
        do { return try Storage.map(descriptor, path: path) { close(descriptor) } } catch {
            close(descriptor)
            throw error
        }
    }

    /// Runs `body` while no other process makes files here.
    ///
    /// - Parameter onWait: called before waiting for one that does.
    func alone<Result>(onWait: () -> Void, _ body: () throws(ModelError) -> Result) throws(ModelError) -> Result {
        let descriptor = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        // What cannot be locked cannot be written to either, or is on a file system without locks, where files still get
        // their names complete.
        guard descriptor >= 0 else { return try body() }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            onWait()
            while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
        }
        return try body()
    }

    /// Opens a file of `byteCount` bytes that has no name yet.
    func newFile(byteCount: Int) throws(Failure) -> PanelOutput {
        let descriptor = mill_open_unnamed(path)
        if descriptor >= 0 { return try PanelOutput(descriptor, part: nil, byteCount: byteCount) }
        // File systems without unnamed files get a named one, which whoever comes next removes if this process ends early.
        let part = "\(path)/\(String(UInt64.random(in: 0 ... .max), radix: 36))\(Self.unfinished)"
        let named = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard named >= 0 else { throw Failure(code: errno) }
        flock(named, LOCK_EX | LOCK_NB)
        return try PanelOutput(named, part: part, byteCount: byteCount)
    }

    /// Gives a complete file its name, over a broken one that may be there.
    ///
    /// - Returns: its path.
    func publish(_ output: PanelOutput, _ format: PanelFormat) throws(Failure) -> String {
        let path = path(of: format.key)
        try output.name(path)
        let folder = open(self.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
        return path
    }

    /// Maps a file that was just written; it is the mapping's from then on.
    func map(_ output: PanelOutput) throws(TensorError) -> Storage { try map(output.take(), path: path) }

    // --- What is there ---

    /// A file of panels.
    struct File {
        let name: String
        let byteCount: Int
        /// When it was last mapped, in nanoseconds since 1970.
        let used: Int
    }

    /// The one used last comes first.
    var files: [File] {
        names.filter { $0.hasSuffix(Self.ending) }.compactMap { name in
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            let used = status.st_atim.tv_sec &* 1_000_000_000 &+ status.st_atim.tv_nsec
            return File(name: name, byteCount: Int(status.st_size), used: used)
        }.sorted { ($0.used, $0.name) > ($1.used, $1.name) }
    }

    /// The path of the model from which a file was made, as it was then.
    func model(of file: File) -> String? {
        let descriptor = open("\(path)/\(file.name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: PanelFormat.pathByteCount)
        let start = file.byteCount - bytes.count
        guard start > 0, pread(descriptor, &bytes, bytes.count, start) == bytes.count else { return nil }
        let path = bytes.prefix { $0 != 0 }
        return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }

    func isInUse(_ file: File) -> Bool { !locking(file) { true } }

    /// Removes a file.
    ///
    /// - Returns: whether it is gone; one that is in use stays.
    func remove(_ file: File) -> Bool { locking(file) { unlink("\(path)/\(file.name)") == 0 } }

    /// Runs `body` while nobody has the file mapped; false otherwise.
    private func locking(_ file: File, _ body: () -> Bool) -> Bool {
        let descriptor = open("\(path)/\(file.name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else { return false }
        return body()
    }

    /// Removes the files that were not used for the longest time until no more than `limit` bytes are left.
    ///
    /// - Returns: those that were removed, and the bytes that are left.
    func prune(to limit: Int) -> (removed: [File], byteCount: Int) {
        var (removed, left) = ([File](), files.reduce(0) { $0 &+ $1.byteCount })
        for file in files.reversed() where left > limit && remove(file) {
            removed.append(file)
            left -= file.byteCount
        }
        return (removed, left)
    }

    /// Removes what processes that ended early have left.
    func removeUnfinished() {
        for name in names where name.hasSuffix(Self.unfinished) {
            _ = remove(File(name: name, byteCount: 0, used: 0))
        }
    }

    private var names: [String] { ModelFile.names(in: path) }
}
