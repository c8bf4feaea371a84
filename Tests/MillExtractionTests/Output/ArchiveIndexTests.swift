import Foundation
import MillExtraction
import MillValue
import Testing

@Suite("What an archive knows of its results")
struct ArchiveIndexTests {
    private static let origin = ArchiveIndex.Origin(identity: "a.pdf/1", pipeline: "p")
    private static let long = String(repeating: "研", count: 90) + ".pdf"

    private func store(_ archive: ReportArchive, _ file: String = "a.pdf") throws {
        try archive.store(
            SampleRecords.report(file), of: Self.origin, pictures: [1: [1], 2: [2]], markdown: "# A", docling: [:])
    }

    @Test("results are kept while they were made of the same, and are all there as they were written")
    func keeps() throws {
        let folder = try TemporaryFolder()
        let archive = try ReportArchive(folder: folder.path)
        #expect(!archive.keeps(file: "a.pdf", of: Self.origin))
        try store(archive)
        #expect(archive.keeps(file: "a.pdf", of: Self.origin))
        #expect(!archive.keeps(file: "a.pdf", of: ArchiveIndex.Origin(identity: "a.pdf/2", pipeline: "p")))
        #expect(!archive.keeps(file: "a.pdf", of: ArchiveIndex.Origin(identity: "a.pdf/1", pipeline: "q")))
        #expect(try archive.sha256(of: "a.pdf", identity: "a.pdf/1") == SampleRecords.report("a.pdf").sha256)
        #expect(try archive.sha256(of: "a.pdf", identity: "a.pdf/2") == nil)
        let parts = [
            "a.pdf.json", "a.pdf.md", "a.pdf.docling.json", "a.pdf.pages/1.jpg", "a.pdf.pages/2.jpg",
        ]
        for part in parts {
            let path = "documents/\(part)"
            let bytes = try folder.bytes(path)
            // Of the same length, longer, gone.
            try folder.write(String(repeating: "x", count: bytes.count), to: path)
            #expect(!archive.keeps(file: "a.pdf", of: Self.origin), "\(part)")
            try folder.write("something else", to: path)
            #expect(!archive.keeps(file: "a.pdf", of: Self.origin), "\(part)")
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(path)")
            #expect(!archive.keeps(file: "a.pdf", of: Self.origin), "\(part)")
            // The same again at another time.
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder.path)/\(path)"))
            #expect(archive.keeps(file: "a.pdf", of: Self.origin), "\(part)")
        }
        try archive.remove(file: "a.pdf")
        #expect(!archive.keeps(file: "a.pdf", of: Self.origin))
    }

    @Test("a damaged record is written anew under its own name, also one whose name was too long")
    func healed() throws {
        let folder = try TemporaryFolder()
        for file in ["a.pdf", Self.long] {
            let archive = try ReportArchive(folder: folder.path)
            try store(archive, file)
            let record = try #require(folder.files.first { $0.hasSuffix(".json") && !$0.hasSuffix(".docling.json") })
            try folder.write("x\n", to: record)
            try store(archive, file)
            #expect(try archive.summary().counts == [.success: 1])
            try archive.remove(file: file)
        }
    }

    @Test("documents of a content are those that were read and stand whole; others may look while it is written")
    func readers() throws {
        let folder = try TemporaryFolder()
        #expect(try ArchiveIndex(readingFolder: folder.path) == nil)
        let archive = try ReportArchive(folder: folder.path)
        let index = try #require(try ArchiveIndex(readingFolder: folder.path))
        for (file, status) in [("a", ReportRecord.Status.success), ("b", .partial), ("c", .failed), ("d", .skipped)] {
            try archive.store(
                ReportRecord(file: file, sha256: "11", status: status, reason: "x"),
                of: ArchiveIndex.Origin(identity: "\(file)/1", pipeline: "p"))
        }
        #expect(try index.readers(of: "11").map(\.file) == ["a", "b"])
        try folder.write("x", to: "documents/a.json")
        #expect(try index.readers(of: "11").map(\.file) == ["b"])
        #expect(try index.entry(of: "d")?.status == .skipped && index.readers(of: "22").isEmpty)
    }

    @Test("something else under the name of the pictures' folder stops nobody")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        do { _ = try ReportArchive(folder: folder.path) }
        try folder.write("mine", to: "documents/a.pdf.pages")
        try folder.write("mine", to: "documents/other.pages")
        let archive = try ReportArchive(folder: folder.path)
        try archive.store(SampleRecords.failed("a.pdf"))
        #expect(try archive.assemble().documents == 1)
        try store(archive)
        #expect(try archive.assemble().counts == [.success: 1])
        #expect(try folder.bytes("documents/a.pdf.pages/2.jpg") == [2])
        #expect(try folder.text("documents/other.pages") == "mine")
    }

    @Test("a character U+0000 cuts no text short, in whatever file it stands")
    func zero() throws {
        let folder = try TemporaryFolder()
        let archive = try ReportArchive(folder: folder.path)
        var record = SampleRecords.report("a.pdf")
        record.figures[0].name = "Net in\0come"
        record.findings[0].message = "Net in\0come does not fit"
        try archive.store(record, markdown: "Net in\0come", docling: ["text": "Net in\0come"])
        // As an earlier version wrote it.
        record.file = "b.pdf"
        try folder.write(record.value.json(), to: "documents/b.pdf.json")
        try archive.assemble()
        #expect(try archive.record(of: "a.pdf")?.figures[0].name == "Net in\u{FFFD}come")
        for name in folder.files where name != "documents/b.pdf.json" {
            let text = try folder.text(name)
            let hasEscape = text.contains("in\\u0000come")
            let hasZero = !name.hasSuffix(".sqlite") && text.utf8.contains(0)
            #expect(!hasEscape && !hasZero, "\(name)")
            let wanted = name == "fields.csv" || name == "tables.csv" ? "a.pdf" : "Net in\u{FFFD}come"
            let hasText = text.contains(wanted)
            #expect(hasText, "\(name)")
        }
        let lines = try folder.text("figures.csv").split(separator: "\r\n").filter { $0.contains("Net in\u{FFFD}come") }
        #expect(lines.count == 2)
    }
}
