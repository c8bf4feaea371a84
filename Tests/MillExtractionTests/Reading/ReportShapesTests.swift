import MillDocument
import MillExtraction
import Testing

@Suite("Shapes of key data, balance sheets and invoices")
struct ReportShapesTests {
    private func money(_ number: Double, _ unit: String) -> ReportField.Content { .amount(Amount(number: number, unit: unit)) }

    // MARK: Key data

    @Test("a box with columns of now and before")
    func nowAndBefore() throws {
        let record = try Reports.read { page in
            page.title("Brackwater Foods: margins turn the corner")
            page.paragraph("Osprey Securities | 14 April 2025 | Food producers")
            page.table([
                ["", "Current", "Previous"], ["Rating", "Outperform", "Neutral"], ["Target price", "£5.60", "£4.20"],
                ["EPS 2025E (p)", "31.2", "28.0"],
            ])
        }
        #expect(record.field("rating") == .rating("Outperform", scale: "buy"))
        #expect(record.field("previous_rating") == .rating("Neutral", scale: "hold"))
        #expect(record.field("target_price") == money(5.6, "GBP"))
        #expect(record.field("previous_target_price") == money(4.2, "GBP"))
        #expect(record.figure("EPS", "2025FY")?.value == Amount(number: 0.312, unit: "GBP per share"))
    }

    @Test("values above their names")
    func cards() throws {
        let record = try Reports.read { page in
            page.title("Solvane Energy (SOLV HK)")
            page.table([["BUY", "HK$12.30", "HK$9.80"], ["Rating", "Target price", "Price"]], header: 0)
        }
        #expect(record.field("rating") == .rating("BUY", scale: "buy"))
        #expect(record.field("target_price") == money(12.3, "HKD"))
        #expect(record.field("price") == money(9.8, "HKD"))
    }

    @Test("names in lines above their values")
    func lines() throws {
        let record = try Reports.read { page in
            page.title("Carrick Mining Ltd (ASX: CKM)")
            for text in ["Recommendation", "Accumulate", "Price target", "A$3.45", "Last close", "A$2.98"] {
                page.paragraph(text)
            }
        }
        #expect(record.field("rating") == .rating("Accumulate", scale: "buy"))
        #expect(record.field("target_price") == money(3.45, "AUD"))
        #expect(record.field("price") == money(2.98, "AUD"))
    }

    @Test("arrows from the old value to the new one, a second name that says from what")
    func arrows() throws {
        let record = try Reports.read { page in
            page.title("Lumen Dairy plc")
            page.table(
                [
                    ["Recommendation", "Hold → Buy"], ["Target price", "210p → 260p"], ["Price (4 June 2025)", "222p"],
                    ["Bloomberg", "LMD LN"],
                ], header: 0)
        }
        #expect(record.field("rating") == .rating("Buy", scale: "buy"))
        #expect(record.field("previous_rating") == .rating("Hold", scale: "hold"))
        #expect(record.field("target_price") == money(2.6, "GBP"))
        #expect(record.field("previous_target_price") == money(2.1, "GBP"))
        let strip = try Reports.read { page in
            page.title("Lumen Dairy plc (LMD)")
            page.table([["Rating", "From", "Target", "From", "Price"], ["Reduce", "Hold", "182p", "205p", "214p"]])
            page.paragraph("Edda Marsh | LMD LN | Price at close on 20 January 2025")
        }
        #expect(strip.field("previous_rating") == .rating("Hold", scale: "hold"))
        #expect(strip.field("previous_target_price") == money(2.05, "GBP"))
        #expect(strip.field("analyst") == .text("Edda Marsh"))
        #expect(strip.field("price_date") == .date("2025-01-20"))
    }

    @Test("names in two languages; what a term sheet calls the issuer and the dates")
    func twoLanguages() throws {
        let record = try Reports.read { page in
            page.title("Indicative terms 参考条款")
            page.table(
                [
                    ["Issuer 发行人", "Wharf Lane Capital Limited 码头资本有限公司"], ["Issue date 发行日", "15 September 2025"],
                    ["Maturity date 到期日", "15 September 2030"], ["Listing 上市地", "Singapore 新加坡"],
                ], header: 0)
        }
        #expect(record.field("company") == .text("Wharf Lane Capital Limited 码头资本有限公司"))
        #expect(record.field("issue_date") == .date("2025-09-15"))
        #expect(record.field("maturity_date") == .date("2030-09-15"))
    }

