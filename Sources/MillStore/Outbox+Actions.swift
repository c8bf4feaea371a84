import GRDB
import MillValue

extension Outbox {
    /// Writes `action` down as pending, unless its key is known already.
    ///
    /// - Parameter time: wall time in seconds since 1970, here and below.
    /// - Returns: the row of this key, and whether this call made it.
    public func record(_ action: NewAction, at time: Double) async throws(StoreError) -> (entry: OutboxEntry, isNew: Bool) {
        let path = path
        let row = try await database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO action (key, device, command, arguments, delivery, rule, event, expires, state, created, updated)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?) ON CONFLICT(key) DO NOTHING
                    """,
                arguments: [
                    action.key, action.device, action.command, Value.map(action.arguments).json(), action.delivery.rawValue,
                    action.rule, action.event, action.expires, time, time,
                ])
            let isNew = database.changesCount == 1
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM action WHERE key = ?", arguments: [action.key]) else {
                throw StoreError.failed(path: path, reason: "the action that was just recorded is not there")
            }
            return (try OutboxEntry(row, path: path), isNew)
        }
        return (row.0, row.1)
    }

    /// Notes that the action is about to be handed to the connection; called again for every repetition.
    public func markSent(_ id: Int64, at time: Double) async throws(StoreError) {
        try await database.write { database in
            try database.execute(
                sql: "UPDATE action SET state = 'sent', attempts = attempts + 1, updated = ? WHERE id = ?", arguments: [time, id])
        }
    }

    /// Ends an action. An action that has ended already keeps its first outcome.
    public func finish(
        _ id: Int64, as state: ActionState, reason: String? = nil, reported: ValueMap? = nil, at time: Double
    ) async throws(StoreError) {
        try await database.write { database in
            try database.execute(
                sql: """
                    UPDATE action SET state = ?, reason = ?, reported = ?, updated = ?
                    WHERE id = ? AND state IN ('pending', 'sent')
                    """,
                arguments: [state.rawValue, reason, reported.map { Value.map($0).json() }, time, id])
        }
    }

    /// The actions that have not ended, oldest first.
    public func unfinished() async throws(StoreError) -> [OutboxEntry] {
        try await fetch("SELECT * FROM action WHERE state IN ('pending', 'sent') ORDER BY id", [])
    }

    /// The row of `key`, if there is one.
    public func entry(key: String) async throws(StoreError) -> OutboxEntry? {
        try await fetch("SELECT * FROM action WHERE key = ?", [key]).first
    }

    /// Past and present actions, newest first.
    ///
    /// - Parameters:
    ///   - device: only those of this device.
    ///   - states: only those in one of these states; empty means all.
    ///   - since: only those recorded at or after this wall time.
    ///   - limit: at most so many.
    public func history(
        device: String? = nil, states: Set<ActionState> = [], since: Double? = nil, limit: Int = 100
    ) async throws(StoreError) -> [OutboxEntry] {
        var conditions: [String] = []
        var arguments = StatementArguments()
        if let device {
            conditions.append("device = ?")
            arguments += [device]
        }
        if let since {
            conditions.append("created >= ?")
            arguments += [since]
        }
        if !states.isEmpty {
            conditions.append("state IN (\(states.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(states.map(\.rawValue))
        }
        arguments += [max(0, limit)]
        let filter = conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))"
        return try await fetch("SELECT * FROM action \(filter) ORDER BY id DESC LIMIT ?", arguments)
    }

    /// Forgets actions that ended before `time`; returns how many. Their keys may then be used again.
    @discardableResult
    public func prune(endedBefore time: Double) async throws(StoreError) -> Int {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM action WHERE state NOT IN ('pending', 'sent') AND updated < ?", arguments: [time])
            return database.changesCount
        }
    }

    private func fetch(_ sql: String, _ arguments: StatementArguments) async throws(StoreError) -> [OutboxEntry] {
        let path = path
        return try await database.read { database in
            try Row.fetchAll(database, sql: sql, arguments: arguments).map { try OutboxEntry($0, path: path) }
        }
    }
}

extension OutboxEntry {
    init(_ row: Row, path: String) throws {
        let id: Int64 = row["id"]
        func malformed(_ reason: String) -> StoreError { .malformedRow(path: path, table: "action", row: id, reason: reason) }
        func map(_ text: String) throws -> ValueMap {
            guard let map = try? JSON.parse(text).map else { throw malformed("'\(text)' is no JSON object") }
            return map
        }
        let stateName: String = row["state"]
        guard let state = ActionState(rawValue: stateName) else { throw malformed("unknown state '\(stateName)'") }
        let deliveryName: String = row["delivery"]
        guard let delivery = Delivery(rawValue: deliveryName) else { throw malformed("unknown delivery '\(deliveryName)'") }
        let reported: String? = row["reported"]
        self.init(
            id: id,
            action: NewAction(
                key: row["key"], device: row["device"], command: row["command"], arguments: try map(row["arguments"]),
                delivery: delivery, rule: row["rule"], event: row["event"], expires: row["expires"]),
            state: state, reason: row["reason"], reported: try reported.map(map), attempts: row["attempts"],
            created: row["created"], updated: row["updated"])
    }
}
