/// What a file is, by its content.
public enum DocumentKind: String, Sendable, Hashable, CaseIterable {
    case pdf, png, jpeg, text, markdown
}

extension DocumentKind {
    /// The kind that these bytes are, whatever the file is called.
    ///
    /// - Parameter name: for the error.
    /// - Throws: ``DocumentError/empty(name:)``, ``DocumentError/unsupported(name:looksLike:advice:)``.
    public init(of bytes: UnsafeRawBufferPointer, name: String) throws(DocumentError) {
        guard !bytes.isEmpty else { throw .empty(name: name) }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if Self.isPDF(bytes) {
            self = .pdf
        } else if let other = ForeignFormat.all.first(where: { $0.matches(bytes) }) {
            throw .unsupported(name: name, looksLike: other.name(of: bytes), advice: other.advice(of: bytes))
        } else {
            self = try Self.text(bytes, name: name)
        }
    }

    /// Readers take the header within the first 1024 bytes, where mail and web servers leave something before it. A text may
    /// mention it, too: it has none of what a file of objects holds.
    private static func isPDF(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let start = bytes.prefix(1024)
        guard let header = start.indices.first(where: { start[$0...].starts(with: "%PDF-".utf8) }) else { return false }
        if header == start.startIndex || String(validating: bytes, as: UTF8.self) == nil { return true }
        return bytes.indices.contains { bytes[$0] == UInt8(ascii: "e") && bytes[$0...].starts(with: "endobj".utf8) }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer, name: String) throws(DocumentError) -> DocumentKind {
        let sample = bytes.prefix(64 << 10)
        if sample.allSatisfy({ $0 == 0 }) {
            throw .unsupported(name: name, looksLike: "nothing but zero bytes", advice: "fetch it again")
        }
        let controls = sample.count { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) }
        guard controls == 0 else {
            throw .unsupported(name: name, looksLike: "binary data of an unknown kind", advice: "convert it to PDF")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .unsupported(
                name: name, looksLike: "text in another encoding than UTF-8",
                advice:
                    "convert it with: iconv -f ENCODING -t UTF-8, where ENCODING is its own (GB18030 for Chinese, WINDOWS-1252 for "
                    + "Western European text)")
        }
        guard bytes.contains(where: { $0 > 0x20 }) else { throw .empty(name: name) }
        return MarkdownSigns.areIn(bytes) ? .markdown : .text
    }
}

/// A kind of file that people take for a document, and what to do with it.
private struct ForeignFormat {
    let signature: [UInt8]
    let name: String
    let advice: String

    static let office = "save it as PDF (soffice --convert-to pdf)"
    static let all: [ForeignFormat] = [
        ForeignFormat(signature: [0x50, 0x4B, 0x03, 0x04], name: "a ZIP archive", advice: "unpack it, or save it as PDF"),
        ForeignFormat(signature: [0x50, 0x4B, 0x05, 0x06], name: "an empty ZIP archive", advice: "fetch it again"),
        ForeignFormat(
            signature: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], name: "an old Office file (doc, xls or ppt)",
            advice: office),
        ForeignFormat(signature: Array("{\\rtf".utf8), name: "an RTF file", advice: office),
        ForeignFormat(signature: [0x1F, 0x8B], name: "a gzip archive", advice: "unpack it"),
        ForeignFormat(signature: [0x37, 0x7A, 0xBC, 0xAF], name: "a 7z archive", advice: "unpack it"),
        ForeignFormat(signature: Array("Rar!".utf8), name: "a RAR archive", advice: "unpack it"),
        ForeignFormat(signature: Array("GIF8".utf8), name: "a GIF picture", advice: "convert it to PNG"),
        ForeignFormat(signature: [0x49, 0x49, 0x2A, 0x00], name: "a TIFF picture", advice: "convert it to PDF or PNG"),
        ForeignFormat(signature: [0x4D, 0x4D, 0x00, 0x2A], name: "a TIFF picture", advice: "convert it to PDF or PNG"),
        ForeignFormat(signature: Array("BM".utf8), name: "a BMP picture", advice: "convert it to PNG"),
        ForeignFormat(
            signature: Array("RIFF".utf8), name: "a RIFF file (WebP picture, sound or film)", advice: "convert it to PNG"),
        ForeignFormat(signature: [0x7F, 0x45, 0x4C, 0x46], name: "a program", advice: "give a document"),
        ForeignFormat(signature: Array("%!PS".utf8), name: "a PostScript file", advice: "convert it with: ps2pdf"),
        ForeignFormat(signature: Array("SQLite format 3".utf8), name: "an SQLite database", advice: "give a document"),
        ForeignFormat(signature: [0xFE, 0xFF], name: "text in UTF-16", advice: "convert it with: iconv -f UTF-16 -t UTF-8"),
        ForeignFormat(signature: [0xFF, 0xFE], name: "text in UTF-16", advice: "convert it with: iconv -f UTF-16 -t UTF-8"),
        ForeignFormat(signature: Array("<!doctype html".utf8), name: "a web page (HTML)", advice: "print it to PDF"),
        ForeignFormat(signature: Array("<html".utf8), name: "a web page (HTML)", advice: "print it to PDF"),
        ForeignFormat(signature: Array("<?xml".utf8), name: "an XML file", advice: "convert it to PDF or text"),
    ]

    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard signature.first == UInt8(ascii: "<") else {
            // A text may begin with the letters BM; a picture names its own size there.
            if signature == Array("BM".utf8) {
                return bytes.count > 14 && bytes.starts(with: signature) && bytes[6..<10].allSatisfy { $0 == 0 }
            }
            return bytes.starts(with: signature)
        }
        // Markup may have blanks, capitals and a byte order mark before it.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let start = (bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]).drop { $0 <= 0x20 }.prefix(signature.count)
        return start.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } == signature
    }

    /// Office files of today are ZIP archives that name their parts.
    func name(of bytes: UnsafeRawBufferPointer) -> String {
        guard signature.starts(with: [0x50, 0x4B, 0x03, 0x04]) else { return name }
        let start = String(decoding: bytes.prefix(4096), as: UTF8.self)
        for (part, name) in [
            ("word/", "a Word file (docx)"), ("xl/", "an Excel file (xlsx)"), ("ppt/", "a PowerPoint file (pptx)"),
            ("opendocument", "an OpenDocument file"), ("epub", "an EPUB book"), ("[Content_Types]", "an Office file"),
        ] where start.contains(part) {
            return name
        }
        return name
    }

    /// What to do with what ``name(of:)`` says.
    func advice(of bytes: UnsafeRawBufferPointer) -> String {
        let name = name(of: bytes)
        guard name != self.name else { return advice }
        return name == "an EPUB book" ? "convert it to PDF" : Self.office
    }
}

/// Whether a text is written in Markdown: by lines that only Markdown has.
private enum MarkdownSigns {
    static func areIn(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var signs = 0
        for line in bytes.prefix(64 << 10).split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let text = String(decoding: line, as: UTF8.self)
            let hashes = text.prefix { $0 == "#" }.count
            if (1...6).contains(hashes), text.dropFirst(hashes).first == " " { signs += 2 }
            if text.hasPrefix("```") { signs += 1 }
            let delimiters = text.filter { !$0.isWhitespace }
            if delimiters.contains("|"), delimiters.contains("---"), delimiters.allSatisfy({ "|-:".contains($0) }) { signs += 2 }
            if text.contains("](") || text.contains("**") { signs += 1 }
            if signs >= 2 { return true }
        }
        return false
    }
}
