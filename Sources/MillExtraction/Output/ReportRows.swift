import GRDB
import MillDocument
import MillValue

/// The rows of one document in the database.
struct ReportRows {
    let database: GRDB.Database
    let record: ReportRecord

    func insert() throws {
        let document = try insert(
            "documents (file, sha256, status, reason, language, page_count)",
            [record.file, record.sha256, record.status.rawValue, record.reason, record.language, record.pages.count])
        for page in record.pages {
            let size = [Self.hundredths(page.width), Self.hundredths(page.height)]
            try insert(
                "pages (document_id, page, width, height, source, turn)",
                [document, page.number, size[0], size[1], page.source, page.turn])
        }
        for (index, field) in record.fields.enumerated() { try insert(field, at: index + 1, of: document) }
        for (index, figure) in record.figures.enumerated() { try insert(figure, at: index + 1, of: document) }
        for (index, table) in record.tables.enumerated() { try insert(table, at: index + 1, of: document) }
        for (index, finding) in record.findings.enumerated() {
            let id = try insert(
                "findings (document_id, position, code, message)", [document, index + 1, finding.code, finding.message])
            try insert(finding.places, owner: "finding", id: id, of: document)
        }
    }

    private func insert(_ field: ReportField, at position: Int, of document: Int64) throws {
        let (value, origin) = (field.encoded, field.provenance.first)
        let id = try insert(
            "fields (document_id, position, name, type, text, number, unit, scale, raw, confidence, flags)",
            [
                document, position, field.name, value["type"].plainText, value["value"].plainText, value["value"]?.double,
                value["unit"]?.string, value["scale"]?.string, origin?.raw, origin.map { Self.confidence($0) },
                field.flags.joined(separator: " "),
            ])
        try insert(field.provenance, owner: "field", id: id, role: "value", of: document)
    }

    private func insert(_ figure: ReportFigure, at position: Int, of document: Int64) throws {
        let origin = figure.provenance.first
        let id = try insert(
            "figures (document_id, position, name, period, value, unit, change, change_unit, kind, raw, confidence, flags)",
            [
                document, position, figure.name, figure.period, Self.finite(figure.value?.number), figure.value?.unit,
                Self.finite(figure.change?.number), figure.change?.unit, figure.kind?.rawValue, origin?.raw,
                origin.map { Self.confidence($0) }, figure.flags.joined(separator: " "),
            ])
        try insert(figure.provenance, owner: "figure", id: id, role: "value", of: document)
        let others = [("name", figure.nameProvenance), ("period", figure.periodProvenance), ("change", figure.changeProvenance)]
        for (role, origin) in others {
            try insert(origin.map { [$0] } ?? [], owner: "figure", id: id, role: role, of: document)
        }
    }

    private func insert(_ table: ReportTable, at position: Int, of document: Int64) throws {
        let grid = table.grid
        let id = try insert(
            "tables (document_id, position, page, caption, rows, columns, header_rows, header_columns, ruled)",
            [
                document, position, table.places.first?.page, table.caption, grid.rowCount, grid.columnCount,
                grid.headerRowCount, grid.headerColumnCount, grid.isRuled,
            ])
        try insert(table.places, owner: "table", id: id, of: document)
        for cell in grid.cells {
            let places = cell.text.pieces.map(\.place)
            let box = PageBox(around: places)
            try insert(
                """
                cells (table_id, row_index, column_index, row_span, column_span, text, page, "left", top, "right", bottom)
                """,
                [
                    id, cell.row, cell.column, cell.rowSpan, cell.columnSpan, cell.text.text, places.first?.page,
                    box.map { Self.hundredths($0.left) }, box.map { Self.hundredths($0.top) },
                    box.map { Self.hundredths($0.right) }, box.map { Self.hundredths($0.bottom) },
                ])
        }
    }

    private func insert(_ origins: [Provenance], owner: String, id: Int64, role: String, of document: Int64) throws {
        for (index, origin) in origins.enumerated() {
            try insert(origin.places, owner: owner, id: id, role: role, rank: index + 1, raw: origin.raw, of: document)
        }
    }

    private func insert(
        _ places: [PagePlace], owner: String, id: Int64, role: String = "value", rank: Int = 1, raw: String? = nil,
        of document: Int64
    ) throws {
        for (index, place) in places.enumerated() {
            let box = [place.box.left, place.box.top, place.box.right, place.box.bottom].map(Self.hundredths)
            try insert(
                """
                places (document_id, owner, owner_id, role, rank, line, page, "left", top, "right", bottom, raw)
                """,
                [document, owner, id, role, rank, index + 1, place.page, box[0], box[1], box[2], box[3], raw])
        }
    }

    /// - Returns: the row's number.
    @discardableResult
    private func insert(_ target: String, _ values: [(any DatabaseValueConvertible)?]) throws -> Int64 {
        let marks = Array(repeating: "?", count: values.count).joined(separator: ", ")
        let statement = try database.cachedStatement(sql: "INSERT INTO \(target) VALUES (\(marks))")
        try statement.execute(arguments: StatementArguments(values))
        return database.lastInsertedRowID
    }

    private static func finite(_ number: Double?) -> Double? { Value.number(number).double }
    private static func hundredths(_ number: Double) -> Double? { Value.rounded(number, to: 100).double }
    private static func confidence(_ origin: Provenance) -> Double? { Value.rounded(origin.confidence, to: 10_000).double }
}
