import GRDB
import MillValue
import Synchronization

/// What became of each item of a batch, so that a run that was broken off goes on where it was, and a later one does only what
/// is new.
///
/// An item counts as done when it succeeded under the same pipeline and no other pipeline has ended one of the same key since,
/// which may have put its results in the place of the earlier ones; one that failed is tried again. A row that was committed
/// survives the death of the process and a power cut. One process at a time may write a ledger.
public final class BatchLedger: Sendable {
    /// An item that has ended.
    public struct Entry: Sendable, Hashable {
        /// Tells the item from all others, and its content from another one of the same name.
        public let identity: String
        /// For people: the file's name.
        public let key: String
        public let hasSucceeded: Bool
        /// Why it failed; the first reasons.
        public let reason: String?
        /// Seconds that it took.
        public let seconds: Double
        /// When it ended, in seconds since 1970.
        public let ended: Double

        public init(identity: String, key: String, hasSucceeded: Bool, reason: String?, seconds: Double, ended: Double) {
            self.identity = identity
            self.key = key
            self.hasSucceeded = hasSucceeded
            self.reason = reason
            self.seconds = seconds
            self.ended = ended
        }
    }

    private let database: Database
    private let pipeline: String
    /// As bytes: names that look the same are not the same file.
    private let done: Mutex<Set<[UInt8]>>

    /// Opens or creates the ledger at `path`; nil keeps it in memory.
    ///
    /// - Parameter pipeline: what the results depend on besides the items; those of another pipeline are not done.
    /// - Throws: ``StoreError/inUse(path:)`` when another process writes it, and the other cases for files that cannot be used.
    public init(path: String?, pipeline: String) throws(StoreError) {
        let database = try Database(path: path, access: .write, migrator: Self.migrator)
        let identities = try database.readNow { database in
            try String.fetchSet(
                database, sql: "SELECT identity FROM item WHERE succeeded AND pipeline = ?", arguments: [pipeline])
        }
        self.database = database
        self.pipeline = pipeline
        done = Mutex(Set(identities.map { Array($0.utf8) }))
    }

    public var path: String { database.path }

    /// Whether the item has succeeded, in this run or an earlier one.
    public func isDone(_ identity: String) -> Bool { done.withLock { $0.contains(Array(identity.utf8)) } }

    /// Notes the end of an item, in place of an earlier one; it is on the disk when this returns.
    public func record(_ entry: Entry) throws(StoreError) {
        let pipeline = pipeline
        try database.writeNow { database in
            try database.execute(
                sql: "DELETE FROM item WHERE key = ? AND pipeline <> ?", arguments: [entry.key, pipeline])
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO item (identity, key, pipeline, succeeded, reason, seconds, ended)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    entry.identity, entry.key, pipeline, entry.hasSucceeded, entry.reason, entry.seconds, entry.ended,
                ])
        }
        guard entry.hasSucceeded else { return }
        _ = done.withLock { $0.insert(Array(entry.identity.utf8)) }
    }

    /// All items under this pipeline, by key.
    public func entries() throws(StoreError) -> [Entry] {
        let pipeline = pipeline
        return try database.readNow { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM item WHERE pipeline = ? ORDER BY key, identity", arguments: [pipeline]
            ).map { row in
                Entry(
                    identity: row["identity"], key: row["key"], hasSucceeded: row["succeeded"], reason: row["reason"],
                    seconds: row["seconds"], ended: row["ended"])
            }
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("items") { database in
            try database.execute(
                sql: """
                    CREATE TABLE item (
                        identity TEXT NOT NULL,
                        pipeline TEXT NOT NULL,
                        key TEXT NOT NULL,
                        succeeded INTEGER NOT NULL,
                        reason TEXT,
                        seconds REAL NOT NULL,
                        ended REAL NOT NULL,
                        PRIMARY KEY (identity, pipeline)
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("keys") { database in
            try database.execute(sql: "CREATE INDEX item_by_key ON item (key)")
        }
        return migrator
    }
}
