import GRDB
import MillValue

/// One SQLite file, opened for one process, whose writes happen one after another off the caller's thread.
struct Database: Sendable {
    let path: String
    private let queue: DatabaseQueue
    /// Held as long as the database is open; nil for readers and databases in memory.
    private let lock: FileLock?

    enum Access { case write, read }

    /// Opens `path` (nil: in memory) and brings its tables up to date.
    ///
    /// A writer takes an advisory lock beside the file, which the kernel drops when the process ends in whatever way.
    init(path: String?, access: Access, migrator: DatabaseMigrator) throws(StoreError) {
        self.path = path ?? ":memory:"
        do {
            if let path, access == .write {
                lock = try FileLock(path: path)
            } else {
                lock = nil
            }
            var configuration = Configuration()
            configuration.readonly = access == .read
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                guard access == .write, path != nil else { return }
                // FULL: a commit returns after the write-ahead log is on the disk, so that neither the death of
                // the process nor a power cut loses a committed row.
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
            queue = try path.map { try DatabaseQueue(path: $0, configuration: configuration) } ?? DatabaseQueue()
            let unknown = try queue.read { try migrator.appliedIdentifiers($0) }.subtracting(migrator.migrations)
            guard unknown.isEmpty else { throw StoreError.newer(path: self.path, migrations: unknown.sorted()) }
            if access == .write { try migrator.migrate(queue) }
        } catch {
            throw StoreError(error, path: path ?? ":memory:")
        }
    }

    /// Runs `body` in a transaction; the commit is on the disk when this returns. Cancelling the calling task does
    /// not undo it, since the outcome of an action must be recorded also while a run is being stopped.
    func write<T: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> T) async throws(StoreError) -> T {
        let done = OneShot<Result<T, any Error>>()
        queue.asyncWrite(body) { _, result in done.resolve(result) }
        return try unwrap(await done.value())
    }

    /// Runs `body` on a consistent view.
    func read<T: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> T) async throws(StoreError) -> T {
        let done = OneShot<Result<T, any Error>>()
        queue.asyncRead { database in done.resolve(Result { try body(database.get()) }) }
        return try unwrap(await done.value())
    }

    /// The same on the caller's thread.
    func writeNow<T>(_ body: (GRDB.Database) throws -> T) throws(StoreError) -> T {
        try unwrap(Result { try queue.write(body) })
    }

    /// The same on the caller's thread.
    func readNow<T>(_ body: (GRDB.Database) throws -> T) throws(StoreError) -> T {
        try unwrap(Result { try queue.read(body) })
    }

    private func unwrap<T>(_ result: Result<T, any Error>) throws(StoreError) -> T {
        do {
            return try result.get()
        } catch {
            throw StoreError(error, path: path)
        }
    }
}
