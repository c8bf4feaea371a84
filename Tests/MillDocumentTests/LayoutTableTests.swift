import MillDocument
import Testing

@Suite("Tables on pages")
struct LayoutTableTests {
    private func tables(_ page: DrawnPage) -> [DocumentTable] { LayoutAnalyzer().document([page.page]).tables }

    private let figures = [
        ["RMB million", "2023", "2024", "2025E"], ["Revenue", "1,234.5", "1,380.0", "1,502.7"],
        ["Cost of sales", "(801.2)", "(850.0)", "–"],
        ["Gross profit", "433.3", "530.0", "601.1"], ["Margin", "35.1%", "38.4%", "40.0%"],
    ]

    @Test("columns of figures without any lines are a table with a header row and names at the left")
    func unruled() throws {
        var page = DrawnPage()
        page.write("The year in figures", 60, 100, size: 14)
        page.write(figures, 60, [260, 330, 400], 140)
        let table = try #require(tables(page).first)
        #expect(table.rows == figures)
        #expect(table.headerRowCount == 1 && table.headerColumnCount == 1 && !table.isRuled)
    }

    @Test("columns so narrow that their names touch are told apart by where they begin")
    func narrow() throws {
        var page = DrawnPage()
        let rows = [
            ["NOK million", "Q3 2025", "Q3 2024", "Change %", "YTD 2025"], ["Revenue", "1,234", "1,153", "7.0", "3,600"],
            ["Operating profit", "210", "219", "-4.1", "640"], ["Operating margin (%)", "17.0", "19.0", "", "17.8"],
            ["Net profit", "150", "160", "-6.3", "470"],
        ]
        for (index, row) in rows.enumerated() {
            for (cell, left) in zip(row, [60.0, 153.5, 184.5, 215.5, 252]) where !cell.isEmpty {
                page.write(cell, left, 140 + 13 * Double(index), size: 9)
            }
        }
        let table = try #require(tables(page).first)
        #expect(table.rows == rows)
        #expect(table.headerRowCount == 1)
    }

    @Test("lines above and below the names of columns make no more rows; the caption and the unit above belong to the table")
    func partlyRuled() throws {
        var page = DrawnPage()
        page.write("Table 3: Income statement", 60, 110)
        page.write("(RMB million)", 60, 125)
        page.write(figures, 60, [260, 330, 400], 142)
        for y in [139.0, 153.0, 206.0] { page.rule(58, 402, y) }
        let table = try #require(tables(page).first)
        #expect(table.rows == figures && table.isRuled)
        #expect(table.caption?.text == "Table 3: Income statement (RMB million)")
    }

    @Test("a drawn grid gives the cells, also those over several columns and rows")
    func ruled() throws {
        var page = DrawnPage()
        for y in [100.0, 120, 140, 160] { page.rule(60, 360, y) }
        for x in [60.0, 160, 260, 360] { page.rule(x: x, x == 260 ? 120 : 100, 160) }
        page.write("Item", 65, 104)
        page.write("Amounts", 230, 104)
        page.write("2024", 165, 124)
        page.write("2025", 265, 124)
        page.write("Tax", 65, 144)
        page.write("12.5", 165, 144)
        let table = try #require(tables(page).first)
        #expect(table.rows == [["Item", "Amounts", ""], ["", "2024", "2025"], ["Tax", "12.5", ""]])
        #expect(table.cells[1].columnSpan == 2 && table.isRuled)
    }

    @Test("columns between lines in a frame are a table, however many rows no line divides")
    func columnLines() throws {
        var page = DrawnPage()
        let rows = [["USD million", "2025", "2024"]] + (1...28).map { ["Costs of part \($0)", "\(37 * $0).5", "\(29 * $0).8"] }
        page.write(rows, 65, [340, 430], 104, leading: 22)
        for y in [100.0, 740] { page.rule(60, 440, y) }
        for x in [60.0, 250, 350, 440] { page.rule(x: x, 100, 740) }
        let table = try #require(tables(page).first)
        #expect(table.rows == rows && table.isRuled && table.headerRowCount == 1)
    }

    @Test("two frames of text beside one another are no table")
    func frames() {
        var page = DrawnPage()
        let text = Array(repeating: "Sales of 2025 grew by 12.5 per cent", count: 8)
        for x in [62.0, 302] { page.write(text, x, 104) }
        for y in [100.0, 220] { page.rule(60, 540, y) }
        for x in [60.0, 300, 540] { page.rule(x: x, 100, 220) }
        #expect(tables(page).isEmpty)
    }

    @Test("rows of figures far apart are a table if all are as far, down to the end of the page", arguments: [false, true])
    func farApart(isRuled: Bool) throws {
        var page = DrawnPage()
        page.write(
            Array(repeating: "What the company earned and spent is said below, with what it owns and what it owes.", count: 9),
            60, 60)
        let rows = figures + (1...10).map { ["Reserve \($0)", "1\($0).5", "2\($0).7", "3\($0).1"] }
        page.write(rows, 60, [260, 330, 400], 210, leading: 42)
        if isRuled { for index in 0...15 { page.rule(58, 402, 195 + 42 * Double(index)) } }
        #expect(tables(page).map(\.rows) == [rows])
    }

    @Test("figures in lines that are far apart, one so and one otherwise, are no table")
    func scattered() {
        var page = DrawnPage()
        for (row, y) in zip(figures, [140.0, 185, 290, 360, 520]) { page.write([row], 60, [260, 330, 400], y) }
        #expect(tables(page).isEmpty)
    }

