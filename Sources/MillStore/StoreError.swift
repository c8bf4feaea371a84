import GRDB

/// What went wrong with a database file, in words a user can act on.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process holds the file.
    case inUse(path: String)
    /// The folder or file cannot be created or opened.
    case cannotOpen(path: String, reason: String)
    /// The file system, or the file itself, does not allow writing.
    case readOnly(path: String)
    /// The disk is full.
    case full(path: String)
    /// The file is no SQLite database, or a damaged one.
    case corrupt(path: String, reason: String)
    /// A newer version of the program wrote this file.
    case newer(path: String, migrations: [String])
    /// A row holds something that this program did not write.
    case malformedRow(path: String, table: String, row: Int64, reason: String)
    /// A file that is no database cannot be written.
    case unwritable(path: String, reason: String)
    /// Anything else that SQLite reports.
    case failed(path: String, reason: String)

    public var description: String {
        switch self {
        case .inUse(let path):
            "\(path): another process uses this database; stop it, or choose another file"
        case .cannotOpen(let path, let reason):
            "\(path): cannot open the database (\(reason)); check that the folder exists and is yours"
        case .readOnly(let path):
            "\(path): the database cannot be written; check the permissions and whether the disk is mounted read-only"
        case .full(let path):
            "\(path): the disk is full; free some space and start again, nothing that was recorded is lost"
        case .corrupt(let path, let reason):
            "\(path): not a usable database (\(reason)); move the file away to start with an empty one"
        case .newer(let path, let migrations):
            "\(path): written by a newer version (it has \(migrations.joined(separator: ", "))); update this program"
        case .malformedRow(let path, let table, let row, let reason):
            "\(path): row \(row) of table \(table) cannot be read (\(reason))"
        case .unwritable(let path, let reason):
            "cannot write \(path): \(reason)"
        case .failed(let path, let reason):
            "\(path): \(reason)"
        }
    }

    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, reason: "\(error)")
            return
        }
        let reason = error.message ?? error.resultCode.description
        self =
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: .inUse(path: path)
            case .SQLITE_READONLY, .SQLITE_PERM: .readOnly(path: path)
            case .SQLITE_CANTOPEN: .cannotOpen(path: path, reason: reason)
            case .SQLITE_FULL: .full(path: path)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: .corrupt(path: path, reason: reason)
            default: .failed(path: path, reason: reason)
            }
    }
}
