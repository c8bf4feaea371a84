import MillDocument
import MillValue
import Testing

@Suite("Docling JSON and Markdown")
struct DocumentExportTests {
    private static func text(_ text: String, _ top: Double, page: Int = 1) -> PlacedText {
        var placed = PlacedText()
        placed.append(text, at: place(top, page: page))
        return placed
    }

    private static func place(_ top: Double, page: Int = 1) -> PagePlace {
        PagePlace(page: page, box: PageBox(left: 50, top: top, right: 250, bottom: top + 12))
    }

    private static func item(_ kind: DocumentItem.Kind, _ text: String, _ top: Double) -> DocumentItem {
        DocumentItem(kind: kind, text: self.text(text, top), places: [place(top)])
    }

    private let document: StructuredDocument = {
        let table = DocumentTable(
            rowCount: 3, columnCount: 3, headerRowCount: 2, headerColumnCount: 1,
            cells: [
                DocumentTable.Cell(row: 0, column: 1, columnSpan: 2, text: text("Actual", 200)),
                DocumentTable.Cell(row: 1, column: 1, text: text("2023", 214)),
                DocumentTable.Cell(row: 1, column: 2, text: text("2024", 214)),
                DocumentTable.Cell(row: 2, column: 0, text: text("A | B", 228)),
                DocumentTable.Cell(row: 2, column: 2, text: text("1.5", 228)),
            ], caption: text("Table 1: Sales", 186), isRuled: true)
        return StructuredDocument(
            pages: [StructuredDocument.Page(number: 1, width: 595, height: 842, source: .text, turn: 0, remarks: [])],
            items: [
                item(.pageHeader, "Acme", 20), item(.title, "Report", 60), item(.heading(level: 2), "Why *now*", 90),
                item(.paragraph, "1. is no list here", 110), item(.listItem(marker: "•"), "first", 130),
                item(.listItem(marker: "2."), "second", 144),
                DocumentItem(kind: .table, text: PlacedText(), places: [place(200)], table: table),
                item(.footnote, "1 Restated.", 760),
            ])
    }()

    @Test("texts, lists, tables and furniture refer to one another as docling-core has it")
    func docling() throws {
        let value = document.doclingDocument(
            name: "report", origin: .init(fileName: "report.pdf", mediaType: "application/pdf", hash: .max))
        #expect(value["schema_name"]?.string == "DoclingDocument" && value["version"]?.string == "1.3.0")
        #expect(value["origin"]?["binary_hash"]?.int == Int.max)
        let children = try #require(value["body"]?["children"]?.list).compactMap { $0["$ref"]?.string }
        #expect(
            children == [
                "#/texts/0", "#/texts/1", "#/texts/2", "#/texts/3", "#/groups/0", "#/texts/6", "#/tables/0", "#/texts/7",
            ])
        let texts = try #require(value["texts"]?.list)
        #expect(
            texts.map { $0["label"]?.string } == [
                "page_header", "title", "section_header", "text", "list_item", "list_item", "caption", "footnote",
            ])
        #expect(texts[0]["content_layer"]?.string == "furniture" && texts[2]["level"]?.int == 2)
        #expect(texts[4]["parent"]?["$ref"]?.string == "#/groups/0" && texts[5]["marker"]?.string == "2.")
        #expect(texts[5]["enumerated"]?.bool == true && texts[4]["enumerated"]?.bool == false)
        let provenance = try #require(texts[1]["prov"]?[0])
        #expect(provenance["bbox"]?["coord_origin"]?.string == "TOPLEFT" && provenance["bbox"]?["t"]?.double == 60)
        #expect(provenance["charspan"] == [0, 6] && provenance["page_no"]?.int == 1)
        #expect(value["pages"]?["1"]?["size"]?["width"]?.double == 595)
    }

    @Test("a table has its cells and its grid, in which cells over several columns are repeated")
    func table() throws {
        let table = try #require(document.doclingDocument(name: "report")["tables"]?[0])
        #expect(table["captions"]?[0]?["$ref"]?.string == "#/texts/6")
        let data = try #require(table["data"])
        #expect(data["num_rows"]?.int == 3 && data["num_cols"]?.int == 3 && data["table_cells"]?.list?.count == 5)
        let grid = try #require(data["grid"]?.list).map { row in (row.list ?? []).map { $0["text"]?.string ?? "?" } }
        #expect(grid == [["", "Actual", "Actual"], ["", "2023", "2024"], ["A | B", "", "1.5"]])
        #expect(data["grid"]?[0]?[1]?["column_header"]?.bool == true && data["grid"]?[2]?[0]?["row_header"]?.bool == true)
        #expect(data["grid"]?[0]?[2]?["end_col_offset_idx"]?.int == 3)
    }

    @Test("Markdown shows the text as it is: marks are escaped, running text is left out, header rows are one")
    func markdown() {
        #expect(
            document.markdown() == """
                # Report

                ### Why \\*now\\*

                1\\. is no list here

                - first
                2. second

                Table 1: Sales

                |  | Actual 2023 | Actual 2024 |
                | --- | --- | --- |
                | A \\| B |  | 1.5 |

                1 Restated.

                """)
    }

    @Test("a document without items is an empty text and a valid Docling document")
    func empty() {
        let empty = StructuredDocument(pages: [], items: [])
        #expect(empty.markdown().isEmpty && empty.text.isEmpty)
        #expect(empty.doclingDocument(name: "e")["body"]?["children"] == [])
    }
}