    // MARK: Tables

    @Test("balance sheets whose columns name years are those of their days")
    func balanceSheet() throws {
        let record = try Reports.read { page in
            page.title("Bellmore Retail")
            page.paragraph("Rating: Sell. Target price: $12.00. 9 May 2025")
            page.table(
                [["Year to February ($m)", "FY24A", "FY25E"], ["Revenue", "1,020", "1,004"], ["EBITDA", "88", "80"]],
                caption: "Income statement")
            page.table(
                [["$m", "FY24A", "FY25E"], ["Inventories", "210", "205"], ["Net debt", "140", "155"]], caption: "Balance sheet")
            page.table(
                [["$m", "FY24A", "FY25E"], ["Operating cash flow", "60", "50"], ["Capex", "(25)", "(30)"]], caption: "Cash flow")
        }
        #expect(record.figure("Net debt", "2024-02-29")?.value == Amount(number: 140_000_000, unit: "USD"))
        #expect(record.figure("Inventories", "2025-02-28")?.kind == .estimate)
        #expect(record.figure("Revenue", "2024FY") != nil)
        #expect(record.figure("Capex", "2025FY") != nil)
        let captioned = try Reports.read { page in
            page.title("Sailmaker Inns")
            page.table(
                [["€ million", "2023", "2024"], ["Right-of-use assets", "604", "588"], ["Total assets", "2,841", "2,879"]],
                caption: "Figure 6: Balance sheet at 30 June")
        }
        #expect(captioned.figure("Right-of-use assets", "2024-06-30")?.value == Amount(number: 588_000_000, unit: "EUR"))
    }

    @Test("a period said in two languages above columns of years")
    func bilingualHeader() throws {
        let record = try Reports.read { page in
            page.title("Annual results 2024 二零二四年全年业绩")
            page.table(
                [
                    ["RMB million", "Year ended 31 December 截至12月31日止年度", "<", "Change"], ["", "2024", "2023", ""],
                    ["Revenue 收入", "2,184.3", "1,902.6", "+14.8%"],
                ], header: 2)
        }
        #expect(record.figure("Revenue 收入", "2023FY")?.value == Amount(number: 1_902_600_000, unit: "CNY"))
        #expect(record.figure("Revenue 收入", "2024FY")?.change == Amount(number: 14.8, unit: "percent"))
    }

    @Test("rows that several groups have are told apart, and totals are the groups'")
    func groups() throws {
        let record = try Reports.read { page in
            page.title("Fenland Pumps plc results for the year ended 31 December 2024")
            page.table([
                ["£m", "2024", "2023"], ["Revenue", "", ""], ["Water", "40.1", "38.0"], ["Total", "62.3", "63.1"],
                ["Operating profit", "", ""], ["Water", "5.0", "4.1"], ["Total", "6.1", "6.0"],
            ])
        }
        #expect(record.figure("Water revenue", "2024FY")?.value?.number == 40_100_000)
        #expect(record.figure("Water operating profit", "2023FY")?.value?.number == 4_100_000)
        #expect(record.figure("Operating profit", "2023FY")?.value?.number == 6_000_000)
    }

    @Test("what a table counts on the day of its caption")
    func counts() throws {
        let record = try Reports.read { page in
            page.title("Ravel Transport: half-year results for the six months ended 30 June 2025")
            page.table([["£m", "H1 2025", "H1 2024"], ["Revenue", "200.7", "195.1"]])
            page.table(
                [["", "Buses", "Trams"], ["Owned", "2,310", "64"], ["Leased", "41", "12"]], caption: "Fleet at 30 June 2025")
        }
        #expect(record.figure("Owned Buses", "2025-06-30")?.value == Amount(number: 2310, unit: "count"))
        #expect(record.figure("Leased Trams", "2025-06-30")?.value == Amount(number: 12, unit: "count"))
    }

    // MARK: Text

