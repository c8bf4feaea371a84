import GRDB
import MillValue

/// The actions that were decided, each recorded before it is sent and kept with its outcome.
///
/// A row that was committed survives the death of the process and a power cut. One process at a time may write
/// an outbox; others may read it.
///
/// ```swift
/// let outbox = try Outbox(path: "out/actions.sqlite")
/// let (entry, isNew) = try await outbox.record(action, at: clock.wallTime)
/// try await outbox.markSent(entry.id, at: clock.wallTime)
/// try await outbox.finish(entry.id, as: .confirmed, reported: state, at: clock.wallTime)
/// ```
public final class Outbox: Sendable {
    let database: Database

    /// Opens or creates the outbox at `path`; nil keeps it in memory, where it ends with the process.
    ///
    /// - Throws: ``StoreError/inUse(path:)`` when another process writes it, and the other cases for files that cannot be used.
    public init(path: String?) throws(StoreError) {
        database = try Database(path: path, access: .write, migrator: Self.migrator)
    }

    /// Opens an existing outbox to look at; ``record(_:at:)`` and its like throw.
    public init(reading path: String) throws(StoreError) {
        database = try Database(path: path, access: .read, migrator: Self.migrator)
    }

    /// Where the rows are; `:memory:` when they are not in a file.
    public var path: String { database.path }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("actions") { database in
            try database.execute(
                sql: """
                    CREATE TABLE action (
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        key TEXT NOT NULL UNIQUE,
                        device TEXT NOT NULL,
                        command TEXT NOT NULL,
                        arguments TEXT NOT NULL,
                        delivery TEXT NOT NULL,
                        rule TEXT,
                        event TEXT,
                        expires REAL,
                        state TEXT NOT NULL,
                        reason TEXT,
                        reported TEXT,
                        attempts INTEGER NOT NULL DEFAULT 0,
                        created REAL NOT NULL,
                        updated REAL NOT NULL
                    ) STRICT;
                    CREATE INDEX action_state ON action(state);
                    CREATE INDEX action_device ON action(device, id);
                    CREATE TABLE run (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        started REAL NOT NULL,
                        ended REAL
                    ) STRICT;
                    """)
        }
        return migrator
    }
}
