import MillDocument
import MillExtraction

/// Records as the extraction makes them, with values at places of their own.
enum SampleRecords {
    /// A record of three pages with values of every kind.
    static func report(_ file: String, number: Int = 0, language: String = "en") -> ReportRecord {
        let isChinese = language == "zh"
        let pages = (1...3).map { page in
            ReportRecord.Page(
                number: page, width: 595.28, height: 841.89, source: page == 3 ? "recognition" : "text", turn: 0)
        }
        let company = isChinese ? "示例科技" : "Example Industries plc"
        let fields = [
            ReportField(name: "company", content: .text(company), provenance: [origin(company, 1, 0)]),
            ReportField(
                name: "rating", content: .rating(isChinese ? "买入" : "Buy", scale: "buy"),
                provenance: [origin(isChinese ? "买入" : "Buy", 1, 1), origin("BUY", 3, 30, confidence: 0.61)],
                flags: ["low_confidence"]),
            ReportField(
                name: "target_price", content: .amount(Amount(number: 12.5 + Double(number), unit: "HKD")),
                provenance: [origin("HK$12.50", 1, 2)], flags: ["conflict"]),
            ReportField(name: "price_date", content: .date("2025-03-14"), provenance: [origin("14 Mar 2025", 1, 3)]),
        ]
        let figures = (0..<6).map { index in
            figure(
                isChinese ? "营业收入" : ["Revenue", "Net profit", "EPS"][index % 3], "\(2023 + index)FY",
                1_200_000_000 * Double(index + 1) - (index == 4 ? 9e9 : 0), at: 5 + index, isEstimate: index > 2)
        }
        let finding = ReportFinding(
            code: "conflict", message: "The target price is 12.50 on page 1 and 12.80 on page 2",
            places: [place(1, 2), place(2, 8)])
        return ReportRecord(
            file: file, sha256: String(repeating: "0f", count: 31) + String(100 + number % 100).suffix(2), status: .success,
            language: language, pages: pages, fields: fields, figures: figures, tables: [table(isChinese)],
            findings: [finding])
    }

    static func failed(_ file: String, _ reason: String = "the file is encrypted; give its password") -> ReportRecord {
        ReportRecord(file: file, sha256: "", status: .failed, reason: reason)
    }

    /// A place of its own for each line of a page.
    static func place(_ page: Int, _ line: Int, column: Int = 0) -> PagePlace {
        let (left, top) = (7000 + 11_000 * column, 6000 + 2137 * line)
        let edges = [left, top, left + 8225, top + 1150].map { Double($0) / 100 }
        return PagePlace(page: page, box: PageBox(left: edges[0], top: edges[1], right: edges[2], bottom: edges[3]))
    }

    static func origin(
        _ raw: String, _ page: Int, _ line: Int, column: Int = 0, confidence: Double = 1
    ) -> Provenance {
        let start = page * 1000 + line * 20 + column
        return Provenance(
            places: [place(page, line, column: column)], raw: raw, range: start..<start + raw.unicodeScalars.count,
            isInTable: false, confidence: confidence)
    }

    private static func figure(
        _ name: String, _ period: String, _ number: Double, at line: Int, isEstimate: Bool
    ) -> ReportFigure {
        let page = line % 2 + 1
        return ReportFigure(
            name: name, period: period, value: Amount(number: number, unit: "CNY"),
            change: Amount(number: -3.4, unit: "percent"), kind: isEstimate ? .estimate : .actual,
            provenance: [origin("\(Int(number / 1e6))m", page, line, column: 2)],
            nameProvenance: origin(name, page, line), periodProvenance: origin(period, page, line, column: 1),
            changeProvenance: origin("(3.4)%", page, line, column: 3), flags: line == 7 ? ["growth"] : [])
    }

    private static func table(_ isChinese: Bool) -> ReportTable {
        func text(_ text: String, _ line: Int, _ column: Int) -> PlacedText {
            var placed = PlacedText()
            placed.append(text, at: place(3, line, column: column), confidence: column == 2 ? 0.925 : 1)
            return placed
        }
        var header = text("RMB", 5, 1)
        header.append(" ")
        header.append(text("million", 6, 1))
        let cells = [
            DocumentTable.Cell(row: 0, column: 1, columnSpan: 2, text: header),
            DocumentTable.Cell(row: 1, column: 0, text: text(isChinese ? "营业收入" : "Revenue, \"net\"", 7, 0)),
            DocumentTable.Cell(row: 1, column: 1, text: text("1,200", 7, 1)),
            DocumentTable.Cell(row: 1, column: 2, text: text("-35", 7, 2)),
        ]
        let caption = text("Income statement", 4, 0)
        let grid = DocumentTable(
            rowCount: 2, columnCount: 3, headerRowCount: 1, headerColumnCount: 1, cells: cells, caption: caption, isRuled: true)
        let box = PageBox(left: 66, top: 160, right: 380, bottom: 226.5)
        return ReportTable(places: [PagePlace(page: 3, box: box)], caption: "Income statement", grid: grid)
    }
}
