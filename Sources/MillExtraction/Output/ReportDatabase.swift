import GRDB
import Glibc
import MillDocument
import MillStore
import MillValue

/// The SQLite database of all documents. It is built in a file beside its place; its bytes depend on nothing but the records.
final class ReportDatabase {
    private let path: String
    /// Where it is built, and where its final form is until it takes its place.
    private let building: String
    private let finished: String
    private let queue: DatabaseQueue

    init(replacing path: String) throws(StoreError) {
        self.path = path
        building = "\(path).\(getpid()).0.part"
        finished = "\(path).\(getpid()).1.part"
        unlink(building)
        unlink(finished)
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            // Nobody else sees the file before it is complete, and a broken one is thrown away: no journal is needed.
            for setting in ["page_size = 4096", "journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY"] {
                _ = try Row.fetchAll(database, sql: "PRAGMA \(setting)")
            }
        }
        let place = building
        do throws(StoreError) {
            queue = try Self.attempt(path) {
                let queue = try DatabaseQueue(path: place, configuration: configuration)
                try queue.write { try $0.execute(sql: Self.schema) }
                return queue
            }
        } catch {
            // Nothing else removes what was begun: an initialiser that throws has no `deinit` behind it.
            unlink(building)
            throw error
        }
    }

    deinit {
        unlink(building)
        unlink(finished)
    }

    func add(_ record: ReportRecord) throws(StoreError) {
        try Self.attempt(path) { [queue] in
            try queue.write { database in try ReportRows(database: database, record: record).insert() }
        }
    }

    /// Moves the database to its place.
    func commit() throws(StoreError) {
        try Self.attempt(path) { [queue, finished] in
            // Anew, so that each table lies in one piece.
            try queue.vacuum(into: finished)
            try queue.close()
        }
        let descriptor = open(finished, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0, rename(finished, path) == 0 else {
            throw .unwritable(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// `tables.csv`: a line for each row of each table, its cells side by side.
    func writeTables(to file: WholeFile) throws(StoreError) {
        let width = try Self.attempt(path) { [queue] in
            try queue.read { try Int.fetchOne($0, sql: "SELECT max(columns) FROM tables") ?? 0 }
        }
        let columns = min(width, Self.maximumColumns)
        try file.write(CSV.row(["file", "table", "page", "caption", "row", "header"] + (0..<columns).map { "\($0 + 1)" }))
        var written: Result<Void, StoreError> = .success(())
        try Self.attempt(path) { [queue] in
            try queue.read { database in
                let rows = try Row.fetchCursor(database, sql: Self.tableCells)
                var line: [String] = []
                var key: [Int] = []
                while let row = try rows.next() {
                    let (table, index, column): (Int, Int, Int) = (row["id"], row["row_index"], row["column_index"])
                    if key != [table, index] {
                        if !line.isEmpty { written = Self.write(line, to: file) }
                        guard case .success = written else { return }
                        key = [table, index]
                        line =
                            [row["file"], "\(row["position"] as Int)", row["page"], row["caption"] ?? "", "\(index + 1)"]
                            + [row["is_header"] ? "yes" : "no"] + Array(repeating: "", count: columns)
                    }
                    if column < columns { line[6 + column] = row["text"] }
                }
                if !line.isEmpty { written = Self.write(line, to: file) }
            }
        }
        try written.get()
    }

    /// What spreadsheets show; the cells beyond are in the database and in the records.
    private static let maximumColumns = 1000

    private static func write(_ cells: [String], to file: WholeFile) -> Result<Void, StoreError> {
        Result { () throws(StoreError) in try file.write(CSV.row(cells)) }
    }

    private static func attempt<T>(_ path: String, _ body: () throws -> T) throws(StoreError) -> T {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch { throw .unwritable(path: path, reason: "\(error)") }
    }

    private static let tableCells = """
        SELECT tables.id, file, tables.position, ifnull(tables.page, '') || '' AS page, caption, row_index, column_index, text,
            row_index < header_rows AS is_header
        FROM cells JOIN tables ON tables.id = cells.table_id JOIN documents ON documents.id = tables.document_id
        ORDER BY tables.id, row_index, column_index
        """

    /// `position` counts from 1 in a document; rows and columns of cells count from 0.
    private static let schema = """
        CREATE TABLE documents (
            id INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, language TEXT,
            page_count INTEGER NOT NULL) STRICT;
        CREATE TABLE pages (
            document_id INTEGER NOT NULL REFERENCES documents, page INTEGER NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
            source TEXT NOT NULL, turn INTEGER NOT NULL) STRICT;
        CREATE TABLE fields (
            id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents, position INTEGER NOT NULL,
            name TEXT NOT NULL, type TEXT NOT NULL, text TEXT NOT NULL, number REAL, unit TEXT, scale TEXT, raw TEXT,
            confidence REAL, flags TEXT NOT NULL) STRICT;
        CREATE TABLE figures (
            id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents, position INTEGER NOT NULL,
            name TEXT NOT NULL, period TEXT, value REAL, unit TEXT, change REAL, change_unit TEXT, kind TEXT, raw TEXT,
            confidence REAL, flags TEXT NOT NULL) STRICT;
        CREATE TABLE tables (
            id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents, position INTEGER NOT NULL, page INTEGER,
            caption TEXT, rows INTEGER NOT NULL, columns INTEGER NOT NULL, header_rows INTEGER NOT NULL,
            header_columns INTEGER NOT NULL, ruled INTEGER NOT NULL) STRICT;
        CREATE TABLE cells (
            id INTEGER PRIMARY KEY, table_id INTEGER NOT NULL REFERENCES tables, row_index INTEGER NOT NULL,
            column_index INTEGER NOT NULL, row_span INTEGER NOT NULL, column_span INTEGER NOT NULL, text TEXT NOT NULL,
            page INTEGER, "left" REAL, top REAL, "right" REAL, bottom REAL) STRICT;
        CREATE TABLE findings (
            id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents, position INTEGER NOT NULL,
            code TEXT NOT NULL, message TEXT NOT NULL) STRICT;
        -- Where values stand: owner says which table owner_id belongs to; role is value, name, period or change; rank 1 is the
        -- best of several origins, line counts its boxes. In points from the top left corner of the page.
        CREATE TABLE places (
            id INTEGER PRIMARY KEY, document_id INTEGER NOT NULL REFERENCES documents, owner TEXT NOT NULL,
            owner_id INTEGER NOT NULL, role TEXT NOT NULL, rank INTEGER NOT NULL, line INTEGER NOT NULL, page INTEGER NOT NULL,
            "left" REAL NOT NULL, top REAL NOT NULL, "right" REAL NOT NULL, bottom REAL NOT NULL, raw TEXT) STRICT;
        CREATE INDEX documents_by_file ON documents (file);
        CREATE INDEX documents_by_status ON documents (status);
        CREATE INDEX pages_by_document ON pages (document_id, page);
        CREATE INDEX fields_by_document ON fields (document_id);
        CREATE INDEX fields_by_name ON fields (name);
        CREATE INDEX figures_by_document ON figures (document_id);
        CREATE INDEX figures_by_name ON figures (name, period);
        CREATE INDEX tables_by_document ON tables (document_id);
        CREATE INDEX cells_by_table ON cells (table_id, row_index, column_index);
        CREATE INDEX findings_by_document ON findings (document_id);
        CREATE INDEX places_by_owner ON places (owner, owner_id);
        """
}
