import MillDocument
import MillExtraction
import Testing

@Suite("Figures of sentences")
struct SentenceTests {
    @Test("each value of a list has its own name")
    func lists() throws {
        let record = try Reports.read { page in
            page.title("澄远科技（301456.SZ）2025年半年报点评")
            page.paragraph("2025年上半年销售、管理、研发费用率分别为2.8%、4.9%和5.2%，合计同比下降0.6个百分点。")
        }
        for (name, number) in [("销售费用率", 2.8), ("管理费用率", 4.9), ("研发费用率", 5.2)] {
            #expect(record.figure(name, "2025H1")?.value == Amount(number: number, unit: "percent"), "\(name)")
        }
    }

    @Test("the whole subject of a clause is the name, in traditional characters, too")
    func subjects() throws {
        let record = try Reports.read { page in
            page.title("寶信建材控股有限公司")
            page.paragraph("截至二零二五年九月三十日止六個月之中期業績公佈")
            page.bullet("本公司擁有人應佔期內溢利約為44.9百萬港元（去年同期：26.7百萬港元）。")
            page.bullet("董事會宣派中期股息每股2.5港仙（去年同期：2.0港仙）。")
            page.paragraph("期內來自北美洲之收益為291.4百萬港元。流動比率為1.59。")
        }
        let profit = "擁有人應佔期內溢利"
        #expect(record.figure(profit, "2025H1")?.value == Amount(number: 44_900_000, unit: "HKD"))
        #expect(record.figure(profit, "2024H1")?.value == Amount(number: 26_700_000, unit: "HKD"))
        #expect(record.figure("每股中期股息", "2025H1")?.value == Amount(number: 0.025, unit: "HKD per share"))
        #expect(record.figure("每股中期股息", "2024H1")?.value == Amount(number: 0.02, unit: "HKD per share"))
        #expect(record.figure("北美洲收益", "2025H1")?.value == Amount(number: 291_400_000, unit: "HKD"))
        #expect(record.figure("流動比率", "2025-09-30")?.value == Amount(number: 1.59, unit: "times"))
    }

    @Test("the time of what a sentence compares with is not that of the next sentence")
    func comparisons() throws {
        let record = try Reports.read { page in
            page.title("Larkmoor Energy Ltd: Q3 2025 results")
            page.paragraph(
                "Revenue for the third quarter was NOK 1,234 million, up from NOK 1,153 million in Q3 2024. "
                    + "Operating profit was NOK 210 million. Order backlog reached NOK 4.5 billion.")
        }
        #expect(record.figure("Revenue", "2024Q3")?.value == Amount(number: 1_153_000_000, unit: "NOK"))
        #expect(record.figure("Operating profit", "2025Q3")?.value == Amount(number: 210_000_000, unit: "NOK"))
        #expect(record.figure("Operating profit", "2024Q3") == nil)
    }

    @Test("a time that a sentence arrives at, or that growth stands before, goes on into the next sentence")
    func arrivals() throws {
        let english = try Reports.read { page in
            page.title("Larkmoor Energy Ltd: annual results 2025")
            page.paragraph(
                "Revenue rose from USD 200.0 million to USD 240.0 million in Q3 2025. Net profit was USD 21.5 million.")
        }
        #expect(english.figure("Net profit", "2025Q3")?.value == Amount(number: 21_500_000, unit: "USD"))
        let chinese = try Reports.read { page in
            page.title("柏溪能源有限公司2025年年度业绩")
            page.paragraph("营收同比增长12.5%，2025年第三季度毛利为24.0亿元。净利润为2.15亿元。")
        }
        #expect(chinese.figure("净利润", "2025Q3")?.value?.number == 215_000_000)
    }

    @Test("multiples of targets, forecasts that are replaced and differences are no figures of the company")
    func asides() throws {
        let record = try Reports.read { page in
            page.title("Morrow Turbines (MTB LN): estimates")
            page.paragraph("9 May 2025")
            page.paragraph(
                "We forecast revenue of £120 million for 2026 (was £131 million). Our target price is 14x our 2026 EPS.")
        }
        let values = record.figures.compactMap { $0.value?.number }
        #expect(values.contains(120_000_000) && !values.contains(131_000_000) && !values.contains(14))
    }

    @Test("columns from the beginning of the year and of its last days; rows of other companies")
    func columns() throws {
        let record = try Reports.read { page in
            page.title("昆岭电气股份有限公司2025年第三季度报告")
            page.paragraph("单位：元 币种：人民币")
            page.table([["项目", "本报告期", "年初至报告期末"], ["营业收入", "1,193,527,611.08", "3,418,266,904.17"]])
            page.table([["项目", "本报告期末", "上年度末"], ["总资产", "4,958,826,236.27", "4,445,152,036.61"]])
            page.paragraph("可比公司估值")
            page.table([["公司", "2025E", "2026E"], ["甲乙股份", "21.0", "18.0"], ["丙丁科技", "25.0", "20.0"]])
        }
        let other = try Reports.read { page in
            page.title("Larkmoor Energy Ltd: Q3 2025 results")
            page.table([["NOK million", "Q3 2025", "YTD 2025", "YTD 2024"], ["Revenue", "1,234", "3,600", "3,300"]])
        }
        #expect(other.figure("Revenue", "2025M9")?.value?.number == 3_600_000_000)
        #expect(other.figure("Revenue", "2024M9")?.value?.number == 3_300_000_000)
        #expect(record.figure("营业收入", "2025Q3")?.value?.number == 1_193_527_611.08)
        #expect(record.figure("营业收入", "2025M9")?.value?.number == 3_418_266_904.17)
        #expect(record.figure("总资产", "2025-09-30")?.value?.number == 4_958_826_236.27)
        #expect(record.figure("总资产", "2024-12-31")?.value?.number == 4_445_152_036.61)
        #expect(!record.figures.contains { $0.name.contains("甲乙") || $0.name.contains("丙丁") })
    }

    @Test("lease liabilities of both terms; a turnover ratio is no percentage")
    func terms() throws {
        let record = try Reports.read { page in
            page.title("Thornbeck Holdings Limited")
            page.heading("Annual results for the year ended 31 March 2025")
            page.paragraph("Statement of financial position, HK$'000")
            page.table([
                ["HK$'000", "2025", "2024"], ["Current liabilities", "", ""], ["Trade payables", "4,210", "4,018"],
                ["Lease liabilities", "1,740", "1,318"], ["Non-current liabilities", "", ""],
                ["Lease liabilities", "5,214", "6,870"], ["Total liabilities", "11,164", "12,206"],
            ])
            page.table([["", "FY2025", "FY2024"], ["总资产周转率", "0.7", "0.8"], ["毛利率", "26.0%", "25.1%"]])
        }
        #expect(record.figure("Lease liabilities", "2025-03-31")?.value == Amount(number: 1_740_000, unit: "HKD"))
        #expect(record.figure("Non-current lease liabilities", "2025-03-31")?.value == Amount(number: 5_214_000, unit: "HKD"))
        #expect(record.figure("总资产周转率", "2025FY")?.value == Amount(number: 0.7, unit: "times"))
    }
}
