import MillDocument
import MillExtraction
import Testing

@Suite("Odd rows of tables of figures")
struct OddRowsTests {
    @Test(
        "a row without numbers is no row of titles",
        arguments: [
            ["-", "-", "-"], ["–", "–", "–"], ["—", "—", "—"], ["nil", "nil", "nil"], ["n.m.", "n.m.", "—"],
            ["N/A", "N/A", "N/A"],
            ["BBB", "BBB", "BBB"], ["BBB", "A-", "A"],
        ])
    func dashes(_ cells: [String]) throws {
        let record = try Reports.read { page in
            page.title("Longrow Mills Holdings PLC")
            page.paragraph("Consolidated income statement for the year ended 31 December 2024")
            page.table([
                ["USD million", "2024", "2023", "2022"], ["Revenue", "1,200", "1,100", "1,000"], ["Other items"] + cells,
                ["Operating profit", "300", "250", "200"], ["Net income", "210", "174", "138"],
            ])
        }
        for (period, profit, income) in [("2024FY", 300, 210), ("2023FY", 250, 174), ("2022FY", 200, 138)] {
            let figures = record.figures.filter { $0.period == period }
            #expect(figures.first { $0.name == "Operating profit" }?.value?.number == Double(profit) * 1e6)
            #expect(figures.first { $0.name == "Net income" }?.value?.number == Double(income) * 1e6)
            #expect(figures.count == 3)
        }
    }

    @Test("a second block under titles of its own is not put into the periods above")
    func block() throws {
        let record = try Reports.read { page in
            page.title("Longrow Mills Holdings PLC")
            page.table([
                ["USD million", "2024", "2023"], ["Revenue", "1,200", "1,100"], ["Segment", "Revenue", "Gross margin"],
                ["Yarn", "700", "31%"],
            ])
        }
        #expect(record.figure("Revenue", "2023FY")?.value?.number == 1_100_000_000)
        #expect(!record.figures.contains { $0.name == "Yarn" && $0.period == "2023FY" })
    }

    @Test("rows that count things take no scale of money unless they say so")
    func counts() throws {
        let record = try Reports.read { page in
            page.title("Longrow Mills Holdings PLC")
            page.table([
                ["EUR million", "2024", "2023"], ["Revenue", "12,345", "11,222"],
                ["Average number of employees", "1,200", "1,100"],
                ["Stores", "210", "200"], ["Customers (million)", "3.4", "3.1"], ["Loans to employees", "15", "14"],
                ["Revenue from customers", "9,000", "8,000"],
            ])
        }
        #expect(record.figure("Average number of employees", "2024FY")?.value == Amount(number: 1200, unit: "count"))
        #expect(record.figures.first { $0.name == "Stores" }?.value == Amount(number: 210, unit: "count"))
        #expect(record.figures.first { $0.name == "Customers" }?.value == Amount(number: 3_400_000, unit: "count"))
        #expect(record.figures.first { $0.name == "Loans to employees" }?.value == Amount(number: 15_000_000, unit: "EUR"))
        #expect(record.figure("Revenue from customers", "2024FY")?.value == Amount(number: 9_000_000_000, unit: "EUR"))
    }

    @Test("Chinese names of counts")
    func chineseCounts() throws {
        let record = try Reports.read { page in
            page.title("澄远科技股份有限公司2024年年度报告")
            page.table([
                ["单位：百万元", "2024年", "2023年"], ["营业收入", "1,846", "1,700"], ["员工人数", "3,210", "3,050"], ["应付员工薪酬", "12", "11"],
            ])
        }
        #expect(record.figures.first { $0.name == "员工人数" }?.value == Amount(number: 3210, unit: "count"))
        #expect(record.figures.first { $0.name == "应付员工薪酬" }?.value == Amount(number: 12_000_000, unit: "CNY"))
    }

    @Test("numbers that look like years are values below columns of periods")
    func years() throws {
        let record = try Reports.read { page in
            page.title("Longrow Mills Holdings PLC")
            page.table([
                ["EUR million", "2024", "2023"], ["Revenue", "2,024", "2,023"], ["Units sold", "2024", "2023"],
                ["Net income", "2010", "1998"],
            ])
        }
        #expect(record.figure("Units sold", "2024FY")?.value == Amount(number: 2024, unit: "count"))
        #expect(record.figure("Units sold", "2023FY")?.value == Amount(number: 2023, unit: "count"))
        #expect(record.figure("Net income", "2023FY")?.value == Amount(number: 1_998_000_000, unit: "EUR"))
        #expect(record.figure("Revenue", "2024FY")?.value == Amount(number: 2_024_000_000, unit: "EUR"))
    }
}
