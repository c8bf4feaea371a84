import MillDocument
import MillExtraction
import Testing

@Suite("Reports become records")
struct ReportReaderTests {
    private static func research(_ page: inout DocumentBuilder) {
        page.title("Quillon Semiconductor: the quiet winner in power chips")
        page.paragraph("May 19, 2025")
        page.paragraph("We initiate coverage of Quillon Semiconductor at Outperform with a 12-month target price of US$68.00.")
        page.table([
            ["Rating", "Outperform"], ["Target price", "US$68.00"], ["Closing price", "US$51.35"],
            ["Price date", "May 16, 2025"], ["Ticker", "QLSC US"],
        ])
        page.heading("Analysts")
        page.paragraph("Maren Holbrook, CFA")
        page.paragraph("Theo Vasquez-Lind")
        page.paragraph("We expect revenue of US$1.26 billion in fiscal 2025. The scrap rate fell to 11% in fiscal 2024.")
        page.table(
            [
                ["", "FY2024A", "FY2025E"], ["Revenue", "1,084.6", "1,262.0"], ["Gross profit", "443.5", "542.7"],
                ["Gross margin (%)", "40.9", "43.0"],
            ],
            caption: "Table 1. Financial summary (US$ million)")
        page.nextPage()
        page.heading("Rating definitions")
        page.bullet("Sell: expected to trail the sector by 10 points or more")
    }

    @Test("the fields of a research note come from table and text")
    func fields() throws {
        let record = try Reports.read(Self.research)
        #expect(record.status == .success && record.language == "en")
        #expect(record.field("company") == .text("Quillon Semiconductor"))
        #expect(record.field("rating") == .rating("Outperform", scale: "buy"))
        #expect(record.field("target_price") == .amount(Amount(number: 68, unit: "USD")))
        #expect(record.field("price") == .amount(Amount(number: 51.35, unit: "USD")))
        #expect(record.field("price_date") == .date("2025-05-16"))
        #expect(record.field("report_date") == .date("2025-05-19"))
        let analysts = record.fields.filter { $0.name == "analyst" }.map(\.content)
        #expect(analysts == [.text("Maren Holbrook, CFA"), .text("Theo Vasquez-Lind")])
        let target = try #require(record.fields.first { $0.name == "target_price" })
        #expect(target.provenance.count >= 2, "text and table agree, so both places are told")
    }

    @Test("a figure of text and table is one, with both places")
    func merged() throws {
        let record = try Reports.read(Self.research)
        let revenue = try #require(record.figure("Revenue", "2025FY"))
        #expect(revenue.value == Amount(number: 1_262_000_000, unit: "USD"))
        #expect(Set(revenue.provenance.map(\.isInTable)) == [true, false])
        #expect(!record.findings.contains { $0.code == "conflict" })
    }

    @Test("every value has a place on a page, and its words are those of the document")
    func provenance() throws {
        var builder = DocumentBuilder()
        Self.research(&builder)
        let document = builder.document
        let record = try Reports.reader.read(document, file: "a.pdf", sha256: "00")
        let text = Array(document.items.map(\.text.text).joined(separator: "\n").unicodeScalars)
        #expect(record.places.count > 20)
        for place in record.places {
            #expect(!place.places.isEmpty)
            var view = String.UnicodeScalarView()
            view.append(contentsOf: text[place.range])
            #expect(String(view) == place.raw)
        }
    }

    @Test("what text and table say differently is kept twice and flagged")
    func conflict() throws {
        let record = try Reports.read { page in
            page.title("Halden Ferries plc annual report 2024")
            page.paragraph("Revenue was £320.4 million in 2024.")
            page.table([["£m", "2024", "2023"], ["Revenue", "316.9", "298.4"], ["Operating profit", "39.4", "34.6"]])
        }
        let both = record.figures.filter { $0.name.lowercased() == "revenue" && $0.period == "2024FY" }
        #expect(Set(both.compactMap { $0.value?.number }) == [316_900_000, 320_400_000])
        #expect(both.allSatisfy { $0.flags.contains("conflict") })
        #expect(record.findings.contains { $0.code == "conflict" && $0.places.count == 2 })
    }

    @Test("a change that does not follow from its values is flagged, not corrected")
    func growth() throws {
        let record = try Reports.read { page in
            page.table([
                ["RMB m", "1H25", "1H24", "YoY"], ["Revenue", "120.0", "100.0", "+30.0%"],
                ["Net profit", "11.0", "10.0", "+10.0%"],
            ])
        }
        let revenue = try #require(record.figure("Revenue", "2025H1"))
        #expect(revenue.change?.number == 30 && revenue.flags.contains("growth"))
        #expect(record.figure("Net profit", "2025H1")?.flags.contains("growth") == false)
        #expect(record.findings.map(\.code) == ["growth"])
    }

    @Test("rows that do not add up to their total are told")
    func sums() throws {
        let record = try Reports.read { page in
            page.table([
                ["RMB m", "2024"], ["Inventories", "60.0"], ["Cash", "30.0"], ["Receivables", "10.0"], ["Total assets", "104.0"],
            ])
        }
        #expect(record.findings.contains { $0.code == "sum" && $0.message.contains("Total assets") })
    }

