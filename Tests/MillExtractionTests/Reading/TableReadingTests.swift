import MillDocument
import MillExtraction
import Testing

@Suite("Tables of figures")
struct TableReadingTests {
    @Test("names down, periods across; per-share values, shares and ratios keep their scale")
    func incomeStatement() throws {
        let record = try Reports.read { page in
            page.title("Weishan Precision: orders are full")
            page.table(
                [
                    ["RMB million", "2023A", "2024A", "2025E"], ["Revenue", "2,318", "2,947", "3,895"],
                    ["Growth (%)", "–", "27.1", "32.2"],
                    ["Cost of sales", "(1,553)", "(1,930)", "(2,454)"], ["Gross margin (%)", "33.0", "34.5", "37.0"],
                    ["EPS (RMB)", "0.43", "0.60", "0.89"],
                    ["P/E (x)", "53.2", "38.1", "25.7"],
                ], caption: "Table 1: Forecasts")
        }
        let revenue = try #require(record.figure("Revenue", "2025FY"))
        #expect(revenue.value == Amount(number: 3_895_000_000, unit: "CNY"))
        #expect(revenue.kind == .estimate)
        #expect(revenue.change == Amount(number: 32.2, unit: "percent"))
        #expect(revenue.provenance.first?.raw == "3,895")
        #expect(record.figure("Revenue", "2023FY")?.kind == .actual)
        #expect(record.figure("Cost of sales", "2024FY")?.value?.number == -1_930_000_000)
        #expect(record.figure("Gross margin", "2024FY")?.value == Amount(number: 34.5, unit: "percent"))
        #expect(record.figure("EPS", "2025FY")?.value == Amount(number: 0.89, unit: "CNY per share"))
        #expect(record.figure("P/E", "2023FY")?.value == Amount(number: 53.2, unit: "times"))
    }

    @Test("a header of two rows, notes, changes and a half year")
    func interimStatement() throws {
        let record = try Reports.read { page in
            page.title("Northmoor Dairies Group plc half-year report 2025")
            page.paragraph("Unaudited results for the 26 weeks ended 28 June 2025")
            page.table(
                [
                    ["", "Note", "26 weeks ended", "<", "Change"], ["", "", "28 June 2025 £m", "29 June 2024 £m", "%"],
                    ["Revenue", "3", "241.6", "222.9", "8.4%"],
                    ["Cost of sales", "", "(170.8)", "(160.7)", "6.3%"], ["Finance costs", "4", "(3.2)", "(3.6)", "(11.1%)"],
                    ["Earnings per share (pence)", "", "", "", ""], ["Basic", "6", "9.7", "6.8", "42.6%"],
                ], header: 2)
        }
        let revenue = try #require(record.figure("Revenue", "2025H1"))
        #expect(revenue.value == Amount(number: 241_600_000, unit: "GBP"))
        #expect(revenue.change == Amount(number: 8.4, unit: "percent"))
        #expect(record.figure("Revenue", "2024H1")?.change == nil)
        #expect(record.figure("Finance costs", "2025H1")?.change?.number == -11.1)
        #expect(record.figure("Basic earnings per share", "2025H1")?.value == Amount(number: 0.097, unit: "GBP per share"))
        #expect(!record.figures.contains { $0.value?.number == 3 || $0.value?.number == 6 })
    }

    @Test("days above a balance sheet")
    func balanceSheet() throws {
        let record = try Reports.read { page in
            page.table(
                [
                    ["in millions of euros", "31 Dec. 2024", "31 Dec. 2023"], ["Fixed assets", "148.2", "139.5"],
                    ["Inventories", "67.9", "81.6"],
                    ["Total assets", "216.1", "221.1"],
                ])
        }
        #expect(record.figure("Inventories", "2024-12-31")?.value == Amount(number: 67_900_000, unit: "EUR"))
        #expect(record.findings.allSatisfy { $0.code != "sum" })
    }