    @Test("year ends, the only period of a sentence, dividends in pence")
    func text() throws {
        let record = try Reports.read { page in
            page.title("Tern & Grove plc")
            page.paragraph("Preliminary report for the year ended 31 December 2024")
            page.paragraph("27 March 2025")
            page.paragraph("Net debt came to £3.3 million at the year end.")
            page.paragraph("The board recommends a final dividend of 9.5 pence.")
        }
        #expect(record.figure("Net debt", "2024-12-31")?.value == Amount(number: 3_300_000, unit: "GBP"))
        #expect(record.figure("final dividend per share", "2024FY")?.value == Amount(number: 0.095, unit: "GBP per share"))
    }

    // MARK: Invoices

    @Test("the head and the lines of an invoice in one table, with a stray column at its right")
    func invoiceInOneTable() throws {
        let record = try Reports.read { page in
            page.paragraph("Kilbrack Veterinary Supplies")
            page.table(
                [
                    ["Invoice no.", "K-3391", "", "", ""], ["Date of issue", "8 April 2025", "", "", ""],
                    ["Payable by", "8 May 2025", "", "", ""], ["To", "Glen Equine Clinic", "", "", ""],
                    ["Code", "Item", "Qty", "Total €", ""], ["V-110", "Bandage", "60", "111.00", "="],
                    ["V-877", "Disinfectant", "3", "183.00", "4"], ["", "Net amount", "", "294.00", ""],
                    ["", "VAT 23%", "", "67.62", ""],
                    ["", "To pay", "", "€361.62", ""],
                ], header: 0)
        }
        #expect(record.field("company") == .text("Kilbrack Veterinary Supplies"))
        #expect(record.field("invoice_number") == .text("K-3391"))
        #expect(record.field("invoice_date") == .date("2025-04-08"))
        #expect(record.field("due_date") == .date("2025-05-08"))
        #expect(record.field("customer") == .text("Glen Equine Clinic"))
        #expect(record.field("subtotal") == money(294, "EUR"))
        #expect(record.field("tax") == money(67.62, "EUR"))
        #expect(record.field("total") == money(361.62, "EUR"))
        #expect(record.figures.isEmpty)
    }

    @Test("a Chinese invoice with its sums side by side")
    func chineseInvoice() throws {
        let record = try Reports.read { page in
            page.title("增值税电子普通发票")
            page.paragraph("发票号码：24312000000087654321")
            page.paragraph("开票日期：2025年03月18日")
            page.table([["购买方名称：安澜贸易有限公司", "销售方名称：明礁印务有限公司"]], header: 0)
            page.table([
                ["项目名称", "数量", "单价", "金额", "税率", "税额"], ["画册印刷", "500", "18.00", "9,000.00", "6%", "540.00"],
                ["合计", "", "", "¥9,000.00", "", "¥540.00"], ["价税合计（小写）", "", "", "¥9,540.00", "", ""],
            ])
        }
        #expect(record.field("company") == .text("明礁印务有限公司"))
        #expect(record.field("customer") == .text("安澜贸易有限公司"))
        #expect(record.field("subtotal") == money(9000, "CNY"))
        #expect(record.field("tax") == money(540, "CNY"))
        #expect(record.field("total") == money(9540, "CNY"))
    }

    @Test("totals in lines without a table")
    func totalsInLines() throws {
        let record = try Reports.read { page in
            page.paragraph("Murrumba Plumbing Pty Ltd ABN 51 824 753 556")
            for text in ["Tax invoice 10448", "Invoice 10448", "Issued 19/08/2025", "Due 02/09/2025", "Client Redgum Apartments"]
            {
                page.paragraph(text)
            }
            page.table([["Item", "Quantity", "Price", "Net"], ["Labour", "6", "95.00", "570.00"]])
            for text in ["Net total A$570.00", "GST at 10% A$57.00", "Total to pay A$627.00"] { page.paragraph(text) }
        }
        #expect(record.field("company") == .text("Murrumba Plumbing Pty Ltd"))
        #expect(record.field("customer") == .text("Redgum Apartments"))
        #expect(record.field("due_date") == .date("2025-09-02"))
        #expect(record.field("subtotal") == money(570, "AUD"))
        #expect(record.field("tax") == money(57, "AUD"))
        #expect(record.field("total") == money(627, "AUD"))
    }
}
