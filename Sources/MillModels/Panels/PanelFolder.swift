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
    private static let lockEnding = ".lock"
    private static let unfinished = (start: "millrace-", ending: ".part")

    /// The file of ``HashIndex``.
    static let indexName = "millrace-index"

    /// A name for a file that is not complete.
    static func unfinishedName() -> String {
        unfinished.start + String(UInt64.random(in: 0 ... .max), radix: 36) + unfinished.ending
    }

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
            let whole = partial == path ? "" : "\(path): "
            guard stat(partial, &status) == 0 else { throw Failure("\(whole)\(partial): \(String(cString: strerror(code)))") }
            guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure("\(whole)\(partial) is no folder") }
        }
    }

    /// Refuses a folder in which nothing can be found or made; without it, the model's file would be read for nothing.
    func checkIsOfUse() throws(Failure) {
        guard access(path, W_OK | X_OK) != 0 else { return }
        let code = errno
        if files.isEmpty { throw Failure("\(path): \(String(cString: strerror(code)))") }
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
        // Who looks whether a file is in use holds it for a moment. Without locks the file might be removed while it is
        // mapped, which harms nobody.
        for _ in 0..<100 where flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK { usleep(1000) }
        do { return try Storage.map(descriptor, path: path) { close(descriptor) } } catch {
            close(descriptor)
            throw error
        }
    }

    /// Runs `body` while no other process makes the file of this key.
    ///
    /// - Parameter onWait: called again and again while one does; what it throws ends the waiting.
    func alone<Result>(
        _ key: ContentHash, onWait: () throws(ModelError) -> Void, _ body: () throws(ModelError) -> Result
    ) throws(ModelError) -> Result {
        let lock = "\(path)/\(key.hex)\(Self.lockEnding)"
        while true {
            let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            // What cannot be locked cannot be written to either, or is on a file system without locks, where files still get
            // their names complete.
            guard descriptor >= 0 else { return try body() }
            defer { close(descriptor) }
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR {
                try onWait()
                usleep(20_000)
            }
            // Whoever was done has removed the file that this one waited for.
            guard isSame(descriptor, lock) else { continue }
            defer { unlink(lock) }
            return try body()
        }
    }

    private func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev
    }

    /// Opens a file of `byteCount` bytes that has no name yet.
    func newFile(byteCount: Int) throws(Failure) -> PanelOutput {
        let descriptor = mill_open_unnamed(path)
        if descriptor >= 0 { return try PanelOutput(descriptor, part: nil, byteCount: byteCount) }
        // File systems without unnamed files get a named one, which whoever comes next removes if this process ends early.
        let part = "\(path)/\(Self.unfinishedName())"
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

    /// The one used last comes first. A folder may hold files of others, which are nobody's business here.
    var files: [File] {
        names.filter(Self.isOwn).compactMap { name in
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            let used = status.st_atim.tv_sec &* 1_000_000_000 &+ status.st_atim.tv_nsec
            return File(name: name, byteCount: Int(status.st_size), used: used)
        }.sorted { ($0.used, $0.name) > ($1.used, $1.name) }
    }

    private static func isOwn(_ name: String) -> Bool {
        name.hasSuffix(ending) && ContentHash(hex: name.dropLast(ending.count)) != nil
    }

    /// What stands at the end of a file.
    func trailer(of file: File) -> PanelFormat.Trailer? {
        let descriptor = open("\(path)/\(file.name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: PanelFormat.Trailer.byteCount)
        let start = file.byteCount - bytes.count
        guard start > 0, pread(descriptor, &bytes, bytes.count, start) == bytes.count else { return nil }
        return PanelFormat.Trailer(bytes)
    }

    /// Notes the path of the model that a file was found for, where the one that it was made from is there no more.
    func note(model: String, in file: String) {
        let name = String(file.dropFirst(path.utf8.count + 1))
        var status = stat()
        guard stat(file, &status) == 0 else { return }
        let found = File(name: name, byteCount: Int(status.st_size), used: 0)
        guard var trailer = trailer(of: found), trailer.path != model, !ModelFile.exists(trailer.path) else { return }
        trailer.path = model
        let descriptor = open(file, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Where it cannot be written, the old path stays, and what it is for is only told to people.
        _ = pwrite(descriptor, trailer.bytes, trailer.bytes.count, found.byteCount - trailer.bytes.count)
    }

    /// Whether a file holds what was written into it; nil where it cannot be read.
    func isIntact(_ file: File, _ compute: Compute, progress: (Int) throws(ModelError) -> Void) throws(ModelError) -> Bool? {
        guard let trailer = trailer(of: file) else { return nil }
        let descriptor = open("\(path)/\(file.name)", O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0, let storage = try? map(descriptor, path: path) else { return nil }
        let count = storage.byteCount - PanelFormat.Trailer.byteCount
        return try compute.contentHash(of: storage, byteCount: count, progress: progress) == trailer.hash
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
        for name in names where name.hasPrefix(Self.unfinished.start) && name.hasSuffix(Self.unfinished.ending) {
            _ = remove(File(name: name, byteCount: 0, used: 0))
        }
    }

    private var names: [String] { ModelFile.names(in: path) }
}
