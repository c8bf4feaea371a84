import GRDB

extension Outbox {
    /// Begins a run and returns its number, which belongs in the keys of its actions.
    ///
    /// A run that follows one that did not end cleanly takes over its number: when the same recording is played
    /// again after a crash, what was done already is recognised by its key and not done twice. After a clean end a
    /// new number begins.
    public func beginRun(at time: Double) async throws(StoreError) -> Int {
        let path = path
        return try await database.write { database in
            if let open = try Int.fetchOne(database, sql: "SELECT number FROM run WHERE ended IS NULL ORDER BY number DESC") {
                return open
            }
            try database.execute(sql: "INSERT INTO run (started) VALUES (?)", arguments: [time])
            guard let number = Int(exactly: database.lastInsertedRowID) else {
                throw StoreError.failed(path: path, reason: "the run number does not fit")
            }
            return number
        }
    }

    /// Ends a run cleanly.
    public func endRun(_ number: Int, at time: Double) async throws(StoreError) {
        try await database.write { database in
            try database.execute(sql: "UPDATE run SET ended = ? WHERE number = ? AND ended IS NULL", arguments: [time, number])
        }
    }
}
