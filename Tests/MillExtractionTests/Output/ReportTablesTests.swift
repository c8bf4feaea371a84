import GRDB
import MillDocument
import MillExtraction
import MillValue
import Testing

@Suite("Tables of all documents")
struct ReportTablesTests {
    /// Reads RFC 4180 as a spreadsheet does.
    static func parse(_ text: String) -> [[String]] {
        var (rows, row, cell, isQuoted) = ([[String]](), [String](), "", false)
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted && scalars.first == "\"":
                cell.unicodeScalars.append("\"")
                scalars.removeFirst()
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                row.append(cell)
                cell = ""
            case "\r" where !isQuoted && scalars.first == "\n":
                scalars.removeFirst()
                rows.append(row + [cell])
                (row, cell) = ([], "")
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return rows
    }

    private func assemble(_ records: [ReportRecord]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let archive = try ReportArchive(folder: folder.path)
        for record in records { try archive.store(record) }
        try archive.assemble()
        return folder
    }

    @Test("figures.csv has a row for each figure, with its place and what it changed by")
    func figures() throws {
        let rows = Self.parse(try assemble([SampleRecords.report("b/研,报.pdf")]).text("figures.csv"))
        let header = rows[0].joined(separator: " ")
        #expect(header == "file page box name period value unit change change_unit kind raw confidence flags")
        #expect(rows.count == 7 && rows.allSatisfy { $0.count == 13 })
        let first = ["b/研,报.pdf", "2", "290 166.85 372.25 178.35", "Revenue", "2023FY", "1200000000", "CNY", "-3.4"]
        #expect(rows[1] == first + ["percent", "actual", "1200m", "1", ""])
        #expect(rows[5][5] == "-3000000000" && rows[3][12] == "growth")
    }

    @Test("control characters of damaged text layers become �; tabs and line breaks stay")
    func controls() {
        #expect(CSV.row(["a\u{18}b\u{5}", "c\td", "\u{7F}", "e\nf"]) == "a�b�,c\td,�,\"e\nf\"\r\n")
    }

