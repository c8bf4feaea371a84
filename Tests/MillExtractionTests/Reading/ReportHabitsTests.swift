import MillDocument
import MillExtraction
import Testing

@Suite("Habits of brokers and issuers")
struct ReportHabitsTests {
    @Test("a note on an A share: growth rows, units in labels, points of a margin")
    func aShare() throws {
        let record = try Reports.read { page in
            page.title("宁川股份（603777.SH）：二季度业绩超预期，出口放量")
            page.paragraph("2025年08月28日")
            page.paragraph("投资评级：买入（维持）")
            page.paragraph("事件：公司发布2025年半年报，上半年实现营业收入45.62亿元，同比+18.3%；归母净利润5.21亿元，同比+25.7%。")
            page.paragraph("维持“买入”评级，目标价36.80元（前值32.00元）。")
            page.table([
                ["盈利预测和财务指标", "2023A", "2024A", "2025E"], ["营业收入（百万元）", "7,120", "8,230", "9,650"],
                ["增长率YoY（%）", "10.2", "15.6", "17.3"],
                ["归母净利润（百万元）", "702", "893", "1,120"], ["增长率YoY（%）", "8.1", "27.2", "25.4"],
                ["EPS（元/股，摊薄）", "1.10", "1.40", "1.75"],
            ])
        }
        #expect(record.field("ticker") == .text("603777.SH"))
        #expect(record.field("rating") == .rating("买入", scale: "buy"))
        #expect(record.field("target_price") == .amount(Amount(number: 36.8, unit: "CNY")))
        #expect(record.field("previous_target_price") == .amount(Amount(number: 32, unit: "CNY")))
        #expect(record.figure("营业收入", "2025FY")?.change == Amount(number: 17.3, unit: "percent"))
        #expect(record.figure("归母净利润", "2024FY")?.change == Amount(number: 27.2, unit: "percent"))
        #expect(record.figure("EPS", "2025FY")?.value == Amount(number: 1.75, unit: "CNY per share"))
        #expect(record.figure("营业收入", "2025H1")?.value == Amount(number: 4_562_000_000, unit: "CNY"))
        #expect(!record.findings.contains { $0.code == "growth" })
    }

    @Test("results in Hong Kong: thousands, notes, groups and cents")
    func hongKong() throws {
        let record = try Reports.read { page in
            page.title("Evergreen Harbour Holdings Limited")
            page.heading("ANNUAL RESULTS ANNOUNCEMENT FOR THE YEAR ENDED 31 DECEMBER 2024")
            page.table(
                [
                    ["", "Notes", "2024", "2023"], ["", "", "HK$'000", "HK$'000"], ["REVENUE", "4", "5,621,304", "5,001,220"],
                    ["Cost of sales", "", "(3,870,221)", "(3,480,110)"], ["EARNINGS PER SHARE", "9", "", ""],
                    ["Basic (HK cents)", "", "42.1", "38.6"],
                ], header: 2)
        }
        #expect(record.figure("REVENUE", "2024FY")?.value == Amount(number: 5_621_304_000, unit: "HKD"))
        #expect(record.figure("Basic earnings per share", "2023FY")?.value == Amount(number: 0.386, unit: "HKD per share"))
        #expect(!record.figures.contains { $0.value?.number == 9 || $0.value?.number == 4 })
    }

    @Test("replaced forecasts, ranges of guidance and target prices are no figures")
    func revisions() throws {
        let record = try Reports.read { page in
            page.title("Tamarack Energy Corp. (NYSE: TMK)")
            page.paragraph("October 30, 2025")
            page.paragraph("Rating: Overweight | Price Target: $58.00 (from $52.00) | Price (10/29/25): $44.12")
            page.paragraph(
                "We raise our FY26E EPS to $4.05 from $3.90 and our price target to $58 from $52. Management raised FY25 EPS guidance to $3.40-$3.50."
            )
            page.table(
                [
                    ["FY Dec", "2024A", "2025E", "", "2026E", ""], ["", "", "New", "Old", "New", "Old"],
                    ["EPS", "$2.95", "$3.46", "$3.38", "$4.05", "$3.90"],
                ], header: 2)
        }
        #expect(record.figures.filter { $0.name == "EPS" && $0.period == "2026FY" }.compactMap { $0.value?.number } == [4.05])
        #expect(!record.figures.contains { [58, 52, 3.5, 3.38].contains($0.value?.number ?? 0) })
        #expect(record.field("target_price") == .amount(Amount(number: 58, unit: "USD")))
        #expect(record.field("price_date") == .date("2025-10-29"))
    }

    @Test("a change on the quarter before belongs to the latest quarter")
    func quarters() throws {
        let record = try Reports.read { page in
            page.table([
                ["(RMB mn)", "3Q25", "3Q24", "YoY", "2Q25", "QoQ"],
                ["Total revenue", "12,340", "10,980", "12.4%", "11,900", "3.7%"],
                ["Net margin", "18.7%", "18.1%", "+0.6pp", "18.5%", "+0.2pp"],
            ])
        }
        #expect(record.figure("Total revenue", "2025Q3")?.change?.number == 12.4)
        #expect(record.figure("Total revenue", "2025Q2")?.change == nil)
        #expect(record.figure("Net margin", "2025Q3")?.change == Amount(number: 0.6, unit: "percentage_points"))
    }
}