    @Test("a Chinese statement with its unit in the caption and its period above the years")
    func chineseStatement() throws {
        let record = try Reports.read { page in
            page.title("澜汀生物科技股份有限公司 2025年中期业绩公告")
            page.paragraph("截至6月30日止六个月")
            page.table(
                [
                    ["项目", "2025年", "2024年", "同比变动"], ["营业收入", "1,286.4", "1,052.7", "22.2%"],
                    ["研发开支（注1）", "(142.7)", "(118.4)", "20.5%"],
                    ["其他收入", "21.3", "(3.6)", "不适用"], ["基本每股收益（元）", "0.47", "0.25", "88.0%"],
                ], caption: "表一：简明综合损益表（人民币百万元，另有注明者除外）")
        }
        #expect(record.figure("营业收入", "2025H1")?.value == Amount(number: 1_286_400_000, unit: "CNY"))
        #expect(record.figure("营业收入", "2025H1")?.change == Amount(number: 22.2, unit: "percent"))
        #expect(record.figure("研发开支", "2024H1")?.value?.number == -118_400_000)
        #expect(record.figure("其他收入", "2025H1")?.change == nil)
        #expect(record.figure("基本每股收益", "2025H1")?.value == Amount(number: 0.47, unit: "CNY per share"))
    }

    @Test("periods down and metrics across")
    func transposed() throws {
        let record = try Reports.read { page in
            page.table(
                [
                    ["Year", "Revenue (US$ m)", "EBITDA margin (%)"], ["2022", "402.1", "18.2"], ["2023", "455.0", "19.4"],
                    ["2024E", "501.3", "20.0"],
                ])
        }
        #expect(record.figure("Revenue", "2023FY")?.value == Amount(number: 455_000_000, unit: "USD"))
        #expect(record.figure("EBITDA margin", "2024FY")?.value == Amount(number: 20, unit: "percent"))
        #expect(record.figure("Revenue", "2024FY")?.kind == .estimate)
    }

    @Test("segments by metric and period")
    func segments() throws {
        let record = try Reports.read { page in
            page.table(
                [
                    ["Segment", "Revenue", "<", "Operating profit", "<"], ["", "2025 £m", "2024 £m", "2025 £m", "2024 £m"],
                    ["Cheese", "176.3", "165.0", "19.8", "14.5"],
                    ["Fresh", "65.3", "57.9", "9.2", "7.6"],
                ], header: 2)
        }
        #expect(record.figure("Cheese Revenue", "2025FY")?.value == Amount(number: 176_300_000, unit: "GBP"))
        #expect(record.figure("Fresh Operating profit", "2024FY")?.value == Amount(number: 7_600_000, unit: "GBP"))
    }

    @Test("the lines above a table that lost its header name its columns")
    func headerAbove() throws {
        var builder = DocumentBuilder()
        builder.table([["RMB m", "1H25", "1H24"], ["Revenue", "10.5", "9.1"], ["Net profit", "1.5", "1.1"]])
        let whole = try Reports.reader.read(builder.document, file: "a.pdf", sha256: "00")
        let table = try #require(builder.document.items.first?.table)
        // The same with the first row as a line of text.
        var line = PlacedText()
        for cell in table.cells where cell.row == 0 {
            if line.count > 0 { line.append(" ") }
            line.append(cell.text)
        }
        let rest = DocumentTable(
            rowCount: 2, columnCount: 3, headerRowCount: 0, headerColumnCount: 1,
            cells: table.cells.filter { $0.row > 0 }.map {
                DocumentTable.Cell(row: $0.row - 1, column: $0.column, text: $0.text)
            }, isRuled: false)
        let box = PageBox(left: 40, top: 54, right: 400, bottom: 82)
        let document = StructuredDocument(
            pages: builder.document.pages,
            items: [
                DocumentItem(
                    kind: .paragraph, text: line,
                    places: [PagePlace(page: 1, box: PageBox(left: 40, top: 40, right: 400, bottom: 50))]),
                DocumentItem(
                    kind: .table, text: builder.document.items[0].text, places: [PagePlace(page: 1, box: box)], table: rest),
            ])
        let record = try Reports.reader.read(document, file: "a.pdf", sha256: "00")
        #expect(record.figure("Revenue", "2025H1")?.value == whole.figure("Revenue", "2025H1")?.value)
        #expect(record.figure("Net profit", "2024H1")?.value == Amount(number: 1_100_000, unit: "CNY"))
    }

