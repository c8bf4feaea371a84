import GRDB
import MillValue

/// Which name each content was first seen under, so that the same document under another name is recognised, also by a later run.
///
/// What was claimed survives the death of the process. One process at a time may write an index.
public final class ContentIndex: Sendable {
    private let database: Database

    /// Opens or creates the index at `path`; nil keeps it in memory.
    ///
    /// - Throws: ``StoreError/inUse(path:)`` when another process writes it, and the other cases for files that cannot be used.
    public init(path: String?) throws(StoreError) {
        database = try Database(path: path, access: .write, migrator: Self.migrator)
    }

    /// The name under which the content was first seen: `name` itself if it is new.
    ///
    /// - Parameter hash: of the content.
    public func owner(of hash: String, claimedBy name: String) throws(StoreError) -> String {
        try database.writeNow { database in
            try database.execute(
                sql: "INSERT OR IGNORE INTO content (hash, name) VALUES (?, ?)", arguments: [hash, name])
            return try String.fetchOne(database, sql: "SELECT name FROM content WHERE hash = ?", arguments: [hash]) ?? name
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("content") { database in
            try database.execute(sql: "CREATE TABLE content (hash TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT")
        }
        return migrator
    }
}
