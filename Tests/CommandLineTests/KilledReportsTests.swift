import Glibc
import MillTestSupport
import Testing

/// `Tools/verify-reports` in small: the reading of reports is killed in its middle and goes on.
@Suite("millrace run pipelines/reports.yaml, killed")
struct KilledReportsTests {
    private let folder: String

    init() throws {
        folder = try Program.folder()
        mkdir("\(folder)/inbox", 0o755)
        mkdir("\(folder)/tmp", 0o755)
        for sample in ["quillon-initiation.pdf", "invoice-pellworth.pdf", "factsheet-marram.pdf"] {
            try Program.write(
                try Oracles.bytes("\(Program.root)/samples/reports/\(sample)"), to: "\(folder)/inbox/\(sample)")
        }
        try Program.write("# Outlook\n\nRevenue rose 12% to EUR 34.5m in 2024.\n", to: "\(folder)/inbox/note.md")
        try Program.write("%PDF-1.7\nnothing", to: "\(folder)/inbox/broken.pdf")
    }

    private func arguments(_ out: String) -> [String] {
        ["run", "\(Program.root)/pipelines/reports.yaml", "--set", "inbox=\(folder)/inbox", "--set", "out=\(folder)/\(out)"]
    }

    /// Runs to the end.
    private func finish(_ out: String) throws {
        var program = try StartedProgram(arguments(out), environment: ["TMPDIR=\(folder)/tmp"])
        #expect(program.wait() == 3)
    }

    /// All results by their paths. What a run remembers for the next one is none: its bytes depend on when things happened.
    private func results(_ out: String) throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        var pending = [""]
        while let below = pending.popLast() {
            for name in try FolderNames.all(below: "\(folder)/\(out)/\(below)", hidden: !below.isEmpty) {
                let path = below.isEmpty ? name : "\(below)/\(name)"
                var status = stat()
                guard stat("\(folder)/\(out)/\(path)", &status) == 0 else { throw Program.Failure(reason: path) }
                if status.st_mode & S_IFMT == S_IFDIR {
                    pending.append(path)
                } else {
                    found[path] = try Oracles.bytes("\(folder)/\(out)/\(path)")
                }
            }
        }
        return found
    }

    /// - Parameter count: of files that have appeared among the records when it is killed; a record alone takes seven or so.
    private func kill(_ out: String, after count: Int) throws {
        mkdir("\(folder)/\(out)", 0o755)
        mkdir("\(folder)/\(out)/documents", 0o755)
        let events = try FolderEvents("\(folder)/\(out)/documents")
        var program = try StartedProgram(arguments(out), environment: ["TMPDIR=\(folder)/tmp"])
        #expect(events.wait(for: count, of: program) >= count)
        program.signal(SIGKILL)
        #expect(program.wait() == -SIGKILL)
        #expect(try program.survivors().isEmpty)
    }

    @Test("a batch that was killed goes on to the same bytes, and leaves no program, no temporary and no unfinished file")
    func goesOn() throws {
        try finish("whole")
        let whole = try results("whole")
        #expect(whole.count > 20 && whole["report.html"] != nil)
        for count in [1, 6, 17] {
            let out = "after-\(count)"
            try kill(out, after: count)
            try finish(out)
            let resumed = try results(out)
            #expect(Set(resumed.keys) == Set(whole.keys), "after \(count)")
            for (path, bytes) in whole { #expect(resumed[path] == bytes, "\(path) after \(count)") }
        }
        // Killed twice, the second time while it goes on.
        try kill("twice", after: 4)
        try kill("twice", after: 9)
        try finish("twice")
        #expect(try results("twice") == whole)
        #expect(try FolderNames.all(below: "\(folder)/tmp", hidden: true).isEmpty)
    }

    @Test("Ctrl-C lets what was begun end, and a second run does the rest")
    func interrupted() throws {
        try finish("whole")
        mkdir("\(folder)/out", 0o755)
        mkdir("\(folder)/out/documents", 0o755)
        let events = try FolderEvents("\(folder)/out/documents")
        var program = try StartedProgram(arguments("out"), environment: ["TMPDIR=\(folder)/tmp"])
        _ = events.wait(for: 1, of: program)
        program.signal(SIGINT)
        let code = program.wait()
        #expect([0, 3, 130].contains(code), "\(code)")
        #expect(try program.survivors().isEmpty)
        try finish("out")
        #expect(try results("out") == results("whole"))
    }
}
