import MillCompute
import MillDocument
import MillStore
import MillValue

/// `report.html`: all documents in one file that opens without a network, with each value highlighted where it stands.
///
/// The documents lie in the file as JSON and their pictures as Base64 in `<script>` elements of types that browsers do not
/// run; the script at the end reads a document when it is opened and decodes a picture when it comes into view.
final class ReportPage {
    private let file: WholeFile
    private let title: String
    private var index: [Value] = []
    private var pictureBytes = 0
    /// Browsers do not open files beyond half a gigabyte with ease; the pictures of later documents are left out then.
    static let pictureLimit = 400 << 20

    init(replacing path: String, title: String) throws(StoreError) {
        file = try WholeFile(replacing: path)
        self.title = title
        try file.write(Self.head(title: title))
    }

    /// Begins a document.
    ///
    /// - Parameter value: the record as JSON.
    func begin(_ record: ReportRecord, _ value: Value) throws(StoreError) {
        let number = index.count
        let flags = record.findings.map(\.code) + record.figures.flatMap(\.flags) + record.fields.flatMap(\.flags)
        index.append([
            "file": .string(record.file), "status": .string(record.status.rawValue), "reason": .text(record.reason),
            "language": .text(record.language), "pages": .int(record.pages.count), "fields": .int(record.fields.count),
            "figures": .int(record.figures.count), "tables": .int(record.tables.count),
            "findings": .int(record.findings.count), "flags": .strings(Set(flags).sorted()),
        ])
        try file.write(Self.data(id: "d\(number)", record.pageValue(value)))
    }

    /// Adds a page's picture to the document that was begun last.
    func add(_ picture: [UInt8], page: Int) throws(StoreError) {
        pictureBytes += picture.count
        guard pictureBytes <= Self.pictureLimit else { return }
        try file.write("<script type=\"text/plain\" id=\"p\(index.count - 1)-\(page)\">")
        try file.write(Base64.encode(picture.span.bytes))
        try file.write("</script>\n")
    }

    func end(_ summary: ArchiveSummary) throws(StoreError) {
        try file.write(Self.data(id: "index", .list(index)))
        try file.write("<script>\(Self.script)</script>\n</body></html>\n")
    }

    func commit() throws(StoreError) { try file.commit() }

    /// A block of data. JSON has `<` only in strings, and there it is written out: nothing can end the block early.
    private static func data(id: String, _ value: Value) -> String {
        var bytes = Array("<script type=\"application/json\" id=\"\(id)\">".utf8)
        for byte in value.json().utf8 {
            if byte == UInt8(ascii: "<") { bytes.append(contentsOf: "\\u003c".utf8) } else { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self) + "</script>\n"
    }

    private static func head(title: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
        <title>\(title.escapedForMarkup)</title>
        <style>\(style)</style></head><body>
        <header class="bar"><h1><a href="#" id="home">\(title.escapedForMarkup)</a></h1>
        <div id="totals" class="totals" role="group" aria-label="Show documents with a status"></div>
        <label class="pick">Flag <select id="flag"><option value="">any</option></select></label>
        <input id="search" type="search" placeholder="Search files and values  ( / )" aria-label="Search files and values"></header>
        <div class="frame"><nav id="documents" aria-label="Documents"></nav><main id="main" tabindex="-1">
        <p class="note">Reading the documents…</p></main></div>
        <noscript><p class="note">This page needs JavaScript to show its documents; it loads nothing from a network.</p></noscript>

        """
    }

    /// Nothing is loaded, and no script or style runs but the page's own.
    private static let policy = """
        default-src 'none'; img-src data:; style-src \(source(style)); script-src \(source(script)); base-uri 'none'; \
        form-action 'none'
        """

    private static func source(_ text: String) -> String {
        "'sha256-\(Base64.encode(ContentHash(of: Array(text.utf8)).bytes.span.bytes))'"
    }
}

extension ReportRecord {
    /// The record as the page needs it: of table cells one box instead of the places of all words.
    fileprivate func pageValue(_ value: Value) -> Value {
        var map = value.map ?? [:]
        let encoded = zip(tables, map["tables"]?.list ?? []).map { table, value in
            var map = value.map ?? [:]
            map["printed_caption"] = nil
            map["cells"] = .list(table.grid.cells.map(\.pageValue))
            return Value.map(map)
        }
        map["tables"] = .list(encoded)
        return .map(map)
    }
}

extension DocumentTable.Cell {
    /// `[row, column, row span, column span, text, page, box]`; the last two are left out for text that stands nowhere.
    fileprivate var pageValue: Value {
        let places = text.pieces.map(\.place)
        let start: [Value] = [.int(row), .int(column), .int(rowSpan), .int(columnSpan), .string(text.text)]
        guard let first = places.first, let box = PageBox(around: places) else { return .list(start) }
        return .list(start + [.int(first.page), box.encoded])
    }
}
