import MillDocument
import Testing

@Suite("What reports of all makers have")
struct LayoutGeneralTests {
    private func document(_ pages: [DrawnPage]) -> StructuredDocument { LayoutAnalyzer().document(pages.map(\.page)) }

    private func body(_ page: inout DrawnPage, from y: Double) {
        page.write((0..<6).map { "Line \($0) of a text that goes on over the whole width of a page as texts do" }, 60, y)
    }

    @Test("running text ends at the first line that is none, though titles and names of columns below it repeat")
    func running() {
        let pages = (1...3).map { number in
            var page = DrawnPage(number: number)
            page.write("Example Holdings", 60, 24, size: 8)
            page.write("Statement of income", 60, 56, size: 11)
            page.write([["Notes", "2024", "2023"], ["Revenue \(number)", "1,\(number)00", "900"]], 60, [300, 400], 75)
            body(&page, from: 300)
            return page
        }
        let items = document(pages).items
        #expect(
            items.filter { $0.kind == .pageHeader }.map(\.text.text) == [
                "Example Holdings", "Example Holdings", "Example Holdings",
            ])
        #expect(items.count { $0.kind != .pageHeader && $0.text.text == "Statement of income" } == 3)
    }

    @Test("the names of the columns of a table that goes on over pages stay with it, and so do its rows at the edges")
    func continuedTable() throws {
        let pages = (1...4).map { number in
            var page = DrawnPage(number: number)
            page.write([["USD million", "2024", "2023"]], 60, [300, 400], 60)
            page.write((0..<54).map { ["Line item \($0 + 54 * number)", "\($0 + 3).5", "\($0 + 4).5"] }, 60, [300, 400], 75)
            return page
        }
        let document = document(pages)
        #expect(document.items.allSatisfy { $0.kind != .pageHeader && $0.kind != .pageFooter })
        #expect(document.tables.reduce(0) { $0 + $1.rows.count { $0.first?.hasPrefix("Line item") == true } } == 4 * 54)
        #expect(document.tables.first?.rows.first == ["USD million", "2024", "2023"])
    }

    @Test("a title at the top of the first page is none, though later pages repeat what it says")
    func repeatedTitle() {
        let pages = (1...3).map { number in
            var page = DrawnPage(number: number)
            page.write("Example Holdings", 60, number == 1 ? 50 : 24, size: number == 1 ? 20 : 8)
            body(&page, from: 300)
            return page
        }
        let items = document(pages).items
        #expect(items.filter { $0.text.text == "Example Holdings" && $0.kind == .pageHeader }.count == 2)
    }

    @Test("rows stay apart where one of the lines between them was not found")
    func missedLine() throws {
        var page = DrawnPage()
        let rows = [
            ["Rating", "Return"], ["Buy", "above 15%"], ["Add", "5% to 15%"], ["Hold", "-5% to 5%"], ["Sell", "below -5%"],
        ]
        for (index, row) in rows.enumerated() {
            page.write(row[0], 60, 100 + 15 * Double(index), size: 9)
            page.write(row[1], 200, 100 + 15 * Double(index), size: 9)
        }
        for y in [112.5, 127.5, 142.5, 172.5] { page.rule(58, 500, y) }
        #expect(try #require(document([page]).tables.first).rows == rows)
    }

    @Test("names of columns, set off from the rows above them and ruled, begin another table")
    func secondTable() {
        var page = DrawnPage()
        let first = [
            ["RMB million", "2024", "2023"], ["Revenue", "318.6", "351.2"], ["Profit", "24.3", "38.7"], ["Cash", "47.5", "29.8"],
        ]
        let second = [
            ["RMB million", "End of 2024", "End of 2023"], ["Assets", "682.4", "654.9"], ["Equity", "385.2", "372.8"],
        ]
        page.write(first, 60, [300, 400], 100, leading: 14)
        page.write(second, 60, [300, 400], 163, leading: 14)
        for y in [112.0, 126, 140, 154, 175, 189, 203] { page.rule(58, 402, y) }
        #expect(document([page]).tables.map(\.rows) == [first, second])
    }

    @Test("ends of paragraphs and headings that are level in two columns of wide lines are no rows of a table")
    func levelEnds() throws {
        var page = DrawnPage()
        let left = [
            "公司公布年度报告，全年收入同比增长五个", "百分点，净利润增长百分之八，主要来自水", "价的调整，收入增加。", "",
            "水价调整", "公司所在的城市已经执行新的水价，按照去", "年的水量测算可以增加收入而且成本不变，", "是上市以来力度最大的一次。",
        ]
        let right = [
            "工程已经通水，今后三年没有同等规模的新", "项目，资本开支比上年减少四成，分红比率", "有望提高。", "",
            "盈利预测", "我们上调今年的净利润预测并且首次给出后", "年的预测，现金流的质量有所提升，给予更", "高的市盈率。",
        ]
        for (index, line) in left.enumerated() where !line.isEmpty {
            page.write(line, 60, 100 + 18 * Double(index), size: 11)
            page.write(right[index], 310, 100 + 18 * Double(index), size: 11)
        }
        let text = document([page]).text
        let order = try ["收入增加", "力度最大", "工程已经", "有望提高", "我们上调"].map { try #require(text.firstRange(of: $0)).lowerBound }
        #expect(order == order.sorted())
        #expect(document([page]).tables.isEmpty)
    }

    @Test("items of lists that are level in two columns are no rows of a table")
    func levelItems() throws {
        var page = DrawnPage()
        let text = ["公司公布年度报告，全年收入同比增长五个百", "分点，净利润增长百分之八，主要来自水价的"]
        for (x, name) in [(60.0, "左"), (310.0, "右")] {
            page.write(text, x, 100, size: 11, leading: 16)
            for index in 0..<3 {
                page.write("•", x, 140 + 18 * Double(index), size: 11)
                page.write("\(name)边的第\(index)项。", x + 14, 140 + 18 * Double(index), size: 11)
            }
            page.write(text, x, 200, size: 11, leading: 16)
        }
        let found = document([page])
        let order = try ["左边的第2项", "右边的第0项"].map { try #require(found.text.firstRange(of: $0)).lowerBound }
        #expect(found.tables.isEmpty && order == order.sorted())
    }

    @Test("the name of a table below two columns stays with the table, however long it is")
    func nameBelowColumns() throws {
        var page = DrawnPage()
        let line = "公司公布年度报告，全年收入同比增长五个点"
        for index in 0..<8 {
            page.write(line, 60, 100 + 16 * Double(index), size: 11)
            if index < 5 { page.write(line, 310, 100 + 16 * Double(index), size: 11) }
        }
        page.write("主要财务指标一览（人民币百万元）", 60, 240, size: 9)
        page.write(
            [["项目", "2023A", "2024A", "2025E"], ["收入", "4,372", "4,618", "4,985"], ["利润", "741", "806", "981"]], 60,
            [260, 390, 530], 256)
        page.rule(58, 532, 268)
        let outline = document([page]).outline
        let name = try #require(outline.firstIndex { $0.contains("主要财务指标") || $0.contains("项目") })
        #expect(outline[..<name].joined().count { $0 == "布" } == 13)
    }

    @Test("a title in larger type above a table does not become a row with the line above it")
    func titleAbove() throws {
        var page = DrawnPage()
        page.write("An example of names", 60, 60, size: 8)
        page.write("Report of 2025", 480, 60, size: 8)
        page.write("Statement", 60, 78, size: 14)
        let rows = [
            ["Million", "2024", "2025"], ["Sales", "483", "555"], ["Costs", "(391)", "(398)"], ["Profit", "92", "157"],
        ]
        page.write(rows, 60, [300, 520], 102)
        #expect(try #require(document([page]).tables.first).rows == rows)
    }

    @Test("recognised full-width characters have the room of their type: no blanks come between them")
    func narrowCharacters() throws {
        var words: [PageWord] = []
        for (index, character) in "悦徕餐饮公布全年业绩".enumerated() {
            // The box holds no more than a stroke.
            let middle = 66 + 11 * Double(index)
            words.append(
                PageWord(
                    text: String(character), box: PageBox(left: middle - 2, top: 100, right: middle + 2, bottom: 110),
                    confidence: 0.9, line: 0))
        }
        let page = DocumentPage(number: 1, width: 595, height: 842, source: .recognition, words: words)
        #expect(LayoutAnalyzer().document([page]).text.contains("悦徕餐饮公布全年业绩"))
    }

    @Test("a tilted scan of a table alone, whose cells are lines of their own, is read row by row")
    func tiltedTable() throws {
        var page = DrawnPage()
        let rows = [
            ["£ million", "2024", "2023"], ["Fixed assets", "118.6", "112.4"], ["Work in progress", "64.3", "70.9"],
            ["Debtors", "81.0", "76.2"], ["Cash", "31.7", "17.5"], ["Total assets", "295.6", "277.0"],
        ]
        page.write(rows, 60, [400, 540], 100, size: 9, leading: 17)
        let words = page.words.map { word in
            // A slope of 1.5 %: the last column is seven points lower than the first.
            let down = 0.015 * word.box.middleX
            let box = PageBox(
                left: word.box.left, top: word.box.top + down, right: word.box.right, bottom: word.box.bottom + down)
            return PageWord(text: word.text, box: box, confidence: 0.9, line: word.line)
        }
        let scan = DocumentPage(number: 1, width: 595, height: 842, source: .recognition, words: words)
        let document = LayoutAnalyzer().document([scan])
        #expect(try #require(document.tables.first).rows == rows)
    }

    @Test("columns within a drawn cell are columns, though no line divides them")
    func undividedColumns() throws {
        var page = DrawnPage()
        for (y, row) in [
            (103.0, ["Rating", "From", "Target", "Old", "Price"]), (116, ["Reduce", "Hold", "182p", "205p", "214p"]),
        ] {
            for (index, text) in row.enumerated() { page.write(text, 60 + 90 * Double(index), y, size: 9) }
        }
        for y in [101.0, 114.5, 128] { page.rule(50, 500, y) }
        for x in [50.0, 310, 400, 500] { page.rule(x: x, 101, 128) }
        let table = try #require(document([page]).tables.first)
        #expect(table.rows == [["Rating", "From", "Target", "Old", "Price"], ["Reduce", "Hold", "182p", "205p", "214p"]])
    }
}
