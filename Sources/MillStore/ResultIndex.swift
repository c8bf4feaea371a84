import GRDB
import MillValue

/// What a batch has kept of each of its files, and what that was made of, so that a later run can tell whether it still holds.
///
/// What was noted survives the death of the process. One process at a time may write an index; others may read it meanwhile.
package final class ResultIndex: Sendable {
    /// The results of one file.
    package struct Entry: Sendable, Hashable {
        /// Of the source, as it was named there.
        package let file: String
        /// Under which the results lie.
        package let name: String
        /// Tells the file's content from another one under the same name.
        package let identity: String
        /// What the results depend on besides the file.
        package let pipeline: String
        /// Of the file; empty where it was not read.
        package let sha256: String
        package let status: String
        package let parts: [Part]

        package init(
            file: String, name: String, identity: String, pipeline: String, sha256: String, status: String, parts: [Part]
        ) {
            self.file = file
            self.name = name
            self.identity = identity
            self.pipeline = pipeline
            self.sha256 = sha256
            self.status = status
            self.parts = parts
        }
    }

    /// One file of the results.
    package struct Part: Sendable, Hashable {
        package let path: String
        package let byteCount: Int
        /// Nanoseconds since 1970.
        package let modified: Int
        package let sha256: String

        package init(path: String, byteCount: Int, modified: Int, sha256: String) {
            self.path = path
            self.byteCount = byteCount
            self.modified = modified
            self.sha256 = sha256
        }
    }

    private let database: Database

    /// Opens or creates the index at `path`.
    ///
    /// - Throws: ``StoreError/inUse(path:)`` when another process writes it, and the other cases for files that cannot be used.
    package init(writing path: String) throws(StoreError) {
        database = try Database(path: path, access: .write, migrator: Self.migrator)
    }

    /// Opens an index that is there, also while somebody writes it.
    package init(reading path: String) throws(StoreError) {
        database = try Database(path: path, access: .read, migrator: Self.migrator)
    }

    /// Notes what there is of a file, in place of what was noted before; it is on the disk when this returns.
    package func note(_ entry: Entry) throws(StoreError) {
        try database.writeNow { database in
            try Self.forget(entry.file, in: database)
            try database.execute(
                sql: "INSERT INTO result (file, name, identity, pipeline, sha256, status) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [entry.file, entry.name, entry.identity, entry.pipeline, entry.sha256, entry.status])
            for part in entry.parts {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO part (file, path, bytes, modified, sha256) VALUES (?, ?, ?, ?, ?)",
                    arguments: [entry.file, part.path, part.byteCount, part.modified, part.sha256])
            }
        }
    }

    /// From when this returns, nothing is known of the file's results.
    package func forget(_ file: String) throws(StoreError) {
        guard try entry(of: file) != nil else { return }
        try database.writeNow { try Self.forget(file, in: $0) }
    }

    package func entry(of file: String) throws(StoreError) -> Entry? {
        try database.readNow { database in
            try Row.fetchOne(database, sql: "SELECT * FROM result WHERE file = ?", arguments: [file]).map {
                try Self.entry($0, in: database)
            }
        }
    }

    /// The files that had this content when they were read, in the order of their names' bytes.
    package func entries(withContent sha256: String) throws(StoreError) -> [Entry] {
        try database.readNow { database in
            try Row.fetchAll(database, sql: "SELECT * FROM result WHERE sha256 = ? ORDER BY file", arguments: [sha256]).map {
                try Self.entry($0, in: database)
            }
        }
    }

    private static func entry(_ row: Row, in database: GRDB.Database) throws -> Entry {
        let file: String = row["file"]
        let parts = try Row.fetchAll(database, sql: "SELECT * FROM part WHERE file = ? ORDER BY path", arguments: [file])
        return Entry(
            file: file, name: row["name"], identity: row["identity"], pipeline: row["pipeline"], sha256: row["sha256"],
            status: row["status"],
            parts: parts.map {
                Part(path: $0["path"], byteCount: $0["bytes"], modified: $0["modified"], sha256: $0["sha256"])
            })
    }

    private static func forget(_ file: String, in database: GRDB.Database) throws {
        try database.execute(sql: "DELETE FROM part WHERE file = ?", arguments: [file])
        try database.execute(sql: "DELETE FROM result WHERE file = ?", arguments: [file])
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("results") { database in
            try database.execute(
                sql: """
                    CREATE TABLE result (
                        file TEXT NOT NULL PRIMARY KEY,
                        name TEXT NOT NULL,
                        identity TEXT NOT NULL,
                        pipeline TEXT NOT NULL,
                        sha256 TEXT NOT NULL,
                        status TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX result_by_content ON result (sha256);
                    CREATE TABLE part (
                        file TEXT NOT NULL,
                        path TEXT NOT NULL,
                        bytes INTEGER NOT NULL,
                        modified INTEGER NOT NULL,
                        sha256 TEXT NOT NULL,
                        PRIMARY KEY (file, path)
                    ) STRICT;
                    """)
        }
        return migrator
    }
}
