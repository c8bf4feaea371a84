import MillDocument
import Testing

@Suite("What a file is")
struct DocumentKindTests {
    private func kind(_ bytes: [UInt8]) throws(DocumentError) -> DocumentKind {
        var result = Result<DocumentKind, DocumentError>.failure(.cancelled)
        bytes.withUnsafeBytes { bytes in
            result = Result { () throws(DocumentError) in try DocumentKind(of: bytes, name: "x") }
        }
        return try result.get()
    }

    @Test("the content says it, whatever stands before a PDF header")
    func kinds() throws {
        #expect(try kind(SamplePDF().bytes) == .pdf)
        #expect(try kind(Array("HTTP leftovers\n".utf8) + SamplePDF().bytes) == .pdf)
        #expect(try kind([0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
        #expect(try kind([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == .png)
        #expect(try kind(Array("Revenue rose.\n净利润增长".utf8)) == .text)
        #expect(try kind(Array("# Title\n\ntext".utf8)) == .markdown)
        #expect(try kind(Array("| a | b |\n|---|---|\n| 1 | 2 |".utf8)) == .markdown)
        #expect(try kind(Array("#1 ranked | rated - buy".utf8)) == .text)
    }

    @Test(
        "other files are refused with what they look like",
        arguments: [
            ("PK\u{3}\u{4}......word/document.xml", "docx"), ("PK\u{3}\u{4}....xl/workbook.xml", "xlsx"),
            ("PK\u{3}\u{4}abc", "ZIP"),
            ("{\\rtf1", "RTF"), ("GIF89a", "GIF"), ("  <!DOCTYPE HTML><p>", "web page"), ("<?xml version=", "XML"),
            ("%!PS-Adobe", "PostScript"), ("\0\0\0\0\0", "zero bytes"), ("abc\u{1}\u{2}", "binary"),
        ])
    func refusals(content: String, looksLike: String) {
        #expect {
            try kind(Array(content.utf8))
        } throws: { error in
            guard case .unsupported(_, let found, let advice) = error as? DocumentError else { return false }
            return found.contains(looksLike) && !advice.isEmpty
        }
    }

    @Test("nothing, blanks and other encodings are refused")
    func notText() {
        #expect(throws: DocumentError.empty(name: "x")) { try kind([]) }
        #expect(throws: DocumentError.empty(name: "x")) { try kind(Array(" \n\t".utf8)) }
        #expect(throws: DocumentError.self) { try kind([0xD6, 0xD0, 0xCE, 0xC4, 0x20]) }
        #expect(throws: DocumentError.self) { try kind([0xFF, 0xFE, 0x41, 0x00]) }
    }

    @Test("what is to be done can be done: Office files are saved as PDF, texts converted from their own encoding")
    func advice() {
        func advice(_ bytes: [UInt8]) -> String {
            do { return try "\(kind(bytes))" } catch { return "\(error)" }
        }
        let office = advice(Array("PK\u{3}\u{4}......word/document.xml".utf8))
        #expect(office.contains("save it as PDF") && !office.contains("unpack"))
        #expect(advice(Array("PK\u{3}\u{4}abc".utf8)).contains("unpack it"))
        #expect(advice([0xD6, 0xD0, 0xCE, 0xC4, 0x20]).contains("iconv -f ENCODING -t UTF-8"))
    }

    @Test("a wrong password is told as one, and where the right one goes")
    func passwords() {
        let one = "\(DocumentError.wrongPassword(name: "a.pdf", tried: 1))"
        #expect(one.contains("wrong password: the one given does not open it"))
        #expect("\(DocumentError.wrongPassword(name: "a.pdf", tried: 2))".contains("none of the 2 given opens it"))
        for text in [one, "\(DocumentError.passwordNeeded(name: "a.pdf"))"] {
            #expect(text.contains("--set password=") && text.contains("MILLRACE_SECRET_PASSWORD"))
        }
    }

    @Test("a text that speaks of PDF is a text; a PDF may have a few lines before it")
    func mention() throws {
        #expect(try kind(Array("This text speaks of %PDF-1.7 files.\nCompany: Penfold Group PLC\n".utf8)) == .text)
        #expect(try kind(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + SamplePDF().bytes) == .pdf)
        #expect(try kind(Array("junk\n%PDF-1.4\n".utf8) + [0xFF, 0xFE, 0x00]) == .pdf)
    }
}
