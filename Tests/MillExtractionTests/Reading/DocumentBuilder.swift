import MillDocument

/// Lays words out on a page: lines one below the other, cells of tables in columns.
struct DocumentBuilder {
    private var items: [DocumentItem] = []
    private var top = 40.0
    private var page = 1
    private let source: DocumentPage.Source
    private let confidence: Double

    init(source: DocumentPage.Source = .text, confidence: Double = 1) {
        self.source = source
        self.confidence = confidence
    }

    var document: StructuredDocument {
        StructuredDocument(
            pages: (1...page).map {
                StructuredDocument.Page(number: $0, width: 595, height: 842, source: source, turn: 0, remarks: [])
            }, items: items)
    }

    mutating func nextPage() {
        page += 1
        top = 40
    }

    mutating func title(_ text: String) { add(text, .title) }
    mutating func heading(_ text: String) { add(text, .heading(level: 1)) }
    mutating func paragraph(_ text: String) { add(text, .paragraph) }
    mutating func bullet(_ text: String) { add(text, .listItem(marker: "•")) }

    private mutating func add(_ text: String, _ kind: DocumentItem.Kind) {
        let placed = placed(text, left: 40)
        items.append(DocumentItem(kind: kind, text: placed, places: placed.pieces.first.map { [$0.place] } ?? []))
        top += 14
    }

    /// Rows of cells; an empty cell is left out, `<` continues the cell to its left.
    mutating func table(_ rows: [[String]], header: Int = 1, caption: String? = nil) {
        let columns = rows.map(\.count).max() ?? 0
        var cells: [DocumentTable.Cell] = []
        let start = top
        var text = PlacedText()
        for (row, texts) in rows.enumerated() {
            for (column, cell) in texts.enumerated() where !cell.isEmpty && cell != "<" {
                let span = texts[(column + 1)...].prefix { $0 == "<" }.count + 1
                let placed = placed(cell, left: 40 + 120 * Double(column))
                if text.count > 0 { text.append(cells.last?.row == row ? "\t" : "\n") }
                text.append(placed)
                cells.append(DocumentTable.Cell(row: row, column: column, columnSpan: span, text: placed))
            }
            top += 14
        }
        let box = PageBox(left: 40, top: start, right: 40 + 120 * Double(columns), bottom: top)
        items.append(
            DocumentItem(
                kind: .table, text: text, places: [PagePlace(page: page, box: box)],
                table: DocumentTable(
                    rowCount: rows.count, columnCount: columns, headerRowCount: header, headerColumnCount: 1, cells: cells,
                    caption: caption.map { placed($0, left: 40) }, isRuled: false)))
        top += 14
    }

    private func placed(_ text: String, left: Double) -> PlacedText {
        var placed = PlacedText()
        var left = left
        for (index, word) in text.split(separator: " ").enumerated() {
            if index > 0 { placed.append(" ") }
            let width = 6 * Double(word.unicodeScalars.count)
            let box = PageBox(left: left, top: top, right: left + width, bottom: top + 10)
            placed.append(String(word), at: PagePlace(page: page, box: box), confidence: confidence)
            left += width + 4
        }
        return placed
    }
}
