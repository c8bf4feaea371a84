import MillExtraction
import MillValue
import Testing

@Suite("Names of documents in the archive")
struct ArchiveNameTests {
    @Test("files in sub-folders, odd characters and endings get names of their own, and come back", .timeLimit(.minutes(1)))
    func names() throws {
        let folder = try TemporaryFolder()
        let archive = try ReportArchive(folder: folder.path)
        let long = String(repeating: "很长", count: 2000)
        let files = [
            "a.pdf", "A.pdf", "b/a.pdf", "b%2Fa.pdf", "b\\a.pdf", "../a.pdf", "..", ".hidden", " blank ", "new\nline", "~", "a~b",
            "x", "x.docling", "x.json", "x.md", "x.pages", "x.docling.json", "caf\u{E9}.pdf", "cafe\u{301}.pdf",
            "研报 2025年1季度.pdf", "\u{202E}fdp.exe", "\0", long + "1.pdf", long + "2.pdf", long,
        ]
        for file in files {
            try archive.store(SampleRecords.report(file), pictures: [1: [0xFF]], markdown: file, docling: .string(file))
        }
        let stored = try archive.files()
        #expect(stored.count == files.count)
        #expect(Set(stored.map { CodePoints($0) }) == Set(files.map { CodePoints($0) }))
        for file in files {
            let record = try #require(try archive.record(of: file))
            #expect(record.file.utf8.elementsEqual(file.replacing("\0", with: "\u{FFFD}").utf8))
        }
        let names = folder.files.map { $0.dropFirst("documents/".count) }
        #expect(names.count == files.count * 4)
        #expect(names.contains("b%2Fa.pdf.json") && names.contains("研报 2025年1季度.pdf.md"))
        for file in files { try archive.remove(file: file) }
        #expect(folder.files.isEmpty)
    }
}
