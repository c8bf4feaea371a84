import MillDocument
public import MillValue

extension ReportRecord {
    /// Reads a record from JSON of the published schema. Keys that it does not know are ignored.
    ///
    /// - Throws: ``ArchiveError/malformed(place:reason:)``, ``ArchiveError/unknownFormat(_:)``.
    public init(_ value: Value) throws(ArchiveError) {
        let reader = try RecordReader(value, at: "")
        let format = try reader.string("format")
        guard format == Self.format else { throw .unknownFormat(format) }
        self.init(
            file: try reader.string("file"), sha256: try reader.string("sha256"), status: try reader.choice("status"),
            reason: try reader.optionalString("reason"), language: try reader.optionalString("language"),
            pages: try reader.objects("pages", Page.init), fields: try reader.objects("fields", ReportField.init),
            figures: try reader.objects("figures", ReportFigure.init), tables: try reader.objects("tables", ReportTable.init),
            findings: try reader.objects("findings", ReportFinding.init))
    }
}

extension PageBox {
    init(_ reader: RecordReader) throws(ArchiveError) {
        let edges = reader.optional("box")?.list?.compactMap(\.double) ?? []
        guard edges.count == 4 else { throw reader.problem("box", "must be [left, top, right, bottom] in points") }
        self.init(left: edges[0], top: edges[1], right: edges[2], bottom: edges[3])
    }
}

extension PagePlace {
    init(_ reader: RecordReader) throws(ArchiveError) {
        self.init(page: try reader.count("page", from: 1), box: try PageBox(reader))
    }
}

extension PlacedText {
    /// From the keys `text` and `places` of an object.
    init(_ reader: RecordReader) throws(ArchiveError) {
        let scalars = Array(try reader.string("text").unicodeScalars)
        func text(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
        let pieces = try reader.objects("places") { reader throws(ArchiveError) in
            Piece(
                range: try reader.range("range"), place: try PagePlace(reader),
                confidence: try reader.optionalNumber("confidence") ?? 1)
        }
        self.init()
        for piece in pieces {
            guard piece.range.lowerBound >= count, piece.range.upperBound <= scalars.count else {
                throw reader.problem("places", "must be in the order of their ranges, within the text and without overlap")
            }
            append(text(count..<piece.range.lowerBound))
            append(text(piece.range), at: piece.place, confidence: piece.confidence)
        }
        append(text(count..<scalars.count))
    }
}

extension ReportRecord.Page {
    init(_ reader: RecordReader) throws(ArchiveError) {
        self.init(
            number: try reader.count("page", from: 1), width: try reader.number("width"), height: try reader.number("height"),
            source: try reader.string("source"), turn: try reader.int("turn"))
    }
}

extension Provenance {
    init(_ reader: RecordReader) throws(ArchiveError) {
        self.init(
            places: try reader.objects("places", PagePlace.init), raw: try reader.string("raw"),
            range: try reader.range("range"), isInTable: try reader.bool("in_table"),
            confidence: try reader.number("confidence"))
    }
}

extension Amount {
    init(_ reader: RecordReader) throws(ArchiveError) {
        self.init(number: try reader.number("value"), unit: try reader.optionalString("unit"))
    }
}

extension ReportField {
    init(_ reader: RecordReader) throws(ArchiveError) {
        let type = try reader.string("type")
        let content: Content
        switch type {
        case "text": content = .text(try reader.string("value"))
        case "amount": content = .amount(try Amount(reader))
        case "date": content = .date(try reader.string("value"))
        case "rating": content = .rating(try reader.string("value"), scale: try reader.optionalString("scale"))
        default: throw reader.problem("type", "is '\(type)', which is not known")
        }
        self.init(
            name: try reader.string("name"), content: content,
            provenance: try reader.objects("provenance", Provenance.init), flags: try reader.strings("flags"))
    }
}

extension ReportFigure {
    init(_ reader: RecordReader) throws(ArchiveError) {
        self.init(
            name: try reader.string("name"), period: try reader.optionalString("period"),
            value: reader.optional("value") == nil ? nil : try Amount(reader), change: try reader.object("change", Amount.init),
            kind: reader.optional("kind") == nil ? nil : try reader.choice("kind"),
            provenance: try reader.objects("provenance", Provenance.init),
            nameProvenance: try reader.object("name_provenance", Provenance.init),
            periodProvenance: try reader.object("period_provenance", Provenance.init),
            changeProvenance: try reader.object("change_provenance", Provenance.init), flags: try reader.strings("flags"))
    }
}

extension ReportTable {
    init(_ reader: RecordReader) throws(ArchiveError) {
        let grid = DocumentTable(
            rowCount: try reader.count("rows"), columnCount: try reader.count("columns"),
            headerRowCount: try reader.count("header_rows"), headerColumnCount: try reader.count("header_columns"),
            cells: try reader.objects("cells", DocumentTable.Cell.init),
            caption: try reader.object("printed_caption", PlacedText.init), isRuled: try reader.bool("ruled"))
        self.init(
            places: try reader.objects("places", PagePlace.init), caption: try reader.optionalString("caption"), grid: grid)
    }
}

extension DocumentTable.Cell {
    init(_ reader: RecordReader) throws(ArchiveError) {
        self.init(
            row: try reader.count("row"), column: try reader.count("column"), rowSpan: try reader.count("row_span", from: 1),
            columnSpan: try reader.count("column_span", from: 1), text: try PlacedText(reader))
    }
}

extension ReportFinding {
    init(_ reader: RecordReader) throws(ArchiveError) {
        self.init(
            code: try reader.string("code"), message: try reader.string("message"),
            places: try reader.objects("places", PagePlace.init))
    }
}
