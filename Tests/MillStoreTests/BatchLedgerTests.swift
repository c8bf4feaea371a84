import Foundation
import MillStore
import Testing

@Suite("The ledger of a batch")
struct BatchLedgerTests {
    private func entry(_ identity: String, _ hasSucceeded: Bool = true, reason: String? = nil) -> BatchLedger.Entry {
        BatchLedger.Entry(
            identity: identity, key: "\(identity).pdf", hasSucceeded: hasSucceeded, reason: reason, seconds: 0.5, ended: 1000)
    }

    @Test("what succeeded is done, also for the next one who opens it; what failed is not")
    func done() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("ledger.sqlite")
        do {
            let ledger = try BatchLedger(path: path, pipeline: "p")
            #expect(!ledger.isDone("a"))
            try ledger.record(entry("a"))
            try ledger.record(entry("b", false, reason: "password needed"))
            #expect(ledger.isDone("a") && !ledger.isDone("b"))
        }
        let again = try BatchLedger(path: path, pipeline: "p")
        #expect(again.isDone("a") && !again.isDone("b"))
        #expect(try again.entries() == [entry("a"), entry("b", false, reason: "password needed")])
        try again.record(entry("b"))
        #expect(again.isDone("b"))
        #expect(try again.entries().map(\.hasSucceeded) == [true, true])
    }

    @Test("each pipeline has items of its own")
    func pipelines() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("ledger.sqlite")
        do { try BatchLedger(path: path, pipeline: "p").record(entry("a")) }
        let other = try BatchLedger(path: path, pipeline: "q")
        #expect(!other.isDone("a"))
        #expect(try other.entries().isEmpty)
    }

    @Test("what another pipeline has ended since is no longer done; what it left alone is")
    func superseded() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("ledger.sqlite")
        do {
            let ledger = try BatchLedger(path: path, pipeline: "p")
            try ledger.record(entry("a"))
            try ledger.record(entry("b"))
        }
        do { try BatchLedger(path: path, pipeline: "q").record(entry("a", false, reason: "no page 2")) }
        let again = try BatchLedger(path: path, pipeline: "p")
        #expect(!again.isDone("a") && again.isDone("b"))
    }

    @Test("names that look the same are different items")
    func spelling() throws {
        let ledger = try BatchLedger(path: nil, pipeline: "p")
        try ledger.record(entry("\u{E9}"))
        #expect(ledger.isDone("\u{E9}") && !ledger.isDone("e\u{301}"))
    }

    @Test("one process at a time writes, and a file that is no ledger is refused")
    func refused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("ledger.sqlite")
        let ledger = try BatchLedger(path: path, pipeline: "p")
        #expect(throws: StoreError.inUse(path: path)) { try BatchLedger(path: path, pipeline: "p") }
        try Data("no database at all, but text".utf8).write(to: URL(fileURLWithPath: folder.path("b")))
        #expect(throws: StoreError.self) { try BatchLedger(path: folder.path("b"), pipeline: "p") }
        _ = ledger.path
    }
}
