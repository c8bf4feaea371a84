import MillCompute
import MillExtraction
import MillValue
import Testing

@Suite("The page of all documents")
struct ReportPageTests {
    private static let hostile = "x</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\"'&\u{202E}\u{2028}.pdf"

    private func page(_ records: [ReportRecord], title: String = "Reports") throws -> String {
        let folder = try TemporaryFolder()
        let archive = try ReportArchive(folder: folder.path)
        for record in records { try archive.store(record, pictures: [1: [0xFF, 0xD8, 0xFF], 3: [0xFF, 0xD8]]) }
        try archive.assemble(title: title)
        return try folder.text("report.html")
    }

    /// The contents of the page's elements of a kind, as a browser ends them.
    private func blocks(_ page: String, _ start: String) -> [String] {
        page.split(separator: start, omittingEmptySubsequences: false).dropFirst().map { rest in
            let content = rest.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)[1]
            return String(content.split(separator: "</script>", maxSplits: 1, omittingEmptySubsequences: false)[0])
        }
    }

    @Test("it holds every record and picture, and nothing from a network")
    func complete() throws {
        let records = ["a.pdf", "b.pdf"].map { SampleRecords.report($0) }
        let page = try page(records)
        let data = try blocks(page, "<script type=\"application/json\"").map { try JSON.parse($0) }
        #expect(data.count == 3)
        #expect(data[2].list?.compactMap { $0["file"]?.string } == ["a.pdf", "b.pdf"])
        #expect(data[0]["figures"]?.list?.count == 6 && data[0]["fields"] == records[0].value["fields"])
        let cell: Value = [1, 2, 1, 1, "-35", 3, [290, 209.59, 372.25, 221.09]]
        #expect(data[0]["tables"]?[0]?["cells"]?[3] == cell)
        #expect(blocks(page, "<script type=\"text/plain\"") == ["/9j/", "/9g=", "/9j/", "/9g="])
        let script = try #require(blocks(page, "<script").last)
        #expect(script.contains("addEventListener"))
        let hash = Base64.encode(ContentHash(of: Array(script.utf8)).bytes.span.bytes)
        #expect(page.contains("script-src 'sha256-\(hash)'") && page.contains("default-src 'none'; img-src data:;"))
        #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("//www"))
    }

    @Test("names and values from documents stay text, whatever they hold")
    func hostile() throws {
        var record = SampleRecords.report(Self.hostile)
        record.fields[0].content = .text(Self.hostile)
        record.figures[0].name = Self.hostile
        record.reason = Self.hostile
        record.findings[0].message = Self.hostile
        let (page, plain) = (try page([record], title: Self.hostile), try page([SampleRecords.report("x.pdf")]))
        for part in ["<script", "</script", "<!--", "<img"] {
            #expect(page.split(separator: part).count == plain.split(separator: part).count, "\(part)")
        }
        let data = try blocks(page, "<script type=\"application/json\"").map { try JSON.parse($0) }
        #expect(data[0]["file"] == .string(Self.hostile) && data[0]["fields"] == record.value["fields"])
        #expect(page.contains("<title>x&lt;/script&gt;&lt;script&gt;alert(1)"))
    }
}
