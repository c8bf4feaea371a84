import MillDocument
import Testing

@Suite("Reading order, paragraphs and headings")
struct LayoutReadingTests {
    private let analyzer = LayoutAnalyzer()

    private func prose(_ start: String, lines: Int = 6) -> [String] {
        (0..<lines).map { index in
            "\(index == 0 ? start : "and then") the markets moved as anyone had foreseen\(index + 1 == lines ? "." : "")"
        }
    }

    @Test("two columns are read one after the other, below the title that is over both and above what is below both")
    func columns() throws {
        var page = DrawnPage()
        page.write("A full title that runs over the two columns of it", 60, 60, size: 20)
        page.write(prose("Left"), 60, 120)
        page.write(prose("Right"), 320, 120)
        page.write(
            ["Below both columns there is a line that crosses the gutter and goes on to the right edge of the page."], 60, 240)
        let text = analyzer.document([page.page]).text
        let order = try ["A full title", "Left", "Right", "Below both"].map { try #require(text.firstRange(of: $0)).lowerBound }
        #expect(order == order.sorted())
        #expect(text.contains("foreseen and then the markets"))
    }

    @Test("a box of names and values beside the text does not mix with it")
    func sideBox() throws {
        var page = DrawnPage()
        page.write(prose("Growth", lines: 9), 60, 100)
        page.write(
            [["Rating", "Buy"], ["Target price", "HK$12.3"], ["Ticker", "1234 HK"], ["Market cap", "HK$31bn"]], 420, [540], 103,
            leading: 12)
        let document = analyzer.document([page.page])
        #expect(document.tables.first?.rowCount == 4)
        let text = try #require(document.items.first { $0.kind == .paragraph }).text.text
        #expect(text.hasPrefix("Growth the markets") && !text.contains("Buy"))
    }

    @Test("hyphens at line ends go, those of compounds stay; Chinese lines are joined without blanks")
    func joining() {
        var page = DrawnPage()
        page.write(
            [
                "Earnings grew strongly on a year-on-", "year basis because the new manage-",
                "ment reduced what it spent in the long-",
                "term plan and in others that it had.",
            ], 60, 100)
        page.write(["公司上半年实现营业收入同比增长", "百分之二十，超出市场预期。"], 60, 200)
        let text = analyzer.document([page.page]).text
        #expect(text.contains("year-on-year basis because the new management reduced"))
        #expect(text.contains("long-term plan"))
        #expect(text.contains("同比增长百分之二十，超出"))
    }

    @Test("headings have the levels of their numbers or sizes; list items have their markers")
    func structure() {
        var page = DrawnPage()
        page.write("Annual report", 60, 60, size: 24)
        page.write("1. Business review", 60, 110, size: 14)
        page.write(prose("Demand"), 60, 135)
        page.write("1.1 Segments", 60, 235, size: 12)
        page.write(prose("Sales", lines: 3), 60, 258)
        page.write(["• first point of the list", "• second point of the list"], 70, 312)
        page.write(["（1）原材料价格波动的风险；", "（2）行业竞争加剧的风险。"], 70, 352)
        let kinds = analyzer.document([page.page]).items.map(\.kind)
        #expect(
            kinds == [
                .title, .heading(level: 1), .paragraph, .heading(level: 2), .paragraph, .listItem(marker: "•"),
                .listItem(marker: "•"),
                .listItem(marker: "（1）"), .listItem(marker: "（2）"),
            ])
    }

    @Test("what repeats at the edges of pages is running text, odd and even pages apart; page numbers too")
    func running() {
        let pages = (1...4).map { number in
            var page = DrawnPage(number: number)
            page.write(number.isMultiple(of: 2) ? "Acme Holdings Limited" : "Annual report 2024", 60, 30, size: 8)
            page.write(prose("Page \(number) says"), 60, 100)
            page.write("\(number + 10)", 290, 810, size: 8)
            return page.page
        }
        let document = analyzer.document(pages)
        #expect(document.items.count { $0.kind == .pageHeader } == 4)
        #expect(document.items.filter { $0.kind == .pageFooter }.map(\.text.text) == ["11", "12", "13", "14"])
        #expect(!document.text.contains("Annual report") && !document.text.contains("Acme"))
    }

    @Test("a paragraph that goes on on the next page is one, with a place on each")
    func overPages() throws {
        var first = DrawnPage(number: 1)
        first.write(prose("Costs").dropLast() + ["which had been expected by the board of this"], 60, 100)
        var second = DrawnPage(number: 2)
        second.write(["company for a long time, as the reader may know.", "It closed."], 60, 100)
        let item = try #require(analyzer.document([first.page, second.page]).items.first { $0.kind == .paragraph })
        #expect(item.text.text.contains("board of this company for"))
        #expect(item.places.map(\.page) == [1, 2])
    }

    @Test("turned pages read the same, and their boxes stay where the ink is", arguments: [90, 180, 270])
    func turned(turn: Int) throws {
        var page = DrawnPage()
        page.write("Results", 60, 60, size: 18)
        page.write([["Item", "2023", "2024"], ["Revenue", "1,234", "1,500"], ["Tax", "(50)", "(61)"]], 60, [260, 330], 100)
        let upright = analyzer.document([page.page])
        let turned = analyzer.document([page.page(turned: turn)])
        #expect(turned.outline == upright.outline)
        let table = try #require(turned.tables.first)
        let ink = page.page(turned: turn).words.first { $0.text == "1,500" }?.box
        #expect(table.cells.first { $0.text.text == "1,500" }?.text.pieces[0].place.box == ink)
    }

    @Test("a slanted scan with jitter gives the same table")
    func slanted() throws {
        var page = DrawnPage()
        let rows = (0..<8).map { ["Name of row \($0)", "\(100 + $0).5", "\(200 + $0).5", "\(300 + $0).5"] }
        page.write([["EUR", "2022", "2023", "2024"]] + rows, 60, [300, 400, 500], 100, leading: 15)
        let words = page.words.enumerated().map { index, word in
            let jitter = [0.6, -0.5, 0.2, -0.7, 0.4][index % 5]
            let shift = 0.02 * word.box.middleX + jitter
            let box = PageBox(
                left: word.box.left + jitter, top: word.box.top + shift, right: word.box.right + jitter,
                bottom: word.box.bottom + shift)
            return PageWord(text: word.text, box: box, confidence: 0.9, line: word.line / 4)
        }
        let scan = DocumentPage(number: 1, width: 595, height: 842, source: .recognition, words: words)
        let table = try #require(analyzer.document([scan]).tables.first)
        #expect(table.rows == [["EUR", "2022", "2023", "2024"]] + rows)
    }
}
