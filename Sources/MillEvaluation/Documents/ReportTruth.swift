import MillDocument
import MillValue

/// What a report really says, from the JSON beside a sample.
package struct ReportTruth: Sendable {
    package struct Field: Sendable {
        package let name: String
        /// The values that count as right; several at once for lists such as analysts.
        package let values: [Value]
        package let also: [String]
        package let currency: String?
        package let scale: String?
        package let places: [PagePlace]
    }

    package struct Metric: Sendable {
        package let names: [String]
        package let period: String?
        /// nil where only its change is told.
        package let value: Double?
        package let unit: String?
        package let raw: String
        package let change: Double?
        package let isEstimate: Bool
        package let places: [PagePlace]
    }

    package struct Table: Sendable {
        /// One for each page.
        package let places: [PagePlace]
        package let grid: TableScore.Grid
    }

    package struct Page: Sendable {
        /// What stands on it in reading order, without running headers and footers and without tables.
        package let text: String
        package let columns: Int
        package let isScanned: Bool
    }

    package let file: String
    package let kind: String
    /// `en`, `zh` or `mixed`.
    package let language: String
    /// `text`, `scan`, `mixed`, `garbage`.
    package let layer: String
    /// Of an encrypted file.
    package let password: String?
    package let fields: [Field]
    package let metrics: [Metric]
    package let tables: [Table]
    package let pages: [Page]

    /// - Throws: ``EvaluationError/invalidGroundTruth(reason:)``.
    package init(_ value: Value) throws(EvaluationError) {
        func text(_ key: String) throws(EvaluationError) -> String {
            guard let text = value[key]?.string else { throw .invalidGroundTruth(reason: "\(key) is missing or no text") }
            return text
        }
        file = try text("file")
        kind = try text("kind")
        language = try text("language")
        layer = try text("layer")
        password = value["password"]?.string
        guard let fields = value["fields"]?.map, let metrics = value["metrics"]?.list else {
            throw .invalidGroundTruth(reason: "fields or metrics are missing")
        }
        var all: [Field] = []
        for (name, field) in fields {
            guard let content = field["value"] else { throw .invalidGroundTruth(reason: "the field \(name) has no value") }
            all.append(
                Field(
                    name: name, values: content.list ?? [content], also: (field["also"]?.list ?? []).compactMap(\.string),
                    currency: field["currency"]?.string, scale: field["scale"]?.string,
                    places: try Self.places(field["places"], name)))
        }
        self.fields = all
        var items: [Metric] = []
        for (index, metric) in metrics.enumerated() {
            let (number, change) = (metric["value"]?.double, metric["change"]?["value"]?.double)
            guard let name = metric["name"]?.string, number != nil && metric["unit"]?.string != nil || change != nil else {
                throw .invalidGroundTruth(reason: "metric \(index) has no name, or neither value and unit nor change")
            }
            items.append(
                Metric(
                    names: [name] + (metric["also"]?.list ?? []).compactMap(\.string), period: metric["period"]?.string,
                    value: number, unit: metric["unit"]?.string, raw: metric["raw"]?.string ?? "", change: change,
                    isEstimate: metric["estimate"]?.bool ?? false, places: try Self.places(metric["places"], name)))
        }
        self.metrics = items
        tables = try Self.tables(value["tables"]?.list ?? [])
        pages = (value["pages"]?.list ?? []).map { page in
            Page(
                text: page["text"]?.string ?? "", columns: page["columns"]?.int ?? 1,
                isScanned: page["scanned"]?.bool ?? false)
        }
    }

    /// Places of texts, which have lines and columns, are left out.
    private static func places(_ value: Value?, _ name: String) throws(EvaluationError) -> [PagePlace] {
        var places: [PagePlace] = []
        for place in value?.list ?? [] where place["line"] == nil {
            guard let page = place["page"]?.int, let box = place["box"]?.list?.compactMap(\.double), box.count == 4 else {
                throw .invalidGroundTruth(reason: "a place of \(name) has no page or no box of four numbers")
            }
            places.append(PagePlace(page: page, box: PageBox(left: box[0], top: box[1], right: box[2], bottom: box[3])))
        }
        return places
    }
}

extension ReportTruth {
    /// A table that goes on over pages is one table, without the header that its parts repeat.
    private static func tables(_ values: [Value]) throws(EvaluationError) -> [Table] {
        var parts: [Part] = []
        for value in values { parts.append(try Part(value)) }
        var tables: [Table] = []
        for (index, part) in parts.enumerated() where part.continues == nil {
            var (places, cells, rows, last) = ([part.place], part.cells, part.rows, index)
            for (later, next) in parts.enumerated() where next.continues == last {
                places.append(next.place)
                cells += next.cells.filter { $0.row >= next.headerRows }.map {
                    TableScore.Grid.Cell(row: $0.row - next.headerRows + rows, column: $0.column, text: $0.text)
                }
                rows += next.rows - next.headerRows
                last = later
            }
            tables.append(Table(places: places, grid: TableScore.Grid(cells: cells)))
        }
        return tables
    }

    /// What one page has of a table.
    private struct Part {
        let place: PagePlace
        let cells: [TableScore.Grid.Cell]
        let rows: Int
        let headerRows: Int
        /// Which part of the list it goes on.
        let continues: Int?

        init(_ table: Value) throws(EvaluationError) {
            guard let page = table["page"]?.int, let cells = table["cells"]?.list, let rows = table["rows"]?.int else {
                throw .invalidGroundTruth(reason: "a table has no page, no cells or no number of rows")
            }
            let box = table["box"]?.list?.compactMap(\.double) ?? []
            // The tables of texts have lines instead.
            let lines = cells.compactMap { $0["line"]?.int }
            if let first = lines.min(), let last = lines.max(), first > 0, last < 1 << 32, table["box"] == nil {
                place = PagePlace(page: page, box: PlainDocument.box(lines: first...last, columnCount: 80))
            } else {
                guard box.count == 4 else {
                    throw .invalidGroundTruth(reason: "a table of page \(page) has no box of four numbers")
                }
                place = PagePlace(page: page, box: PageBox(left: box[0], top: box[1], right: box[2], bottom: box[3]))
            }
            self.rows = rows
            headerRows = table["header_rows"]?.int ?? 0
            continues = table["continues"]?.int
            var read: [TableScore.Grid.Cell] = []
            for cell in cells {
                guard let row = cell["row"]?.int, let column = cell["column"]?.int, let text = cell["text"]?.string else {
                    throw .invalidGroundTruth(reason: "a cell of a table of page \(page) has no row, column or text")
                }
                read.append(TableScore.Grid.Cell(row: row, column: column, text: text))
            }
            self.cells = read
        }
    }
}
