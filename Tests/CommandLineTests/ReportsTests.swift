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
        let unlisted = try run("--set", "list=\(folder)/nolist")
        #expect(
            unlisted.code == 1 && unlisted.output.contains("the list of files \(folder)/nolist: No such file"),
            "\(unlisted.output)")
        mkdir(inbox, 0o755)
        let empty = try run()
        #expect(empty.code == 1 && empty.output.contains("no file in \(inbox) matches"), "\(empty.output)")
        #expect(access("\(out)/report.html", F_OK) != 0 && !empty.output.contains("results:"), "\(empty.output)")
        try put("invoice-pellworth.pdf", as: "a.pdf")
        unlink("\(out)/report.html")
        mkdir("\(out)/report.html", 0o755)
        mkdir("\(out)/report.html/taken", 0o755)
        let taken = try run()
        #expect(taken.code == 1 && taken.output.contains("report.html"), "\(taken.output)")
        #expect(taken.output.contains("Items: 1 succeeded"))
        #expect(try FolderNames.all(below: out, hidden: true).allSatisfy { !$0.contains(".part") })
    }

    @Test("without the report page no pictures of pages are kept")
    func noPage() throws {
        try put("invoice-pellworth.pdf", as: "a.pdf")
        #expect(try run().code == 0)
        #expect(access("\(out)/documents/a.pdf.pages/1.jpg", F_OK) == 0)
        let text = try Self.text("\(Program.root)/pipelines/reports.yaml")
            .replacing("markdown: true, docling: true", with: "page: false, markdown: false, docling: false")
        try Program.write(text, to: "\(folder)/plain.yaml")
        let result = try Program.run("run", "\(folder)/plain.yaml", "--set", "inbox=\(inbox)", "--set", "out=\(out)")
        #expect(result.code == 0, "\(result.output)")
        #expect(try FolderNames.all(below: "\(out)/documents").allSatisfy { $0.hasSuffix("a.pdf.json") })
    }

    @Test("what failed stands for no other file of the same content")
    func failedCopies() throws {
        for name in ["empty.pdf", "empty.txt"] { try Program.write("", to: "\(inbox)/\(name)") }
        #expect(try run().code == 3)
        #expect(try record("empty.txt")["status"] == "failed" && record("empty.pdf")["status"] == "failed")
    }

    @Test("results that were damaged or taken away are made again; a damaged one of a file that has left is told")
    func lostResults() throws {
        try put("invoice-pellworth.pdf", as: "a.pdf")
        try put("factsheet-marram.pdf", as: "b.pdf")
        #expect(try run().code == 0)
        let before = try Self.text("\(out)/records.jsonl")
        for name in ["a.pdf.json", "a.pdf.md", "a.pdf.docling.json", "a.pdf.pages/1.jpg"] {
            try Program.write("x\n", to: "\(out)/documents/\(name)")
            let damaged = try run("--json")
            #expect(damaged.code == 0 && damaged.output.contains("\"doneBefore\": 1"), "\(name): \(damaged.output)")
            unlink("\(out)/documents/\(name)")
            let lost = try run("--json")
            #expect(lost.code == 0 && lost.output.contains("\"doneBefore\": 1"), "\(name): \(lost.output)")
            #expect(try Self.text("\(out)/records.jsonl") == before)
        }
        #expect(try run("--json").output.contains("\"doneBefore\": 2"))
        unlink("\(inbox)/a.pdf")
        try Program.write("x\n", to: "\(out)/documents/a.pdf.json")
        let left = try run()
        #expect(left.output.contains("a.pdf.json cannot be read") && left.output.contains("remove it"), "\(left.output)")
    }

    @Test("what a run with other settings has put in the place of results is not taken for them")
    func otherSettings() throws {
        try put("halden-upgrade.pdf", as: "a.pdf")
        #expect(try run().code == 0)
        let before = try Self.text("\(out)/records.jsonl")
        #expect(try run("--set", "first_page=2", "--set", "last_page=2").code == 0)
        #expect(try record("a.pdf")["pages"]?.list?.count == 1)
        let again = try run("--json")
        #expect(again.code == 0 && again.output.contains("\"doneBefore\": 0"), "\(again.output)")
        #expect(try Self.text("\(out)/records.jsonl") == before)
    }

    @Test("a content whose file is renamed, and replaced by another one, is read under its new name")
    func renamed() throws {
        func markdown(_ name: String) throws -> String { try Self.text("\(out)/documents/\(name).md") }
        try Program.write("Alpha", to: "\(inbox)/m.txt")
        #expect(try run().code == 0)
        // Its name comes before and behind that of the new file.
        for (number, name) in ["a.txt", "z.txt"].enumerated() {
            let content = number == 0 ? "Alpha" : "Beta 0"
            #expect(rename("\(inbox)/m.txt", "\(inbox)/\(name)") == 0)
            try Program.write("Beta \(number)", to: "\(inbox)/m.txt")
            let result = try run()
            #expect(result.code == 0 && !result.output.contains("skipped"), "\(result.output)")
            #expect(try markdown(name).contains(content) && markdown("m.txt").contains("Beta \(number)"))
        }
        // Skipped at first, then the other one becomes another.
        try Program.write("Alpha", to: "\(inbox)/b.txt")
        #expect(try run().output.contains("1 skipped"))
        #expect(try record("b.txt")["reason"] == "the same content as a.txt")
        try Program.write("Gamma", to: "\(inbox)/a.txt")
        let result = try run("--json")
        #expect(result.code == 0 && result.output.contains("\"doneBefore\": 2"), "\(result.output)")
        #expect(try markdown("b.txt").contains("Alpha") && markdown("a.txt").contains("Gamma"))
        // The other one and its results go.
        try Program.write("Alpha", to: "\(inbox)/c.txt")
        #expect(try run().output.contains("1 skipped"))
        unlink("\(inbox)/b.txt")
        for ending in ["json", "md", "docling.json"] { unlink("\(out)/documents/b.txt.\(ending)") }
        #expect(try run().code == 0)
        #expect(try markdown("c.txt").contains("Alpha"))
    }

    @Test("links out of the inbox, pipes, and names in capitals: what is not read is told")
    func notRead() throws {
        try Program.write("Alpha", to: "\(inbox)/UP.TXT")
        try Program.write("# Beta", to: "\(inbox)/n.Markdown")
        try Program.write("secret", to: "\(folder)/secret.txt")
        symlink("../secret.txt", "\(inbox)/link.txt")
        symlink("UP.TXT", "\(inbox)/same.txt")
        #expect(mkfifo("\(inbox)/pipe.txt", 0o600) == 0)
        try Program.write("x", to: "\(inbox)/numbers.xlsx")
        let result = try run()
        #expect(result.code == 0 && result.output.contains("5 documents: 2 success, 3 skipped"), "\(result.output)")
        #expect(result.output.contains("skipped: link.txt: leads out of the folder"), "\(result.output)")
        #expect(result.output.contains("skipped: pipe.txt: is a pipe"), "\(result.output)")
        #expect(result.output.contains("numbers.xlsx"), "\(result.output)")
        #expect(try !Self.text("\(out)/records.jsonl").contains("secret") && Self.text("\(out)/report.html").contains("UP.TXT"))
        #expect(try run("--json").output.contains("\"doneBefore\": 5"))
        let same = try run(out: inbox)
        #expect(same.code != 0 && same.output.contains("choose another folder for the results"), "\(same.output)")
        #expect(try FolderNames.all(below: inbox, hidden: true).count == 6)
    }

    @Test("a copy of a document that could not be read fails like it, and is read when that one has left")
    func copyOfFailed() throws {
        try put("invoice-pellworth.pdf", as: "open.pdf")
        let command =
            "qpdf --allow-weak-crypto --encrypt opensesame owner 128 --use-aes=y -- '\(inbox)/open.pdf' '\(inbox)/a.pdf'"
        #expect(Glibc.system(command + " && cp '\(inbox)/a.pdf' '\(inbox)/b.pdf' && rm '\(inbox)/open.pdf'") == 0)
        #expect(try run().output.contains("2 documents: 2 failed"))
        unlink("\(inbox)/a.pdf")
        let with = try Program.run(
            ["run", "\(Program.root)/pipelines/reports.yaml", "--set", "inbox=\(inbox)", "--set", "out=\(out)"],
            environment: "MILLRACE_SECRET_PASSWORD=opensesame")
        #expect(with.code == 0, "\(with.output)")
        #expect(try record("b.pdf")["status"] == "success")
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
