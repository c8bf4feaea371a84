import MillDocument
import Testing

@Suite("Tables pasted as pictures into pages of text")
struct PastedPictureTests {
    private static let rows = [
        ["Item", "2024", "2023"], ["Revenue", "1,234.5", "1,345.6"], ["Costs", "812.3", "790.4"], ["Profit", "98.7", "87.6"],
    ]

    /// A picture of 400 × 220 points.
    private static func jpeg(_ drawing: String) async throws -> [UInt8] {
        let file = SamplePDF(pages: [drawing], mediaBox: "[0 0 400 220]")
        return try #require(try await open(file.bytes).picture(1, dpi: 200, quality: 92))
    }

    /// - Parameter columns: where the columns of the table begin, in points.
    private static func table(columns: [Int] = [20, 200, 300]) async throws -> [UInt8] {
        try await jpeg(
            rows.enumerated().map { row, cells in
                zip(columns, cells).map { "BT /F1 14 Tf \($0) \(190 - 26 * row) Td (\($1)) Tj ET " }.joined()
            }.joined())
    }

    /// A page of text for each picture, which stands below the text.
    private static func file(_ pictures: [[UInt8]]) -> SamplePDF {
        let line = "BT /F1 11 Tf 72 %d Td (The directors report on the year and on what was done in it.) Tj ET "
        let text = (0..<12).map { line.replacing("%d", with: String(780 - 16 * $0)) }.joined()
        let names = pictures.indices.map { "/Im\($0) \(100 + $0) 0 R" }.joined(separator: " ")
        var file = SamplePDF(
            pages: pictures.indices.map { text + "q 400 0 0 220 72 330 cm /Im\($0) Do Q " }, resources: "/XObject << \(names) >>")
        file.others = pictures.map { jpeg in
            "<< /Type /XObject /Subtype /Image /Width 1111 /Height 611 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
                + "/Filter [/ASCIIHexDecode /DCTDecode] /Length \(2 * jpeg.count + 1) >>\nstream\n"
                + jpeg.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + ">\nendstream"
        }
        return file
    }

    @Test("they are read, and told", arguments: [[20, 200, 300], [20, 250, 350]])
    func read(columns: [Int]) async throws {
        let page = try await open(Self.file([try await Self.table(columns: columns)]).bytes).pages(1...1)[0]
        #expect(page.source == .text && !page.isDamaged)
        for word in ["directors"] + Self.rows.joined() { #expect(page.words.contains { $0.text == word }, "\(word)") }
        #expect(page.remarks.contains { $0.contains("a picture on the page holds text") })
        let number = try #require(page.words.first { $0.text == "790.4" }).box
        let left = 72 + Double(columns[2])
        #expect(number.left > left - 5 && number.right < left + 60 && number.top > 300 && number.bottom < 512)
    }

    @Test("a picture without text does not hide a table at its place on a later page")
    func afterDecoration() async throws {
        let drawing = try await Self.jpeg("20 20 360 180 re S 20 20 m 380 200 l S 20 200 m 380 20 l S 3 w 100 60 200 90 re S")
        let pages = try await open(Self.file([drawing, drawing, try await Self.table()]).bytes).pages(1...3)
        #expect(
            !pages[0].remarks.contains { $0.contains("holds text") } && !pages[1].remarks.contains { $0.contains("holds text") })
        for word in Self.rows.joined() { #expect(pages[2].words.contains { $0.text == word }, "\(word)") }
    }
}
