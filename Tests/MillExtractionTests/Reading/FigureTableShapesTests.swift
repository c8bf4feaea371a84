import MillDocument
import MillExtraction
import Testing

@Suite("Shapes of tables of figures")
struct FigureTableShapesTests {
    @Test("traditional Chinese, with period and unit in one header cell")
    func traditional() throws {
        let record = try Reports.read { page in
            page.title("寶信建材控股有限公司")
            page.paragraph("截至二零二五年九月三十日止六個月之中期業績公佈")
            page.paragraph("簡明綜合損益表")
            page.table([
                ["", "附註", "二零二五年千港元（未經審核）", "二零二四年千港元（未經審核）"],
                ["收益", "3", "318,240", "296,118"], ["毛利", "", "104,512", "93,870"], ["每股盈利（港仙）", "8", "4.12", "3.05"],
            ])
        }
        #expect(record.figure("收益", "2025H1")?.value == Amount(number: 318_240_000, unit: "HKD"))
        #expect(record.figure("毛利", "2024H1")?.value == Amount(number: 93_870_000, unit: "HKD"))
        #expect(record.figure("每股盈利", "2025H1")?.value == Amount(number: 0.0412, unit: "HKD per share"))
    }

    @Test("years beside forecasts are whole ones, also in a report on a half year")
    func annual() throws {
        let record = try Reports.read { page in
            page.title("澄远科技（301456.SZ）2025年半年报点评")
            page.paragraph("2025年上半年公司实现营业收入10.2亿元，同比增长12%。")
            page.table([["单位：百万元", "2024", "2025E", "2026E"], ["营业收入", "1,846", "2,215", "2,702"]])
            page.paragraph("资产负债表")
            page.table([
                ["单位：百万元", "2024", "2025E", "2026E"], ["货币资金", "412", "468", "583"], ["存货", "338", "392", "466"],
                ["资产总计", "2,692", "2,967", "3,320"],
            ])
        }
        #expect(record.figure("营业收入", "2024FY")?.value == Amount(number: 1_846_000_000, unit: "CNY"))
        #expect(record.figure("货币资金", "2025-12-31")?.value == Amount(number: 468_000_000, unit: "CNY"))
        #expect(record.figure("资产总计", "2024-12-31")?.value == Amount(number: 2_692_000_000, unit: "CNY"))
    }

    @Test("parts of years down and years across, under the name of a metric")
    func quarters() throws {
        let record = try Reports.read { page in
            page.title("Kestrel Optics Corp. (NASDAQ: KSTO)")
            page.table(
                [
                    ["", "Revenue ($M)", "Revenue ($M)", "EPS ($)", "EPS ($)"], ["", "FY24A", "FY25E", "FY24A", "FY25E"],
                    ["Q1 (Dec)", "118.4", "148.9", "0.17", "0.28"], ["Q2 (Mar)", "121.7", "159.3", "0.18", "0.32"],
                    ["Full year", "240.1", "308.2", "0.35", "0.60"],
                ], header: 2)
        }
        #expect(record.figure("Revenue", "2024Q1")?.value == Amount(number: 118_400_000, unit: "USD"))
        #expect(record.figure("EPS", "2025Q2")?.value == Amount(number: 0.32, unit: "USD per share"))
        #expect(record.figure("Revenue", "2025FY")?.value == Amount(number: 308_200_000, unit: "USD"))
    }

    @Test("the target before in brackets, where the name says so; a class of shares")
    func before() throws {
        let record = try Reports.read { page in
            page.title("Brage Marine AB (publ)")
            page.paragraph("Malmö, 17 July 2025 | Nasdaq Stockholm: BRAG B")
            page.table([["Rating", "Outperform"], ["Price target (prior)", "$58.00 ($49.00)"]], header: 0)
        }
        #expect(record.field("target_price") == .amount(Amount(number: 58, unit: "USD")))
        #expect(record.field("previous_target_price") == .amount(Amount(number: 49, unit: "USD")))
        #expect(record.field("ticker") == .text("BRAG B"))
    }

    @Test("names with a colon in any column of an invoice")
    func invoice() throws {
        let record = try Reports.read { page in
            page.title("TAX INVOICE")
            page.paragraph("Tallowood Hire Pty Ltd")
            page.table(
                [
                    ["To: Dunmore Joinery", "Invoice number:", "TH-20418"], ["PO Box 61", "Invoice date:", "30/04/2025"],
                    ["", "Payment due:", "30/05/2025"],
                ], header: 0)
            page.table([
                ["Description", "Qty", "Rate", "Amount"], ["Scaffold hire", "4", "185.00", "740.00"],
                ["Subtotal", "", "", "740.00"],
                ["GST 10%", "", "", "74.00"], ["Total AUD", "", "", "814.00"],
            ])
        }
        record.expectInvoice("TH-20418", issued: "2025-04-30", due: "2025-05-30", total: Amount(number: 814, unit: "AUD"))
    }
}