    @Test("lines of squared paper that words run over bound no cells")
    func squared() throws {
        var page = DrawnPage()
        for index in 0...18 { page.rule(60, 420, 100 + 20 * Double(index)) }
        for index in 0...18 { page.rule(x: 60 + 20 * Double(index), 100, 460) }
        page.write(figures, 66, [270, 337, 402], 118, leading: 60)
        let table = try #require(tables(page).first)
        #expect(table.rows == figures && table.headerRowCount == 1)
    }

    @Test("names over several columns span them; a name of two lines is one cell; names of groups are rows")
    func headers() throws {
        var page = DrawnPage()
        page.write("Six months ended", 300, 100, size: 9)
        page.write([["", "2024", "2025"], ["", "HK$m", "HK$m"]], 60, [320, 390], 112)
        page.write("Continuing operations:", 60, 140, size: 9)
        page.write("Profit attributable to owners of", 60, 154, size: 9)
        page.write([["the parent", "12.0", "13.5"], ["Non-controlling interests", "3.1", "2.2"]], 60, [320, 390], 165)
        page.write([["Earnings per share", "0.31", "0.35"], ["Dividend", "0.10", "0.12"]], 60, [320, 390], 194, leading: 14)
        let table = try #require(tables(page).first)
        #expect(table.headerRowCount == 3)
        #expect(
            table.rows == [
                ["", "Six months ended", ""], ["", "2024", "2025"], ["", "HK$m", "HK$m"], ["Continuing operations:", "", ""],
                ["Profit attributable to owners of the parent", "12.0", "13.5"], ["Non-controlling interests", "3.1", "2.2"],
                ["Earnings per share", "0.31", "0.35"], ["Dividend", "0.10", "0.12"],
            ])
        #expect(table.cells[0].columnSpan == 2)
    }

    @Test("signs in columns of their own join their figures")
    func signs() throws {
        var page = DrawnPage()
        page.write(
            [
                ["", "", "2024", "", "2025"], ["Net sales", "$", "312.8", "$", "329.4"],
                ["Net income", "$", "15.7", "$", "14.8"],
            ], 60,
            [220, 270, 330, 380], 100)
        let table = try #require(tables(page).first)
        #expect(table.rows == [["", "2024", "2025"], ["Net sales", "$ 312.8", "$ 329.4"], ["Net income", "$ 15.7", "$ 14.8"]])
    }

    @Test("Chinese tables, with the unit as caption")
    func chinese() throws {
        var page = DrawnPage()
        page.write("表2：盈利预测", 60, 100)
        page.write("单位：百万元", 60, 114)
        let rows = [
            ["会计年度", "2024A", "2025E"], ["营业收入", "1,200", "1,500"], ["归母净利润", "210", "265"], ["市盈率（倍）", "18.2", "14.4"],
        ]
        page.write(rows, 60, [250, 320], 130, leading: 15)
        let table = try #require(tables(page).first)
        #expect(table.rows == rows && table.headerRowCount == 1)
        #expect(table.caption?.text == "表2：盈利预测单位：百万元")
    }

    @Test("names and values without figures are a table without header rows")
    func keysAndValues() throws {
        var page = DrawnPage()
        let rows = [["Rating", "Buy"], ["Target price", "HK$12.3"], ["Ticker", "1234 HK"], ["Analyst", "Jane Doe"]]
        page.write(rows, 400, [540], 100)
        let table = try #require(tables(page).first)
        #expect(table.rows == rows && table.headerRowCount == 0 && table.headerColumnCount == 1)
    }

    @Test("a table that goes on over pages is one, without the repeated header")
    func continued() throws {
        var first = DrawnPage(number: 1)
        first.write(figures, 60, [260, 330, 400], 700)
        var second = DrawnPage(number: 2)
        second.write("Income statement (continued)", 60, 60)
        second.write(
            [figures[0], ["Tax", "(50.0)", "(61.0)", "(70.2)"], ["Net profit", "300.1", "402.0", "455.5"]], 60, [260, 330, 400],
            80)
        second.write("The board met six times.", 60, 200)
        let document = LayoutAnalyzer().document([first.page, second.page])
        let table = try #require(document.tables.first)
        #expect(document.tables.count == 1 && table.rowCount == 7)
        #expect(table.rows[5] == ["Tax", "(50.0)", "(61.0)", "(70.2)"])
        #expect(Set(table.cells[table.cells.count - 1].text.pieces.map(\.place.page)) == [2])
    }

    @Test("two tables under one another stay two; each takes its own caption")
    func stacked() {
        var page = DrawnPage()
        page.write("Table 1: Results", 60, 100)
        page.write(figures, 60, [260, 330, 400], 114)
        page.write("Table 2: Forecasts", 60, 182)
        page.write([["FY Dec", "2024A", "2025E"], ["Revenue", "10.0", "11.0"], ["EPS", "0.4", "0.5"]], 60, [300, 400], 196)
        #expect(tables(page).map(\.rowCount) == [5, 3])
        #expect(tables(page).map { $0.caption?.text } == ["Table 1: Results", "Table 2: Forecasts"])
    }

    @Test("paragraphs, lists and tables of contents are no tables")
    func others() {
        var page = DrawnPage()
        page.write(
            [
                "1. Overview ........................ 3", "2. Results ......................... 5",
                "3. Outlook ........................ 12",
            ], 60, 80)
        page.write(["•   Revenue rose by 8.4%", "•   Margins were stable at 29.3%", "•   Dividend of 3.4 pence"], 60, 160)
        // Justified lines with wide blanks.
        for (index, line) in [
            ["growth", "was", "driven", "by", "higher", "volumes"], ["and", "prices", "that", "stayed", "flat", "again"],
        ].enumerated() {
            for (column, word) in line.enumerated() { page.write(word, 60 + 42 * Double(column), 260 + 14 * Double(index)) }
        }
        #expect(tables(page).isEmpty)
    }
}
