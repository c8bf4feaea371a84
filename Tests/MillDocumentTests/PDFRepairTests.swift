import MillDocument
import MillProcess
import Testing

@Suite("PDF files that were cut short")
struct PDFRepairTests {
    /// What is put at the end of a file.
    private func end(of text: String) throws -> String? {
        let bytes = Array(text.utf8)
        let contents = try SecretBytes(count: bytes.count)
        bytes.withUnsafeBytes { contents.fill($0) }
        guard let repaired = try PDFRepair.withEnd(contents) else { return nil }
        #expect(repaired.bytes.starts(with: bytes))
        return String(decoding: repaired.bytes.dropFirst(bytes.count), as: UTF8.self)
    }

    @Test("the new end names the last catalog")
    func last() throws {
        let first = "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
        #expect(try end(of: first)?.contains("/Root 1 0 R") == true)
        #expect(try end(of: first + "7 3 obj << /Lang (en) /Type/Catalog >> endobj")?.contains("/Root 7 3 R") == true)
        // Names that stand elsewhere are none.
        #expect(try end(of: first + "4 0 obj (/Catalog) endobj /Catalog /Type /Catalog")?.contains("/Root 1 0 R") == true)
        #expect(try end(of: "/Type /Catalog") == nil)
        #expect(try end(of: "") == nil)
    }

    @Test("not any number of names is looked at")
    func bounded() throws {
        let first = "1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
        #expect(try end(of: first + String(repeating: "/Catalog", count: 999)) != nil)
        #expect(try end(of: first + String(repeating: "/Catalog", count: 1000)) == nil)
    }
}
