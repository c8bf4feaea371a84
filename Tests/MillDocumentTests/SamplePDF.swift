/// PDF files for tests, written by hand so that every byte is known.
struct SamplePDF {
    /// The content streams of the pages.
    var pages: [String] = ["BT /F1 12 Tf 72 720 Td (Revenue rose to 1,234.5 million) Tj ET"]
    var mediaBox = "[0 0 595 842]"
    /// Entries of every page's dictionary.
    var entries = ""
    /// Entries of the trailer.
    var trailer = ""
    /// Further objects, numbered from 100 on.
    var others: [String] = []
    var resources = ""

    var bytes: [UInt8] {
        var objects: [(number: Int, body: String)] = [
            (1, "<< /Type /Catalog /Pages 2 0 R >>"),
            (
                2,
                "<< /Type /Pages /Count \(pages.count) /Kids [\(pages.indices.map { "\(10 + 2 * $0) 0 R" }.joined(separator: " "))] >>"
            ),
            (3, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"),
        ]
        for (index, content) in pages.enumerated() {
            objects.append(
                (
                    10 + 2 * index,
                    "<< /Type /Page /Parent 2 0 R /MediaBox \(mediaBox) /Contents \(11 + 2 * index) 0 R "
                        + "/Resources << /Font << /F1 3 0 R >> \(resources) >> \(entries) >>"
                ))
            objects.append((11 + 2 * index, "<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream"))
        }
        for (index, body) in others.enumerated() { objects.append((100 + index, body)) }
        return Self.file(objects, trailer: trailer)
    }

    /// A file of objects with a right cross-reference table.
    static func file(_ objects: [(number: Int, body: String)], trailer: String = "") -> [UInt8] {
        var text = "%PDF-1.5\n"
        var offsets: [Int: Int] = [:]
        for (number, body) in objects {
            offsets[number] = text.utf8.count
            text += "\(number) 0 obj\n\(body)\nendobj\n"
        }
        let table = text.utf8.count
        let size = (offsets.keys.max() ?? 0) + 1
        text += "xref\n0 1\n0000000000 65535 f \n"
        for (number, _) in objects {
            let digits = String(offsets[number] ?? 0)
            text += "\(number) 1\n\(String(repeating: "0", count: 10 - digits.count))\(digits) 00000 n \n"
        }
        text += "trailer\n<< /Size \(size) /Root 1 0 R \(trailer) >>\nstartxref\n\(table)\n%%EOF\n"
        return Array(text.utf8)
    }
}
