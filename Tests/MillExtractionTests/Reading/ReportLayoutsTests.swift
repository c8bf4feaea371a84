import MillDocument
import MillExtraction
import Testing

@Suite("Tables and heads as other people set them")
struct ReportLayoutsTests {
    @Test("headers stand once above years that repeat, and the currency only in the text")
    func repeatedYears() throws {
        let record = try Reports.read { page in
            page.title("Harlan Ridge Foods announces second quarter 2025 results")
            page.paragraph("July 24, 2025")
            page.paragraph("Net sales were $151.7 million. It was the third quarter in a row of growth. Cash was $187 million.")
            page.table(
                [
                    ["(in millions)", "Net sales", "", "Operating income", ""], ["", "2025", "2024", "2025", "2024"],
                    ["Frozen", "91.4", "84.7", "19.8", "16.9"], ["Bakery", "62.3", "78.2", "8.7", "14.4"],
                    ["Total", "151.7", "162.9", "28.5", "31.3"],
                ], header: 2)
        }
        #expect(record.figure("Frozen Net sales", "2025Q2")?.value == Amount(number: 91_400_000, unit: "USD"))
        #expect(record.figure("Bakery Operating income", "2024Q2")?.value == Amount(number: 14_400_000, unit: "USD"))
        // The total of a column of sales is the sales.
        #expect(record.figure("Net sales", "2024Q2")?.value == Amount(number: 162_900_000, unit: "USD"))
    }

    @Test("a header that was taken for a table of its own belongs to the table below it")
    func partedHeader() throws {
        let record = try Reports.read { page in
            page.title("Harlan Ridge Foods announces second quarter 2025 results")
            page.paragraph("Net sales were $151.7 million.")
            page.paragraph("(in millions)")
            page.table(
                [["", "Three months ended", "", "Six months ended", ""], ["", "2025", "2024", "2025", "2024"]], header: 0)
            page.table(
                [["Net sales", "151.7", "162.9", "301.2", "318.8"], ["Gross profit", "83.2", "85.2", "161.6", "166.1"]], header: 0
            )
        }
        #expect(record.figure("Gross profit", "2024H1")?.value == Amount(number: 166_100_000, unit: "USD"))
        #expect(record.figure("Net sales", "2025Q2")?.value == Amount(number: 151_700_000, unit: "USD"))
    }

    @Test("titles of the page among the headers of a scan, and signs that recognition lost")
    func scannedHeader() throws {
        var builder = DocumentBuilder(source: .recognition, confidence: 0.8)
        builder.title("东岭航运控股有限公司 2025年第三季度业绩")
        builder.table(
            [
                ["东岭航运", "", "", "2025年第三季度报告"], ["", "截至9月30 月 三个月", "", "截至9月30 日止九个月"],
                ["百万美元", "2025:年", "2024年", "2025:年", "2024年"], ["收入", "483", "555", "1,492", "1,507"],
                ["折旧及推销", "(47)", "(44)", "(139)", "(131)"], ["每股人 (美元)", "0.03", "0.09", "0.14", "0.15"],
            ], header: 3)
        let record = try Reports.reader.read(builder.document, file: "a.pdf", sha256: "00")
        #expect(record.figure("收入", "2025M9")?.value == Amount(number: 1_492_000_000, unit: "USD"))
        #expect(record.figure("收入", "2024Q3")?.value == Amount(number: 555_000_000, unit: "USD"))
        #expect(record.figure("折旧及摊销", "2025Q3")?.value == Amount(number: -47_000_000, unit: "USD"))
        #expect(record.figure("每股盈利", "2024M9")?.value == Amount(number: 0.15, unit: "USD per share"))
    }

    @Test("the unit of one row is not that of the others")
    func unitsOfRows() throws {
        let record = try Reports.read { page in
            page.title("Balmoral Copper (BMC AU): grades recover")
            page.paragraph("21 July 2025")
            page.table([
                ["USS million", "2024", "2025E"], ["Gold production (koz)", "224", "252"], ["C1 cost (US$/lb)", "1.92", "1.85"],
                ["Revenue", "432.8", "793.8"],
            ])
        }
        #expect(record.field("company") == .text("Balmoral Copper"))
        #expect(record.field("ticker") == .text("BMC AU"))
        #expect(record.figure("Gold production", "2024FY")?.value == Amount(number: 224_000, unit: "oz"))
        #expect(record.figure("C1 cost", "2025FY")?.value == Amount(number: 1.85, unit: "USD/lb"))
        #expect(record.figure("Revenue", "2025FY")?.value == Amount(number: 793_800_000, unit: "USD"))
    }

    @Test("forecasts that others replace are left out, whether the years are named or not")
    func replaced() throws {
        let record = try Reports.read { page in
            page.title("Morrow Turbines: estimates")
            page.paragraph("9 May 2025")
            page.table([["EURm", "2024", "2025E", "Old 25E"], ["Revenue", "10,420", "10,750", "10,900"]])
        }
        #expect(record.figures.count { $0.name == "Revenue" && $0.period == "2025FY" } == 1)
        #expect(record.figure("Revenue", "2025FY")?.value == Amount(number: 10_750_000_000, unit: "EUR"))
    }

