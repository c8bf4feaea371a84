import Glibc
import MillTestSupport
import MillValue
import Testing

/// The pipeline that reads reports, as a user runs it.
@Suite("millrace run pipelines/reports.yaml")
struct ReportsTests {
    private let folder: String
    private var inbox: String { "\(folder)/inbox" }
    private var out: String { "\(folder)/out" }
    private static let samples = "\(Program.root)/samples/reports"

    init() throws {
        folder = try Program.folder()
        mkdir(inbox, 0o755)
    }

    private func put(_ sample: String, as name: String) throws {
        try Program.write(try Self.bytes("\(Self.samples)/\(sample)"), to: "\(inbox)/\(name)")
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw Program.Failure(reason: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    private static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    private func run(_ more: String..., out place: String? = nil) throws -> (code: Int32, output: String) {
        try Program.run(
            ["run", "\(Program.root)/pipelines/reports.yaml", "--set", "inbox=\(inbox)", "--set", "out=\(place ?? out)"] + more)
    }

    private func record(_ name: String) throws -> Value { try JSON.parse(try Self.text("\(out)/documents/\(name).json")) }

    /// The names of all results that must be the same however they came about.
    private static let results = ["records.jsonl", "figures.csv", "fields.csv", "tables.csv", "reports.sqlite", "report.html"]

    @Test("a folder becomes records with places, tables of all, and a page; a broken document stops no other")
    func folderOfReports() throws {
        try put("quillon-initiation.pdf", as: "a note.pdf")
        mkdir("\(inbox)/more", 0o755)
        try put("invoice-pellworth.pdf", as: "more/invoice.pdf")
        try put("quillon-initiation.pdf", as: "more/copy.pdf")
        try Program.write("%PDF-1.7\nnothing", to: "\(inbox)/broken.pdf")
        try Program.write("", to: "\(inbox)/empty.pdf")
        try Program.write("no document", to: "\(inbox)/left-alone.xyz")
        let result = try run()
        #expect(result.code == 3, "\(result.output)")
        #expect(result.output.contains("5 documents: 2 success, 2 failed, 1 skipped"), "\(result.output)")
        let note = try record("a note.pdf")
        let target = try #require(note["fields"]?.list?.first { $0["name"] == "target_price" })
        let place = try #require(target["provenance"]?[0]?["places"]?[0])
        #expect(place["page"] == 1 && place["box"]?.list?.count == 4)
        #expect(try record("broken.pdf")["status"] == "failed" && record("broken.pdf")["reason"]?.string?.isEmpty == false)
        #expect(try record("empty.pdf")["status"] == "failed")
        let copies = try #require(try? FolderNames.all(below: "\(out)/documents").filter { $0.contains("copy.pdf.json") })
        #expect(copies.count == 1)
        #expect(try Self.text("\(out)/records.jsonl").contains("the same content as a note.pdf"))
        for name in Self.results { #expect(access("\(out)/\(name)", R_OK) == 0, "\(name)") }
        #expect(try Self.text("\(out)/report.html").contains("/9j/"))
    }

    @Test("a second run does only what is new or failed, and the results are those of one run over all")
    func goesOn() throws {
        try put("quillon-initiation.pdf", as: "a.pdf")
        try Program.write("%PDF-1.7\nnothing", to: "\(inbox)/b.pdf")
        #expect(try run().code == 3)
        try put("quillon-initiation.pdf", as: "b.pdf")
        try put("factsheet-marram.pdf", as: "c.pdf")
        let second = try run("--json")
        #expect(second.code == 0, "\(second.output)")
        #expect(second.output.contains("\"doneBefore\": 1"), "\(second.output)")
        let whole = "\(folder)/whole"
        #expect(try run(out: whole).code == 0)
        for name in Self.results where name != "reports.sqlite" {
            #expect(try Self.text("\(out)/\(name)") == Self.text("\(whole)/\(name)"), "\(name)")
        }
        #expect(try Self.bytes("\(out)/reports.sqlite") == Self.bytes("\(whole)/reports.sqlite"))
    }

    @Test("an inbox that is not there, or results that cannot be written, end the run with exit code 1 and say why")
    func noPlace() throws {
        rmdir(inbox)
        let nowhere = try run()
        #expect(nowhere.code == 1 && nowhere.output.contains("\(inbox): No such file or directory"), "\(nowhere.output)")
        mkdir(inbox, 0o755)
        let empty = try run()
        #expect(empty.code == 1 && empty.output.contains("no file in \(inbox) matches"), "\(empty.output)")
        try put("invoice-pellworth.pdf", as: "a.pdf")
        unlink("\(out)/report.html")
        mkdir("\(out)/report.html", 0o755)
        mkdir("\(out)/report.html/taken", 0o755)
        let taken = try run()
        #expect(taken.code == 1 && taken.output.contains("report.html"), "\(taken.output)")
        #expect(taken.output.contains("Items: 1 succeeded"))
        #expect(try FolderNames.all(below: out, hidden: true).allSatisfy { !$0.contains(".part") })
    }

    @Test("results that were damaged are told, and those that were taken away are made again")
    func lostResults() throws {
        try put("invoice-pellworth.pdf", as: "a.pdf")
        try put("factsheet-marram.pdf", as: "b.pdf")
        #expect(try run().code == 0)
        let before = try Self.text("\(out)/records.jsonl")
        try Program.write("{\"format\": \"millrace.report/1\"}", to: "\(out)/documents/a.pdf.json")
        let damaged = try run()
        #expect(damaged.output.contains("a.pdf.json cannot be read") && damaged.output.contains("remove it and run again"))
        unlink("\(out)/documents/a.pdf.json")
        let again = try run("--json")
        #expect(again.code == 0 && again.output.contains("\"doneBefore\": 1"), "\(again.output)")
        #expect(try Self.text("\(out)/records.jsonl") == before)
    }

    @Test("an encrypted file is read with its password, and without says that it needs one")
    func passwords() throws {
        try put("invoice-pellworth.pdf", as: "open.pdf")
        #expect(
            Glibc.system(
                "qpdf --allow-weak-crypto --encrypt opensesame owner 128 --use-aes=y -- '\(inbox)/open.pdf' '\(inbox)/locked.pdf'"
            )
                == 0)
        unlink("\(inbox)/open.pdf")
        let without = try run()
        #expect(without.code == 3 && without.output.contains("password"), "\(without.output)")
        let wrong = try run("--set", "password=closesesame")
        #expect(wrong.code == 3 && wrong.output.contains("password"), "\(wrong.output)")
        #expect(!wrong.output.contains("closesesame"))
        #expect(try record("locked.pdf")["status"] == "failed")
        let with = try run("--set", "password=opensesame")
        #expect(with.code == 0, "\(with.output)")
        #expect(try record("locked.pdf")["status"] == "success")
        let secret = try Program.run(
            ["run", "\(Program.root)/pipelines/reports.yaml", "--set", "inbox=\(inbox)", "--set", "out=\(folder)/secret"],
            environment: "MILLRACE_SECRET_PASSWORD=opensesame")
        #expect(secret.code == 0 && !secret.output.contains("opensesame"))
    }

    @Test("results inside the inbox are no documents of the next run")
    func resultsInside() throws {
        try put("invoice-pellworth.pdf", as: "a.pdf")
        let inside = "\(inbox)/results"
        for doneBefore in 0...1 {
            let result = try run("--json", out: inside)
            #expect(result.code == 0 && result.output.contains("\"doneBefore\": \(doneBefore)"), "\(result.output)")
            let lines = try Self.text("\(inside)/records.jsonl").split(separator: "\n")
            #expect(lines.count == 1 && lines[0].contains("\"a.pdf\""))
        }
    }

    @Test("one file, a list of files, a range of pages")
    func choices() throws {
        try put("quillon-initiation.pdf", as: "a.pdf")
        try put("invoice-pellworth.pdf", as: "b.pdf")
        let one = try Program.run(
            [
                "run", "\(Program.root)/pipelines/reports.yaml", "--set", "inbox=\(inbox)/a.pdf", "--set", "out=\(out)", "--set",
                "last_page=1",
            ])
        #expect(one.code == 0 && one.output.contains("1 document:"), "\(one.output)")
        #expect(try record("a.pdf")["pages"]?.list?.count == 1)
        try Program.write("b.pdf\nabsent.pdf\n", to: "\(folder)/list.txt")
        let listed = try run("--set", "list=\(folder)/list.txt", out: "\(folder)/listed")
        #expect(listed.code == 3 && listed.output.contains("2 documents: 1 success, 1 failed"), "\(listed.output)")
        #expect(listed.output.contains("absent.pdf"), "\(listed.output)")
    }
}

/// What lies in folders.
enum FolderNames {
    /// - Parameter hidden: whether those that begin with a point are taken, too.
    static func all(below folder: String, hidden: Bool = false) throws -> [String] {
        guard let directory = opendir(folder) else { throw Program.Failure(reason: folder) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if hidden ? name != "." && name != ".." : !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
