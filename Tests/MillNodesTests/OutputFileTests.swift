import Glibc
import MillGraph
import MillNodes
import MillTestSupport
import MillValue
import Testing

@Suite("Files that runs write")
struct OutputFileTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/millrace-output-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func text(_ name: String) throws -> String { String(decoding: try Oracles.bytes("\(folder)/\(name)"), as: UTF8.self) }

    @Test("a second writer of the same file is refused, and what is there stays")
    func twoWriters() throws {
        let path = "\(folder)/out/outcomes.jsonl"
        let first = try OutputFile(path: path, append: false)
        try first.write("one\n")
        for append in [false, true] {
            let error = #expect(throws: NodeError.self) { try OutputFile(path: path, append: append) }
            #expect("\(error as Any)".contains(path) && "\(error as Any)".contains("is writing to it"))
        }
        try first.write("two\n")
        #expect(try text("out/outcomes.jsonl") == "one\ntwo\n")
    }

    @Test("a file that its writer has closed is free for the next, which empties it or goes on")
    func nextWriter() throws {
        let path = "\(folder)/log"
        do { try OutputFile(path: path, append: false).write("first\n") }
        do { try OutputFile(path: path, append: true).write("second\n") }
        #expect(try text("log") == "first\nsecond\n")
        do { try OutputFile(path: path, append: false).write("third\n") }
        #expect(try text("log") == "third\n")
    }

    @Test("devices take several writers, and a pipe without a reader is refused and not waited for", .timeLimit(.minutes(1)))
    func special() throws {
        let first = try OutputFile(path: "/dev/null", append: false)
        let second = try OutputFile(path: "/dev/null", append: true)
        try first.write("x")
        try second.write("x")
        let pipe = "\(folder)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(throws: NodeError.self) { try OutputFile(path: pipe, append: false) }
    }

    @Test("a whole file takes the place of the earlier one, through a link, too")
    func replaced() throws {
        try OutputFile.replace("\(folder)/a/page.html", with: "old and longer")
        try #require(symlink("a/page.html", "\(folder)/link") == 0)
        try OutputFile.replace("\(folder)/link", with: "new")
        #expect(try text("a/page.html") == "new")
        var status = stat()
        #expect(lstat("\(folder)/link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test("what cannot be written says which file")
    func unwritable() throws {
        #expect(throws: NodeError.unwritable(path: "/dev/full", reason: "No space left on device")) {
            try OutputFile.replace("/dev/full", with: "x")
        }
        #expect(throws: NodeError.unwritable(path: "/proc/self/page.html", reason: "No such file or directory")) {
            try OutputFile.replace("/proc/self/page.html", with: "x")
        }
    }
}
