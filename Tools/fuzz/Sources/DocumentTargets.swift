import MillDocument
import MillExtraction
import MillImage
import MillProcess
import MillValue

/// The targets that read documents and what confined programs say of them.
let documentTargets: [String: FuzzTarget] = [
    "text-layer": readTextLayer,
    "recognition": readRecognition,
    "pdf-information": readInformation,
    "pdf-repair": repair,
    "pgm": readPGM,
    "resolution": readResolution,
    "plain": readPlain,
    "record": readRecord,
    "archive-name": readName,
]

/// What pdftotext says of pages: the words become pages, the pages a document.
@Sendable private func readTextLayer(_ bytes: UnsafeRawBufferPointer) {
    let layers = TextLayer.read(bytes)
    let size = PDFInformation.Page(width: 595, height: 842)
    let pages = layers.prefix(20).enumerated().compactMap { index, layer in
        try? PageAnalysis(number: index + 1, size: size, words: layer.words, picture: nil, remarks: [], complaint: "").page
    }
    check(LayoutAnalyzer().document(pages))
}

/// What Tesseract says of a picture.
@Sendable private func readRecognition(_ bytes: UnsafeRawBufferPointer) {
    let (width, height) = (1240, 1754)
    let words = Tesseract.read(bytes, width: width, height: height)
    for word in words {
        precondition(word.box.left >= 0 && word.box.top >= 0)
        precondition(word.box.right <= Double(width) && word.box.bottom <= Double(height))
        precondition(word.box.width > 0 && word.box.height > 0 && (0...1).contains(word.confidence))
    }
    // As if the second half had come from the second reading.
    let merged = SecondReading.merged(Array(words.prefix(words.count / 2)), Array(words.suffix(words.count - words.count / 2)))
    let page = DocumentPage(
        number: 1, width: Double(width), height: Double(height), source: .recognition, words: Specks.removed(merged))
    check(LayoutAnalyzer().document([page]))
}

@Sendable private func readInformation(_ bytes: UnsafeRawBufferPointer) {
    guard let information = PDFInformation(String(decoding: bytes, as: UTF8.self)) else { return }
    precondition(information.pages.count <= max(information.pageCount, 0))
    precondition(information.pages.allSatisfy { (0..<360).contains($0.rotation) })
}

@Sendable private func repair(_ bytes: UnsafeRawBufferPointer) {
    guard let contents = try? SecretBytes(count: bytes.count) else { return }
    contents.fill(bytes)
    guard let repaired = try? PDFRepair.withEnd(contents) else { return }
    precondition(repaired.count > bytes.count && repaired.bytes.starts(with: bytes))
}

@Sendable private func readPGM(_ bytes: UnsafeRawBufferPointer) {
    guard let contents = try? SecretBytes(count: bytes.count) else { return }
    contents.fill(bytes)
    for picture in GrayPicture.readPGM(contents, dpi: 100) ?? [] {
        let sum = picture.withPixels { pixels in pixels.reduce(0) { $0 + Int($1) } }
        precondition(sum <= 255 * picture.width * picture.height)
    }
}

@Sendable private func readResolution(_ bytes: UnsafeRawBufferPointer) {
    for format in [ImageFormat.png, .jpeg] {
        guard let (x, y) = PictureResolution.of(bytes, format: format) else { continue }
        precondition((50...2400).contains(x) && (50...2400).contains(y))
    }
}

/// A text or Markdown file, whatever it would be taken for.
@Sendable private func readPlain(_ bytes: UnsafeRawBufferPointer) {
    _ = try? DocumentKind(of: bytes, name: "fuzz")
    for kind in [DocumentKind.text, .markdown] { check(PlainDocument(bytes, kind: kind).structure) }
}

/// Characters and their places must fit, and what is written of a document must be bounded by it.
private func check(_ document: StructuredDocument) {
    var count = 0
    for item in document.items {
        var end = 0
        for piece in item.text.pieces {
            precondition(piece.range.lowerBound >= end && piece.range.upperBound <= item.text.count)
            let box = piece.place.box
            precondition([box.left, box.top, box.right, box.bottom].allSatisfy(\.isFinite))
            end = piece.range.upperBound
        }
        precondition(item.text.count == item.text.text.unicodeScalars.count)
        for cell in item.table?.cells ?? [] {
            precondition(cell.row >= 0 && cell.row < item.table?.rowCount ?? 0)
            precondition(cell.column >= 0 && cell.column < item.table?.columnCount ?? 0)
        }
        count += item.text.count
    }
    precondition(document.markdown().unicodeScalars.count <= 200 * (count + 10_000))
    _ = document.doclingDocument(name: "fuzz").json()
}

/// A record that lies among the results: what can be read comes back from what is written of it.
@Sendable private func readRecord(_ bytes: UnsafeRawBufferPointer) {
    guard let value = try? JSON.parse(bytes: Array(bytes)), let record = try? ReportRecord(value) else { return }
    let written = record.value
    guard let again = try? ReportRecord(written) else { preconditionFailure("\(written.json()) cannot be read") }
    precondition(again.value.json() == written.json())
    for row in record.figures.map({ $0.row(file: record.file) }) + record.fields.map({ $0.row(file: record.file) }) {
        precondition(cellCount(ofCSV: CSV.row(row)) == row.count)
    }
}

/// The cells of a row as RFC 4180 counts them; nil where a quote or an end of line stands in the wrong place.
private func cellCount(ofCSV row: String) -> Int? {
    var (count, isQuoted, isFresh) = (1, false, true)
    guard row.utf8.suffix(2).elementsEqual("\r\n".utf8) else { return nil }
    let bytes = Array(row.utf8.dropLast(2))
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        index += 1
        if isQuoted {
            guard byte == UInt8(ascii: "\"") else { continue }
            if index < bytes.count, bytes[index] == byte { index += 1 } else { isQuoted = false }
            guard isQuoted || index == bytes.count || bytes[index] == UInt8(ascii: ",") else { return nil }
        } else {
            switch byte {
            case UInt8(ascii: "\"") where isFresh: isQuoted = true
            case UInt8(ascii: "\""), UInt8(ascii: "\r"), UInt8(ascii: "\n"): return nil
            case UInt8(ascii: ","): count += 1
            default: break
            }
            isFresh = byte == UInt8(ascii: ",")
        }
    }
    return isQuoted ? nil : count
}

/// A name of a file and of a record.
@Sendable private func readName(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    func isSame(_ name: String?, _ other: String) -> Bool { name?.utf8.elementsEqual(other.utf8) == true }
    func isSafe(_ name: String) -> Bool {
        !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0) && name.utf8.first != UInt8(ascii: ".")
    }
    if let file = ArchiveName.file(of: text) { precondition(isSame(ArchiveName.name(of: file), text)) }
    if let name = ArchiveName.name(of: text) {
        precondition(name.utf8.count <= 200 && isSafe(name) && isSame(ArchiveName.file(of: name), text))
    }
    let short = ArchiveName.shortName(of: text, attempt: 1)
    precondition(short.utf8.count <= 255 && isSafe(short) && ArchiveName.file(of: short) == nil)
}
