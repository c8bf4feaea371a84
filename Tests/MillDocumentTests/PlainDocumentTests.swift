import MillDocument
import Testing

@Suite("Text and Markdown files")
struct PlainDocumentTests {
    @Test("Markdown becomes headings, paragraphs, list items and tables")
    func markdown() async throws {
        let text = """
            # Interim **results**

            Revenue rose by *12%* to [RMB 1.2bn](http://x/y),
            as planned.

            - net profit 3
            - margin 4
            2. second

            ## Outlook

            | Item | 2024 | 2025E |
            |---|---:|---:|
            | Revenue | 1,200 | **1,300** |
            | 净利润 |  | 130 |
            """
        let document = try await open(text)
        let items = try #require(document.structure).items
        #expect(document.kind == .markdown)
        #expect(
            items.map(\.kind) == [
                .title, .paragraph, .listItem(marker: "-"), .listItem(marker: "-"), .listItem(marker: "2."), .heading(level: 2),
                .table,
            ])
        #expect(items[0].text.text == "Interim results")
        #expect(items[1].text.text == "Revenue rose by 12% to RMB 1.2bn, as planned.")
        let table = try #require(items[6].table)
        #expect(table.rowCount == 3 && table.columnCount == 3 && table.headerRowCount == 1 && table.headerColumnCount == 1)
        #expect(table.cells.map(\.text.text) == ["Item", "2024", "2025E", "Revenue", "1,200", "1,300", "净利润", "130"])
        #expect(items[6].text.text == "Item\t2024\t2025E\nRevenue\t1,200\t1,300\n净利润\t\t130")
    }

    @Test("every word has the place of its line and column")
    func places() async throws {
        let items = try #require(try await open("First line\n\n公司上半年\n营业收入").structure).items
        #expect(items.map(\.text.text) == ["First line", "公司上半年营业收入"])
        // Lines are 12 points high, cells 6 points wide, 36 points from the edges.
        #expect(
            items[0].text.places(of: 6..<10)
                == [PagePlace(page: 1, box: PageBox(left: 72, top: 36, right: 96, bottom: 48))])
        #expect(
            items[1].text.places(of: 5..<7)
                == [PagePlace(page: 1, box: PageBox(left: 36, top: 72, right: 60, bottom: 84))])
    }

    @Test("columns of plain text that stand apart are a table")
    func aligned() async throws {
        let text = "Figures\n\nItem        2023    2024\nRevenue     1,200   1,300\nNet profit  120     140\n\nEnd of it."
        let document = try await open(text)
        let items = try #require(document.structure).items
        #expect(document.kind == .text && items.map(\.kind) == [.paragraph, .table, .paragraph])
        #expect(
            items[1].table?.cells.map(\.text.text) == [
                "Item", "2023", "2024", "Revenue", "1,200", "1,300", "Net profit", "120", "140",
            ])
    }

    @Test("a line of thousands of bars above many short ones makes no grid of millions of places")
    func sparseTable() async throws {
        let wide = String(repeating: "|a", count: 3000) + "|\n" + String(repeating: "|-", count: 3000) + "|\n"
        let document = try #require(
            try await open(wide + String(repeating: "|1|\n", count: 3000), name: "a.md").structure)
        #expect(document.items.allSatisfy { $0.table == nil } && document.items.count == 3002)
        #expect(document.markdown().utf8.count < 100_000)
    }

    @Test("long tables and lines of marks take no longer than their length")
    func long() async throws {
        let table = "|a|b|\n|-|-|\n" + String(repeating: "|Revenue|1,234|\n", count: 20_000)
        let start = ContinuousClock.now
        let document = try #require(try await open(table).structure)
        #expect(document.items.first?.table?.cells.count == 40_002)
        let quotes = "# A\n\n" + String(repeating: "> ", count: 100_000) + "word\n"
        #expect(try await open(quotes).structure?.items.last?.text.text == "word")
        // Work that grows with the square would take minutes.
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("a text file is one page of words and has no picture")
    func page() async throws {
        let document = try await open("One two\r\nthree")
        let pages = try await document.pages(1...1)
        #expect(document.pageCount == 1 && pages[0].words.map(\.text) == ["One", "two", "three"])
        #expect(pages[0].words.map(\.line) == [0, 0, 1] && pages[0].source == .text)
        #expect(try await document.picture(1) == nil)
    }

    @Test("lines end with a line feed, a carriage return, or both", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(_ end: String) async throws {
        let document = try await open(["Rating: Buy", "", "Target price: USD 4.00", ""].joined(separator: end))
        let words = try await document.pages(1...1)[0].words
        #expect(words.joined == "Rating: Buy Target price: USD 4.00")
        #expect(Set(words.map(\.line)) == [0, 2] && document.pageSizes[0].height == 842)
    }
}
