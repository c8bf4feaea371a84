import Foundation
import MillStore
import MillValue
import Testing

/// A folder that is removed with the test.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

@Suite("Outbox")
struct OutboxTests {
    static func action(_ key: String, device: String = "lamp", expires: Double? = 130) -> NewAction {
        NewAction(
            key: key, device: device, command: "set_brightness", arguments: ["brightness": 40], delivery: .set, rule: "evening",
            event: "1.0-abc", expires: expires)
    }

    @Test("an action is recorded once per key, and the second call returns the first row")
    func idempotency() async throws {
        let outbox = try Outbox(path: nil)
        let first = try await outbox.record(Self.action("a"), at: 100)
        let second = try await outbox.record(Self.action("a", device: "fan"), at: 101)
        #expect(first.isNew && !second.isNew)
        #expect(second.entry == first.entry)
        #expect(second.entry.action.device == "lamp")
        #expect(try await outbox.history().count == 1)
    }

    @Test("an action goes from pending over sent to its outcome, and the first outcome stays")
    func states() async throws {
        let outbox = try Outbox(path: nil)
        let id = try await outbox.record(Self.action("a"), at: 100).entry.id
        #expect(try await outbox.entry(key: "a")?.state == .pending)
        try await outbox.markSent(id, at: 101)
        try await outbox.markSent(id, at: 102)
        let sent = try #require(try await outbox.entry(key: "a"))
        #expect(sent.state == .sent && sent.attempts == 2 && sent.updated == 102)
        try await outbox.finish(id, as: .confirmed, reported: ["state": "on", "brightness": 40], at: 103)
        try await outbox.finish(id, as: .timeout, reason: "too late", at: 104)
        let ended = try #require(try await outbox.entry(key: "a"))
        #expect(ended.state == .confirmed && ended.reason == nil && ended.updated == 103)
        #expect(ended.reported == ["state": "on", "brightness": 40])
        #expect(ended.action == Self.action("a"))
        #expect(try await outbox.unfinished().isEmpty)
    }

    @Test("the history is filtered by device, state and time, newest first")
    func history() async throws {
        let outbox = try Outbox(path: nil)
        for number in 0..<6 {
            let device = number.isMultiple(of: 2) ? "lamp" : "fan"
            let id = try await outbox.record(Self.action("k\(number)", device: device), at: Double(number)).entry.id
            if number < 4 { try await outbox.finish(id, as: number < 2 ? .confirmed : .refused, at: Double(number)) }
        }
        func keys(_ entries: [OutboxEntry]) -> [String] { entries.map(\.action.key) }
        #expect(keys(try await outbox.history(device: "lamp")) == ["k4", "k2", "k0"])
        #expect(keys(try await outbox.history(states: [.refused, .confirmed])) == ["k3", "k2", "k1", "k0"])
        #expect(keys(try await outbox.history(since: 4)) == ["k5", "k4"])
        #expect(keys(try await outbox.history(limit: 2)) == ["k5", "k4"])
        #expect(keys(try await outbox.unfinished()) == ["k4", "k5"])
    }

    @Test("pruning forgets what ended before, and nothing that is under way")
    func prune() async throws {
        let outbox = try Outbox(path: nil)
        let old = try await outbox.record(Self.action("old"), at: 1).entry.id
        try await outbox.finish(old, as: .confirmed, at: 2)
        _ = try await outbox.record(Self.action("open"), at: 1)
        #expect(try await outbox.prune(endedBefore: 10) == 1)
        #expect(try await outbox.history().map(\.action.key) == ["open"])
    }

    @Test("a run after an unclean end goes on under the same number, one after a clean end under a new one")
    func runs() async throws {
        let outbox = try Outbox(path: nil)
        let first = try await outbox.beginRun(at: 1)
        #expect(try await outbox.beginRun(at: 2) == first)
        try await outbox.endRun(first, at: 3)
        #expect(try await outbox.beginRun(at: 4) == first + 1)
    }

    @Test("rows outlive the program that wrote them, and readers see them beside a writer")
    func files() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("actions.sqlite")
        do {
            let outbox = try Outbox(path: path)
            _ = try await outbox.record(Self.action("a"), at: 1)
        }
        let writer = try Outbox(path: path)
        let reader = try Outbox(reading: path)
        #expect(try await reader.history().map(\.action.key) == ["a"])
        _ = try await writer.record(Self.action("b"), at: 2)
        #expect(try await reader.history().map(\.action.key) == ["b", "a"])
        await #expect(throws: StoreError.readOnly(path: path)) { _ = try await reader.record(Self.action("c"), at: 3) }
    }
}

@Suite("Outbox errors")
struct OutboxErrorTests {
    @Test("a second writer is told that the file is in use")
    func inUse() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("actions.sqlite")
        let first = try Outbox(path: path)
        #expect(throws: StoreError.inUse(path: path)) { _ = try Outbox(path: path) }
        withExtendedLifetime(first) {}
        #expect(StoreError.inUse(path: path).description.contains("another process"))
    }

    @Test("a file that is no database is refused by name and left alone")
    func corrupt() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("actions.sqlite")
        try String(repeating: "not a database ", count: 100).write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: StoreError.self) { _ = try Outbox(path: path) }
        guard case .corrupt(path, _) = error else {
            Issue.record("expected corrupt, got \(String(describing: error))")
            return
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("not a database"))
    }

    @Test("a folder that does not exist is named")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: StoreError.self) { _ = try Outbox(path: folder.path("none/actions.sqlite")) }
        guard case .cannotOpen = error else {
            Issue.record("expected cannotOpen, got \(String(describing: error))")
            return
        }
    }

    @Test("a damaged database throws and does not trap")
    func damaged() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("actions.sqlite")
        do {
            let outbox = try Outbox(path: path)
            for number in 0..<200 { _ = try await outbox.record(OutboxTests.action("key \(number)"), at: 1) }
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in bytes.indices where index >= 4096 { bytes[index] = 0xff }
        try bytes.write(to: URL(fileURLWithPath: path))
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        await #expect(throws: StoreError.self) {
            let outbox = try Outbox(path: path)
            _ = try await outbox.history()
        }
    }
}

@Suite("Outbox after kill -9")
struct OutboxCrashTests {
    /// The child finds its file here; an exit test inherits the environment.
    static let variable = "MILLRACE_TEST_OUTBOX"

    @Test("what was committed is there after the process was killed between any two steps", .serialized, arguments: 0..<4)
    func killed(step: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("actions.sqlite")
        setenv(Self.variable, "\(step):\(path)", 1)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let parts = ProcessInfo.processInfo.environment[OutboxCrashTests.variable]?.split(separator: ":", maxSplits: 1)
            let step = parts?.first.flatMap { Int($0) } ?? -1
            let outbox = try Outbox(path: parts.map { String($0[1]) })
            func dieAfter(_ reached: Int) { if reached == step { kill(getpid(), SIGKILL) } }
            for number in 0..<20 { _ = try await outbox.record(OutboxTests.action("earlier \(number)"), at: 1) }
            dieAfter(0)
            let id = try await outbox.record(OutboxTests.action("a"), at: 1).entry.id
            dieAfter(1)
            try await outbox.markSent(id, at: 2)
            dieAfter(2)
            try await outbox.finish(id, as: .confirmed, at: 3)
            dieAfter(3)
        }
        let outbox = try Outbox(path: path)
        #expect(try await outbox.history(limit: 1000).count == (step == 0 ? 20 : 21))
        let expected: [ActionState?] = [nil, .pending, .sent, .confirmed]
        #expect(try await outbox.entry(key: "a")?.state == expected[step])
    }
}
