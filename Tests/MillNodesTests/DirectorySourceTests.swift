import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import MillValue
import Synchronization
import Testing

@Suite("source.directory")
struct DirectorySourceTests {
    private let folder: String

    init() throws {
        var template = Array("\(TemporaryFolder.path)/millrace-source-XXXXXX".utf8CString)
        folder = String(cString: try #require(mkdtemp(&template)))
    }

    private func write(_ name: String, _ text: String) throws {
        let file = try #require(fopen("\(folder)/\(name)", "w"))
        #expect(fputs(text, file) >= 0)
        fclose(file)
    }

    /// A pipeline of the source alone, and the packets it sends.
    private func pipeline(_ config: String) throws -> CheckedPipeline {
        let path = "\(folder)/.pipeline.yaml"
        try write(
            ".pipeline.yaml",
            """
            version: 1
            nodes:
              files: {type: source.directory, config: {path: ., pattern: "*.txt"\(config)}}
            """)
        return try Pipeline.load(path: path, registry: .millrace(journal: RunJournal()))
    }

    private final class Sent: Sendable {
        private let packets = Mutex<[Packet]>([])
        var keys: [String] { packets.withLock { $0.map(\.key) } }
        var identities: [String] { packets.withLock { $0.map(\.identity) } }
        func observe(_ event: RuntimeEvent) {
            if case .emitted(_, _, let packet) = event { packets.withLock { $0.append(packet) } }
        }
    }

    @Test("the same files are the same frames when they are played again, and changed ones are not")
    func identity() async throws {
        try write("1.txt", "one")
        try write("2.txt", "two")
        func identities() async throws -> [String] {
            let sent = Sent()
            _ = try await Runtime(pipeline(""), options: RuntimeOptions(observer: sent.observe)).run()
            return sent.identities
        }
        let first = try await identities()
        #expect(first.count == 2 && Set(first).count == 2)
        #expect(try await identities() == first)
        try write("2.txt", "changed")
        let changed = try await identities()
        #expect(changed[0] == first[0] && changed[1] != first[1])
    }

    @Test("a watched folder gives complete new files, once each, and the same one again when it is written again")
    func watch() async throws {
        try write("old.txt", "before the start")
        let clock = ManualClock()
        let sent = Sent()
        let runtime = Runtime(
            try pipeline(", watch: new, poll: 1s"), options: RuntimeOptions(clock: clock, observer: sent.observe))
        let run = Task { try await runtime.run() }
        func look() async {
            while clock.nextDeadline == nil { await Task.yield() }
            clock.advance(by: .seconds(1))
            while clock.nextDeadline == nil { await Task.yield() }
        }
        await look()
        try write("a.txt", "first half")
        await look()
        #expect(sent.keys.isEmpty)
        try write("a.txt", "first half, second half")
        await look()
        #expect(sent.keys.isEmpty)
        await look()
        #expect(sent.keys == ["a.txt"])
        await look()
        #expect(sent.keys == ["a.txt"])
        try write("a.txt", "another picture under the same name")
        await look()
        await look()
        #expect(sent.keys == ["a.txt", "a.txt"] && Set(sent.identities).count == 2)
        runtime.stop()
        _ = try await run.value
    }

    @Test("what is in a watched folder already comes first if it is asked for")
    func watchAll() async throws {
        try write("10.txt", "ten")
        try write("9.txt", "nine")
        let clock = ManualClock()
        let sent = Sent()
        let runtime = Runtime(try pipeline(", watch: all"), options: RuntimeOptions(clock: clock, observer: sent.observe))
        let run = Task { try await runtime.run() }
        while sent.keys.count < 2 {
            if clock.nextDeadline != nil { clock.advance(by: .milliseconds(200)) }
            await Task.yield()
        }
        #expect(Set(sent.keys) == ["9.txt", "10.txt"])
        runtime.stop()
        _ = try await run.value
    }

    @Test("watching for ever and repeating for ever do not go together")
    func watchAndRepeat() throws {
        #expect(throws: PipelineErrors.self) { try pipeline(", watch: new, repeat: true") }
    }
}