    @Test("names and values side by side are fields and figures of that day")
    func keyValues() throws {
        let record = try Reports.read { page in
            page.title("Halden Ferries: better sailings ahead")
            page.table([
                ["Rating", "Buy"], ["Previous", "Hold"], ["Target price", "410p"], ["Previous target", "345p"],
                ["Price (5 Mar 2025)", "331p"], ["Ticker", "HLDF LN"],
                ["Market cap", "£612m"], ["52-week range", "290–352p"],
            ])
        }
        #expect(record.field("rating") == .rating("Buy", scale: "buy"))
        #expect(record.field("previous_rating") == .rating("Hold", scale: "hold"))
        #expect(record.field("target_price") == .amount(Amount(number: 4.1, unit: "GBP")))
        #expect(record.field("previous_target_price") == .amount(Amount(number: 3.45, unit: "GBP")))
        #expect(record.field("price_date") == .date("2025-03-05"))
        #expect(record.field("ticker") == .text("HLDF LN"))
        #expect(record.figure("Market cap", "2025-03-05")?.value == Amount(number: 612_000_000, unit: "GBP"))
        #expect(!record.figures.contains { $0.name == "52-week range" })
    }

    @Test("a strip of names above their values is read column by column")
    func strip() throws {
        let record = try Reports.read { page in
            page.title("Orrin Tools: steady")
            page.table([
                ["Orrin Tools (ORTL)", "", "", "", "", ""],
                ["Rating", "Prior rating", "Target price", "Prior target", "Price", "Priced on"],
                ["Neutral", "Buy", "$44.00", "$41.00", "$42.18", "07/30/2025"],
            ])
        }
        #expect(record.field("rating") == .rating("Neutral", scale: "hold"))
        #expect(record.field("previous_rating") == .rating("Buy", scale: "buy"))
        #expect(record.field("target_price") == .amount(Amount(number: 44, unit: "USD")))
        #expect(record.field("previous_target_price") == .amount(Amount(number: 41, unit: "USD")))
        #expect(record.field("price") == .amount(Amount(number: 42.18, unit: "USD")))
        #expect(record.field("price_date") == .date("2025-07-30"))
    }

    @Test("lines of an invoice are no figures; its totals are fields")
    func invoice() throws {
        let record = try Reports.read { page in
            page.title("INVOICE")
            page.table(
                [
                    ["Invoice number", "PW-20417"], ["Invoice date", "28 February 2025"], ["Due date", "30 March 2025"],
                    ["Customer", "Tregarrow Quarry"],
                ], header: 0)
            page.table([
                ["No.", "Description", "Quantity", "Unit price £", "Amount £"], ["1", "Mobile crane", "4", "865.00", "3,460.00"],
                ["2", "Slinger", "4", "240.00", "960.00"],
                ["", "Net", "", "", "4,420.00"], ["", "VAT at 20%", "", "", "884.00"], ["", "Total due", "", "", "£5,305.00"],
            ])
        }
        #expect(record.figures.isEmpty)
        #expect(record.field("invoice_number") == .text("PW-20417"))
        #expect(record.field("invoice_date") == .date("2025-02-28"))
        #expect(record.field("subtotal") == .amount(Amount(number: 4420, unit: "GBP")))
        #expect(record.field("tax") == .amount(Amount(number: 884, unit: "GBP")))
        #expect(record.field("total") == .amount(Amount(number: 5305, unit: "GBP")))
        #expect(record.findings.contains { $0.code == "sum" })
        #expect(record.field("analyst") == nil)
    }

    @Test("tables of anything else give no figures")
    func otherTables() throws {
        let record = try Reports.read { page in
            page.table([
                ["Date", "Rating", "Target price"], ["12 September 2023", "Hold", "310p"], ["6 March 2025", "Buy", "410p"],
            ])
            page.table([["Name", "Phone", "Room"], ["Anders", "4417", "12"], ["Maeve", "0199", "14"]])
        }
        #expect(record.figures.isEmpty)
    }
}
