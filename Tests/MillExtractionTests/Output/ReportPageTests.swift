import MillCompute
import MillDocument
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

    /// The elements of a page, with the names of their attributes, as a browser finds them: what stands in scripts and styles is text
    /// up to their end, what stands in quotes belongs to the attribute.
    private func elements(_ page: String) -> [String] {
        let text = Array(page.lowercased().unicodeScalars)
        var (found, place): ([String], Int) = ([], 0)
        func word(_ start: Int) -> String {
            var word = ""
            for scalar in text[min(start, text.count)...].prefix(40) {
                guard scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-" else { break }
                word.unicodeScalars.append(scalar)
            }
            return word
        }
        func find(_ ending: String, _ start: Int) -> Int {
            let ending = Array(ending.unicodeScalars)
            var place = start
            while place < text.count, !text[place...].starts(with: ending) { place += 1 }
            return place
        }
        while place < text.count {
            guard text[place] == "<" else { place += 1; continue }
            if text[place...].starts(with: "<!--".unicodeScalars) {
                found.append("comment")
                place = find("-->", place)
                continue
            }
            let name = word(place + 1)
            place += 1 + name.count
            guard !name.isEmpty else { continue }
            var attributes: [String] = []
            while place < text.count, text[place] != ">" {
                let attribute = word(place)
                guard !attribute.isEmpty else { place += 1; continue }
                attributes.append(attribute)
                place += attribute.count
                guard place < text.count, text[place] == "=" else { continue }
                place += 1
                if place < text.count, text[place] == "\"" || text[place] == "'" {
                    place = find(String(text[place]), place + 1) + 1
                }
            }
            found.append(([name] + attributes).joined(separator: " "))
            if ["script", "style", "title", "textarea"].contains(name) { place = find("</\(name)", place) }
        }
        return found
    }

    @Test("cells, captions and words from documents make no element and no attribute")
    func hostileCells() throws {
        var cell = PlacedText()
        cell.append(Self.hostile + "\" onmouseover=\"alert(3)\" x='", at: SampleRecords.place(3, 7), confidence: 1)
        func record(_ words: PlacedText, _ text: String, _ file: String) -> ReportRecord {
            var record = SampleRecords.report(file)
            let grid = DocumentTable(
                rowCount: 1, columnCount: 1, headerRowCount: 0, headerColumnCount: 0,
                cells: [DocumentTable.Cell(row: 0, column: 0, text: words)], caption: words, isRuled: false)
            record.tables = [ReportTable(places: record.tables[0].places, caption: text, grid: grid)]
            record.fields[0].provenance = [SampleRecords.origin(text, 1, 0)]
            record.figures[0].name = text
            record.figures[0].period = text
            record.findings[0].message = text
            return record
        }
        var plain = PlacedText()
        plain.append("Revenue", at: SampleRecords.place(3, 7), confidence: 1)
        let page = try page([record(cell, cell.text, Self.hostile)])
        let other = try self.page([record(plain, "Revenue", "a.pdf")])
        let found = elements(page)
        #expect(found == elements(other) && found.count > 20)
        #expect(
            !found.contains { $0.contains("onmouseover") || $0.contains("onerror") || $0.hasPrefix("img") || $0 == "comment" })
        let data = try blocks(page, "<script type=\"application/json\"").map { try JSON.parse($0) }
        #expect(data[0]["tables"]?[0]?["cells"]?[0]?[4] == .string(cell.text))
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