    @Test("cells that a spreadsheet would run are text, and numbers stay numbers")
    func formulas() throws {
        let names = [
            "=1+1": "'=1+1", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)",
            "\t=1": "'\t=1", "＝1": "'＝1", " =1": "' =1", "-12.5%": "-12.5%", "-1,200.00": "-1,200.00", "+3": "+3",
            "-1.5e-3": "-1.5e-3", "-": "-", "(3.4)%": "(3.4)%", "a\"b,c\r\nd": "a\"b,c\r\nd", "-e5": "'-e5", "": "",
        ]
        var record = SampleRecords.report("-a.pdf")
        record.fields = names.keys.sorted().map { name in
            ReportField(name: name, content: .text(name), provenance: [SampleRecords.origin("=raw", 1, 1)])
        }
        let rows = Self.parse(try assemble([record]).text("fields.csv")).dropFirst()
        #expect(rows.count == names.count)
        for (row, name) in zip(rows, names.keys.sorted()) {
            #expect(row[3] == names[name] && row[5] == names[name] && row[8] == "'=raw" && row[0] == "'-a.pdf")
        }
    }

    @Test("cells of tables and raw words are written as safely as names")
    func formulasOfCells() throws {
        let cells = [
            "=HYPERLINK(\"x\")", "+1+1", "-1-1", "@SUM(1)", "\t=1", "\r=1", "\n@x", "\u{FEFF}=1", "－1－x", "(1.2)", "-1.2",
            "+1.2%",
        ]
        var record = SampleRecords.report("=a.pdf")
        let placed = cells.enumerated().map { column, text in
            var words = PlacedText()
            words.append(text, at: SampleRecords.place(1, column), confidence: 1)
            return DocumentTable.Cell(row: 0, column: column, text: words)
        }
        let grid = DocumentTable(
            rowCount: 1, columnCount: cells.count, headerRowCount: 0, headerColumnCount: 0, cells: placed, caption: nil,
            isRuled: false)
        record.tables = [ReportTable(places: record.tables[0].places, caption: "=caption", grid: grid)]
        record.figures[0].name = "=name"
        let folder = try assemble([record])
        let row = try #require(Self.parse(try folder.text("tables.csv")).last)
        #expect(row.prefix(4) == ["'=a.pdf", "1", "3", "'=caption"])
        let values = Array(row.suffix(cells.count))
        for (value, cell) in zip(values, cells) {
            // Numbers stay numbers, and nothing else begins as a formula does.
            if ["(1.2)", "-1.2", "+1.2%"].contains(cell) {
                #expect(value == cell)
            } else {
                #expect(value.hasPrefix("'"), "\(cell)")
            }
        }
        #expect(Self.parse(try folder.text("figures.csv"))[1][3] == "'=name")
    }

    @Test("quotes stay in their cells, also under an accent, where they are other characters in Swift")
    func quotes() throws {
        var record = SampleRecords.report("a.pdf")
        record.figures[0].name = "\"Net\" \"\u{301},\"\u{FE0F}\r\nsales"
        let rows = Self.parse(try assemble([record]).text("figures.csv"))
        #expect(rows.count == record.figures.count + 1 && rows.allSatisfy { $0.count == rows[0].count })
        #expect(rows[1].contains { $0.utf8.elementsEqual(record.figures[0].name.utf8) }, "\(rows[1])")
    }

    @Test("tables.csv has the rows of each table side by side, as wide as the widest")
    func tables() throws {
        let rows = Self.parse(try assemble([SampleRecords.report("a.pdf"), SampleRecords.failed("b.pdf")]).text("tables.csv"))
        let expected = [
            ["file", "table", "page", "caption", "row", "header", "1", "2", "3"],
            ["a.pdf", "1", "3", "Income statement", "1", "yes", "", "RMB million", ""],
            ["a.pdf", "1", "3", "Income statement", "2", "no", "Revenue, \"net\"", "1,200", "-35"],
        ]
        #expect(rows == expected)
    }

    @Test("the database has every value with its places, and answers questions over all documents")
    func database() throws {
        let record = SampleRecords.report("a.pdf")
        let folder = try assemble([record, SampleRecords.report("b.pdf", language: "zh"), SampleRecords.failed("c.pdf")])
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: "\(folder.path)/reports.sqlite", configuration: configuration)
        try queue.read { database in
            #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
            #expect(try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").isEmpty)
            let statuses = try String.fetchAll(database, sql: "SELECT file || ' ' || status FROM documents ORDER BY id")
            #expect(statuses == ["a.pdf success", "b.pdf success", "c.pdf failed"])
            let place = try Row.fetchOne(
                database,
                sql: """
                    SELECT value, page, "left", bottom, places.raw FROM figures
                    JOIN places ON owner = 'figure' AND owner_id = figures.id AND role = 'value'
                    WHERE name = 'Revenue' AND period = '2026FY'
                    """)
            let found = try #require(place)
            #expect((found["value"] as Double) == 4_800_000_000)
            #expect((found["page"] as Int) == 1)
            #expect((found["raw"] as String) == "4800m")
            #expect((found["left"] as Double) == 290)
            #expect((found["bottom"] as Double) == 242.46)
            let roles = try String.fetchAll(
                database, sql: "SELECT role FROM places WHERE owner = 'figure' AND owner_id = 1 ORDER BY id")
            #expect(roles == ["value", "name", "period", "change"])
            let ranks = "SELECT rank FROM places JOIN fields ON owner = 'field' AND owner_id = fields.id WHERE name = 'rating'"
            #expect(try Int.fetchAll(database, sql: ranks + " AND fields.document_id = 1 ORDER BY rank") == [1, 2])
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM cells WHERE column_span = 2") == 2)
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM places WHERE owner = 'finding'") == 4)
        }
    }

    @Test("an archive without documents gives empty tables")
    func empty() throws {
        let folder = try assemble([])
        #expect(try folder.text("records.jsonl").isEmpty)
        #expect(Self.parse(try folder.text("tables.csv")) == [["file", "table", "page", "caption", "row", "header"]])
        #expect(Self.parse(try folder.text("figures.csv")).count == 1)
    }
}
