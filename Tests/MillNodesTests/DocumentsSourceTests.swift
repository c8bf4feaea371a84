import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import Synchronization
import Testing

@Suite("source.documents")
struct DocumentsSourceTests {
    private let folder: String

    init() throws {
        var template = Array("\(TemporaryFolder.path)/millrace-documents-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
        for name in ["more", "more/deep", "out", ".hidden"] { mkdir("\(folder)/\(name)", 0o755) }
        for name in ["10.pdf", "9.pdf", "more/a.PDF", "more/deep/b.pdf", "out/c.pdf", ".hidden/d.pdf", ".e.pdf", "note.txt"] {
            let file = try #require(fopen("\(folder)/\(name)", "w"))
            fputs(name, file)
            fclose(file)
        }
        // Round in a circle.
        symlink("..", "\(folder)/more/up")
    }

    private func load(_ config: String) throws -> CheckedPipeline {
        let path = "\(folder)/.pipeline.yaml"
        let file = try #require(fopen(path, "w"))
        fputs("version: 1\nnodes:\n  files: {type: source.documents, config: {\(config)}}\n", file)
        fclose(file)
        return try Pipeline.load(path: path, registry: .millrace(journal: RunJournal()))
    }

    private func touch(_ path: [CChar]) throws {
        let file = try #require(fopen(path, "w"))
        fclose(file)
    }

    private func sent(_ config: String) async throws -> [String] {
        let keys = Mutex<[String]>([])
        let report = try await Runtime(
            try load(config),
            options: RuntimeOptions(observer: { event in
                if case .emitted(_, _, let packet) = event {
                    let unreadable = packet.payload.object(as: UnreadableFile.self)
                    let mark = unreadable.map { $0.isSkipped ? " skipped" : " unreadable" } ?? ""
                    keys.withLock { $0.append(packet.key + mark) }
                }
            })
        ).run()
        #expect(report.outcome == .finished, "\(report.outcome)")
        return keys.withLock { $0 }
    }

    @Test("all folders below are read, in natural order; hidden ones and the results are left out, a link to a folder is told")
    func folders() async throws {
        let all = try await sent("path: ., pattern: '*.pdf', leave_out: out")
        #expect(all == ["9.pdf", "10.pdf", "more/a.PDF", "more/deep/b.pdf", "more/up skipped"])
    }

    @Test("what cannot be read is sent as such: too large, with a name that is not UTF-8, nowhere")
    func unreadable() async throws {
        // A gigabyte that takes no room.
        let file = try #require(fopen("\(folder)/large.bin", "w"))
        #expect(ftruncate(fileno(file), 1 << 30) == 0)
        fclose(file)
        var name = Array("\(folder)/b".utf8CString.dropLast()) + [CChar(bitPattern: 0xE9)] + Array(".bin".utf8CString)
        let other = try #require(fopen(&name, "w"))
        fclose(other)
        symlink("nowhere", "\(folder)/link.bin")
        #expect(
            try await sent("path: more/../., pattern: '*.BIN', leave_out: more") == [
                "b\u{FFFD}E9.bin unreadable", "large.bin unreadable", "link.bin skipped",
            ])
        #expect(try await sent("path: ., pattern: '[0-9]*', max_bytes: 5, leave_out: more") == ["9.pdf", "10.pdf unreadable"])
    }

    @Test("pipes, links to nothing and out of the folder are told as skipped, and links within it are followed")
    func noFiles() async throws {
        #expect(mkfifo("\(folder)/pipe.bin", 0o600) == 0)
        symlink("nowhere", "\(folder)/gone.bin")
        symlink("/proc/self/status", "\(folder)/other.bin")
        symlink("more/deep/b.pdf", "\(folder)/inside.bin")
        symlink("out/c.pdf", "\(folder)/result.bin")
        symlink("round.bin", "\(folder)/round.bin")
        let all = try await sent("path: ., pattern: '*.bin', leave_out: out")
        #expect(
            all == [
                "gone.bin skipped", "inside.bin", "more/up skipped", "other.bin skipped", "pipe.bin skipped",
                "result.bin skipped", "round.bin skipped",
            ])
    }

    @Test("names that are not UTF-8 stay apart, and a folder of such a name is told")
    func misnamed() async throws {
        for byte in [0xE8, 0xE9] {
            let name = Array("\(folder)/x".utf8CString.dropLast()) + [CChar(bitPattern: UInt8(byte))] + Array(".bin".utf8CString)
            try touch(name)
        }
        try touch(Array("\(folder)/x\u{FFFD}E8.bin".utf8CString))
        var name = Array("\(folder)/y".utf8CString.dropLast()) + [CChar(bitPattern: UInt8(0xFF)), 0]
        #expect(mkdir(&name, 0o755) == 0)
        let all = try await sent("path: ., pattern: '*.bin', leave_out: more")
        #expect(
            all == [
                "x\u{FFFD}E8.bin", "x\u{FFFD}E9.bin unreadable", "y\u{FFFD}FF unreadable", "\u{FFFD}x\u{FFFD}E8.bin unreadable",
            ])
    }

    @Test("a folder that holds the results of another run is not read, but told")
    func otherResults() async throws {
        mkdir("\(folder)/out/documents", 0o755)
        try touch(Array("\(folder)/out/.archive.lock".utf8CString))
        #expect(try await sent("path: ., pattern: 'c.pdf', leave_out: more") == ["out skipped"])
    }

    @Test("results in the folder of the documents are refused before anything is written")
    func overlap() throws {
        mkdir("\(folder)/out/documents", 0o755)
        symlink(".", "\(folder)/same")
        for (path, results) in [(".", "."), (".", "same"), ("same", "more/.."), ("out/documents", "out")] {
            let error = #expect(throws: (any Error).self) { try load("path: \(path), leave_out: \(results)") }
            #expect("\(error as Any)".contains("choose another folder for the results"), "\(path) \(results)")
        }
        for (path, results) in [(".", "out"), ("more", "."), ("out/documents", "more"), (".", "absent")] {
            _ = try load("path: \(path), leave_out: \(results)")
        }
    }

    @Test("one file is one document")
    func file() async throws { #expect(try await sent("path: more/a.PDF") == ["a.PDF"]) }

    @Test("a list names files, and those that are not there are told")
    func list() async throws {
        let file = try #require(fopen("\(folder)/list", "w"))
        fputs("more/a.PDF\r\n\nabsent.pdf\n9.pdf\n9.pdf\nmore\n", file)
        fclose(file)
        #expect(try await sent("path: ., list: list") == ["more/a.PDF", "absent.pdf unreadable", "9.pdf", "more unreadable"])
    }

    @Test("a list may begin with a byte order mark; its names stay in the folder unless they are absolute")
    func listOfOthers() async throws {
        let file = try #require(fopen("\(folder)/list", "w"))
        fputs("\u{FEFF}9.pdf\r\n../more/a.PDF\r\nlink\nline\u{2028}end\n\(folder)/10.pdf\n", file)
        fclose(file)
        try touch(Array("\(folder)/more/line\u{2028}end".utf8CString))
        symlink("../9.pdf", "\(folder)/more/link")
        #expect(
            try await sent("path: more, list: list") == [
                "9.pdf unreadable", "../more/a.PDF", "link skipped", "line\u{2028}end", "\(folder)/10.pdf",
            ])
    }
}