    @Test("a Chinese note: rating, target price, company and figures of the text")
    func chinese() throws {
        let record = try Reports.read { page in
            page.paragraph("岚桥证券 | 公司深度报告")
            page.paragraph("2025年9月8日")
            page.title("伟杉精工：订单饱满，产能爬坡进入收获期")
            page.paragraph("首次覆盖给予买入评级，目标价32.50港元，较现价有约31%的上升空间。")
            page.table(
                [["目标价", "32.50港元"], ["收盘价", "24.85港元"], ["收盘价日期", "2025年9月5日"], ["股票代码", "3926.HK"], ["总市值", "186.4亿港元"]],
                header: 0)
            page.heading("分析师")
            page.paragraph("骆明岚 方以墨")
            page.paragraph("2025年上半年实现营业收入18.6亿元，同比增长34.2%；归母净利润3.05亿元，同比增长47.8%。")
        }
        #expect(record.language == "zh")
        #expect(record.field("rating") == .rating("买入", scale: "buy"))
        #expect(record.field("target_price") == .amount(Amount(number: 32.5, unit: "HKD")))
        #expect(record.field("report_date") == .date("2025-09-08"))
        #expect(record.field("company") == .text("伟杉精工"))
        #expect(record.fields.filter { $0.name == "analyst" }.count == 2)
        #expect(record.figure("营业收入", "2025H1")?.value == Amount(number: 1_860_000_000, unit: "CNY"))
        #expect(record.figure("营业收入", "2025H1")?.change == Amount(number: 34.2, unit: "percent"))
        #expect(record.figure("总市值", "2025-09-05")?.value == Amount(number: 18_640_000_000, unit: "HKD"))
    }

    @Test("comparisons in brackets belong to the year before")
    func comparisons() throws {
        let record = try Reports.read { page in
            page.title("Northmoor Dairies Group plc half-year report 2025")
            page.paragraph("Unaudited results for the 26 weeks ended 28 June 2025")
            page.bullet("Gross profit of £70.8 million, with the gross margin at 29.3% (2024: 27.9%)")
        }
        #expect(record.figure("gross margin", "2025H1")?.value?.number == 29.3)
        #expect(record.figure("gross margin", "2024H1")?.value?.number == 27.9)
    }

    @Test("words that were hardly recognised are flagged")
    func lowConfidence() throws {
        var builder = DocumentBuilder(source: .recognition, confidence: 0.3)
        builder.table([["RMB m", "2024", "2023"], ["Revenue", "316.9", "298.4"]])
        let record = try Reports.reader.read(builder.document, file: "a.pdf", sha256: "00")
        #expect(record.figures.count == 2)
        #expect(record.figures.allSatisfy { $0.flags.contains("low_confidence") })
        #expect(record.pages.first?.source == "recognition")
    }

    @Test("an empty document is a record without values")
    func empty() throws {
        let record = try Reports.reader.read(StructuredDocument(pages: [], items: []), file: "a.pdf", sha256: "00")
        #expect(record.status == .partial && record.reason != nil)
        #expect(record.fields.isEmpty && record.figures.isEmpty)
    }

    @Test("a text beyond the limit is refused with both numbers")
    func tooLong() throws {
        var options = ReportReader.Options()
        options.textLimit = 10
        let reader = try Reports.reader.with(options)
        var builder = DocumentBuilder()
        builder.paragraph("Revenue was £320.4 million in 2024.")
        #expect(throws: ExtractionError.tooLong(count: 35, limit: 10)) {
            try reader.read(builder.document, file: "a", sha256: "0")
        }
    }

    @Test("tables that claim to be what they are not neither trap nor hang")
    func hostile() throws {
        let text = PlacedText()
        for (rows, columns) in [(0, 0), (-1, 3), (Int.max, Int.max), (3, 3)] {
            let table = DocumentTable(
                rowCount: rows, columnCount: columns, headerRowCount: 99, headerColumnCount: -4,
                cells: [
                    DocumentTable.Cell(row: 7, column: -2, rowSpan: Int.max, columnSpan: Int.max, text: text),
                    DocumentTable.Cell(row: 0, column: 0, rowSpan: Int.max, columnSpan: -5, text: text),
                ], isRuled: false)
            let document = StructuredDocument(
                pages: [], items: [DocumentItem(kind: .table, text: text, places: [], table: table)])
            #expect(try Reports.reader.read(document, file: "a", sha256: "0").figures.isEmpty)
        }
    }
}

@Suite("Documents made to cost much")
struct CostlyDocumentTests {
    @Test(
        "long texts of one kind take no time that grows with their square",
        arguments: ["(", "1 ", "Revenue of £1m in 2024, ", "目标价1元，", "2024年", "A B, ", "Rating: Buy ", "*", "12 March 2025 "])
    func long(_ part: String) throws {
        let text = String(repeating: part, count: 2_500 / part.unicodeScalars.count)
        let record = try Reports.read { page in
            page.title(String(text.prefix(3000)))
            page.paragraph(text)
            page.table([["RMB m", String(text.prefix(2000))], [String(text.prefix(2000)), "1,234"]])
        }
        #expect(record.status == .success)
    }

    @Test("a table of headers alone")
    func headers() throws {
        let record = try Reports.read { page in
            page.table((0..<200).map { ["Year", "20\(10 + $0 % 20)", "1H25", "Change"] })
        }
        #expect(record.figures.isEmpty)
    }
}