    @Test("key data of a scan: lines of the table as signs, a character lost, a date beside the price")
    func scannedKeyData() throws {
        var builder = DocumentBuilder(source: .recognition, confidence: 0.8)
        builder.title("悦澜餐饮：下调至中性")
        builder.paragraph("2025年3月19日")
        builder.table(
            [
                ["目标价", "6.20;港元", "原目 标价", "9.40}港元"], ["收盘价", "5.88港元", ".日期", "3月18"],
                ["评级", "中性", "原评级", "买信"],
            ], header: 0)
        let record = try Reports.reader.read(builder.document, file: "a.pdf", sha256: "00")
        #expect(record.field("target_price") == .amount(Amount(number: 6.2, unit: "HKD")))
        #expect(record.field("previous_target_price") == .amount(Amount(number: 9.4, unit: "HKD")))
        #expect(record.field("previous_rating") == .rating("买入", scale: "buy"))
        #expect(record.field("price_date") == .date("2025-03-18"))
    }

    @Test("the head of an invoice without colons")
    func invoice() throws {
        let record = try Reports.read { page in
            page.title("Invoice")
            page.paragraph("Alder Print & Bindery LLC")
            page.paragraph("Invoice no. 2024/118")
            page.paragraph("Invoice date March 17, 2025")
            page.paragraph("Due date April 16, 2025")
            page.bullet("Questions about this invoice: our office, extension 9.")
            page.table([
                ["Description", "Quantity", "Unit price", "Amount"], ["Yearbook", "600", "$11.40", "$6,840.00"],
                ["Amount due", "", "", "$6,840.00"],
            ])
        }
        #expect(record.field("company") == .text("Alder Print & Bindery LLC"))
        record.expectInvoice("2024/118", issued: "2025-03-17", due: "2025-04-16", total: Amount(number: 6840, unit: "USD"))
    }

    @Test("the date of an invoice is called a date alone")
    func invoiceDate() throws {
        let record = try Reports.read { page in
            page.title("Invoice")
            page.table(
                [
                    ["Invoice no.", "2024/118", "Bill to", "Tregarrow Quarry"],
                    ["Date", "March 17, 2025", "Due", "April 16, 2025"],
                ],
                header: 0)
        }
        #expect(record.field("invoice_date") == .date("2025-03-17"))
        #expect(record.field("due_date") == .date("2025-04-16"))
        #expect(record.field("customer") == .text("Tregarrow Quarry"))
    }

    @Test("times that a text names by what they are to its report")
    func times() throws {
        let record = try Reports.read { page in
            page.title("Thornbeck Holdings Limited")
            page.heading("Annual results for the year ended 31 March 2025")
            page.paragraph("25 June 2025")
            page.bullet("Inventory turnover improved to 71 days (2024: 84 days).")
            page.bullet("The number of outlet stores increased to 143.")
            page.bullet("Net sales of HK$412.6 million, up 3.2% from the prior year.")
            page.paragraph("The board has budgeted for capital expenditure of HK$180 million in the coming year.")
        }
        #expect(record.figure("Inventory turnover days", "2025FY")?.value == Amount(number: 71, unit: "days"))
        #expect(record.figure("Inventory turnover days", "2024FY")?.value == Amount(number: 84, unit: "days"))
        #expect(record.figure("outlet stores", "2025-03-31")?.value == Amount(number: 143, unit: "count"))
        #expect(record.figure("capital expenditure", "2026FY")?.value == Amount(number: 180_000_000, unit: "HKD"))
        #expect(record.figure("Net sales", "2025FY")?.change == Amount(number: 3.2, unit: "percent"))
    }

    @Test("fiscal years that end after the report appears are no forecasts")
    func fiscal() throws {
        let record = try Reports.read { page in
            page.title("Kaveri Pumps Ltd: Q1 FY26 results")
            page.paragraph("24 July 2025")
            page.table([["Rs crore", "Q1 FY26", "Q1 FY25", "FY26E"], ["Revenue", "684", "601", "2,900"]])
        }
        #expect(record.figure("Revenue", "2026Q1")?.kind == .actual)
        #expect(record.figure("Revenue", "2026FY")?.kind == .estimate)
        #expect(record.figure("Revenue", "2026Q1")?.value == Amount(number: 6_840_000_000, unit: "INR"))
    }

    @Test(
        "codes of currencies joined with their scale",
        arguments: [
            ("RMBm", "CNY", 1e6), ("USDbn", "USD", 1e9), ("(EURk)", "EUR", 1e3), ("SEKm", "SEK", 1e6),
            ("HKS million", "HKD", 1e6),
        ])
    func joined(_ text: String, _ currency: String, _ scale: Double) {
        let unit = UnitReader().caption(text)
        #expect(unit?.currency == currency && unit?.scale == scale)
    }

    @Test(
        "short, written and related times",
        arguments: [
            ("25H1", "2025H1"), ("25Q2", "2025Q2"), ("HY25", "2025H1"), ("FYE 31 Mar 2025", "2025FY"),
            ("12 months to Dec 24", "2024FY"),
            ("二零二五年", "2025FY"), ("截至六月三十日止六个月", "2025H1"), ("上季度", "2025Q1"), ("the prior-year quarter", "2024Q2"),
        ])
    func periods(_ text: String, _ expected: String) {
        let reader = PeriodReader(context: PeriodContext(current: ReportPeriod(year: 2025, span: .quarter(2)), year: 2025))
        #expect(reader.read(text)?.period.text == expected)
    }

    @Test("segments are named by part and metric, whichever word for it")
    func composite() {
        let names = MetricNames()
        #expect(names.key(of: "Water net revenue") == names.key(of: "water turnover"))
        #expect(names.key(of: "门窗营业收入") == names.key(of: "门窗收入"))
        #expect(names.key(of: "Water net revenue") != names.key(of: "Net revenue"))
    }
}
