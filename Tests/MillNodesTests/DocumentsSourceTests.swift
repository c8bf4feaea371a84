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

    private func sent(_ config: String) async throws -> [String] {
        let keys = Mutex<[String]>([])
        let path = "\(folder)/.pipeline.yaml"
        let file = try #require(fopen(path, "w"))
        fputs("version: 1\nnodes:\n  files: {type: source.documents, config: {\(config)}}\n", file)
        fclose(file)
        let report = try await Runtime(
            try Pipeline.load(path: path, registry: .millrace(journal: RunJournal())),
            options: RuntimeOptions(observer: { event in
                if case .emitted(_, _, let packet) = event {
                    keys.withLock { $0.append(packet.key + (packet.payload.tensor == nil ? " unreadable" : "")) }
                }
            })
        ).run()
        #expect(report.outcome == .finished, "\(report.outcome)")
        return keys.withLock { $0 }
    }

    @Test("all folders below are read, in natural order; hidden ones, links and the results are left out")
    func folders() async throws {
        let all = try await sent("path: ., pattern: '*.{pdf,PDF}', leave_out: out")
        #expect(all == ["9.pdf", "10.pdf", "more/a.PDF", "more/deep/b.pdf"])
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
            try await sent("path: ., pattern: '*.bin'") == ["b\u{FFFD}.bin unreadable", "large.bin unreadable"])
        #expect(try await sent("path: ., pattern: '[0-9]*', max_bytes: 5") == ["9.pdf", "10.pdf unreadable"])
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
}
