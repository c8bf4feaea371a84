import MillDocument
import Testing

@Suite("Pages that mean harm")
struct LayoutBoundsTests {
    private func page(_ words: [PageWord], rulings: [DocumentPage.Ruling] = []) -> DocumentPage {
        DocumentPage(number: 1, width: 600, height: 800, source: .text, words: words, rulings: rulings)
    }

    @Test(
        "a hundred thousand words at one place, over one another, in one line or in one column are read",
        .timeLimit(.minutes(1)))
    func manyWords() {
        let count = 100_000
        func words(_ box: (Int) -> PageBox) -> [PageWord] {
            (0..<count).map { PageWord(text: $0.isMultiple(of: 3) ? "1,234" : "word", box: box($0), line: $0 / 50) }
        }
        var generator: UInt64 = 1
        func random(_ limit: Double) -> Double {
            generator = generator &* 6_364_136_223_846_793_005 &+ 1
            return Double(generator >> 33) / Double(1 << 31) * limit
        }
        let pages = [
            words { _ in PageBox(left: 100, top: 100, right: 120, bottom: 110) },
            words { _ in PageBox(left: 0, top: 0, right: 600, bottom: 800) },
            words { PageBox(left: Double($0) * 0.006, top: 100, right: Double($0) * 0.006 + 0.001, bottom: 110) },
            words { PageBox(left: 100, top: Double($0) * 0.008, right: 120, bottom: Double($0) * 0.008 + 0.001) },
            words { _ in
                let (x, y) = (random(580), random(790))
                return PageBox(left: x, top: y, right: x + 10, bottom: y + 8)
            },
        ]
        for words in pages {
            let document = LayoutAnalyzer().document([page(words)])
            #expect(document.items.reduce(0) { $0 + $1.text.pieces.count } == count)
        }
    }

    @Test("boxes that are no numbers, endless, inverted or far away are left out")
    func badBoxes() {
        let nan = Double.nan
        let boxes = [
            PageBox(left: nan, top: 0, right: 10, bottom: 10), PageBox(left: 0, top: 0, right: .infinity, bottom: 10),
            PageBox(left: 50, top: 50, right: 10, bottom: 10), PageBox(left: 1e9, top: 0, right: 2e9, bottom: 10),
        ]
        let bad = boxes.map { PageWord(text: "bad", box: $0, confidence: nan, line: 0) }
        let huge = PageWord(text: "huge", box: PageBox(left: -1e300, top: -1e300, right: 1e300, bottom: 1e300), line: 1)
        let good = PageWord(text: "good", box: PageBox(left: 50, top: 300, right: 80, bottom: 310), line: 2)
        let document = LayoutAnalyzer().document([page(bad + [huge, good], rulings: boxes.map { DocumentPage.Ruling(box: $0) })])
        #expect(document.text.contains("good") && !document.text.contains("bad"))
    }

    @Test("pages of no size, without words or with blank words give no items")
    func nothing() {
        let blank = PageWord(text: " \n", box: PageBox(left: 0, top: 0, right: 5, bottom: 5), line: 0)
        for size in [0, .nan, .infinity, -5, 1e12] {
            let page = DocumentPage(number: 1, width: size, height: size, source: .none, words: [blank])
            #expect(LayoutAnalyzer().document([page]).items.isEmpty)
        }
        #expect(LayoutAnalyzer().document([DocumentPage]()).items.isEmpty)
    }

    @Test("thousands of drawn lines do not make the time explode", .timeLimit(.minutes(1)))
    func manyRulings() {
        let rulings = (0..<4_000).flatMap { index -> [DocumentPage.Ruling] in
            let position = Double(index) * 0.15
            return [
                DocumentPage.Ruling(box: PageBox(left: 0, top: position, right: 600, bottom: position)),
                DocumentPage.Ruling(box: PageBox(left: position, top: 0, right: position, bottom: 800)),
            ]
        }
        let words = (0..<2_000).map { index in
            let (x, y) = (Double(index % 40) * 15, Double(index / 40) * 16)
            return PageWord(text: "12", box: PageBox(left: x, top: y, right: x + 8, bottom: y + 9), line: index / 40)
        }
        #expect(LayoutAnalyzer().document([page(words, rulings: rulings)]).items.reduce(0) { $0 + $1.text.pieces.count } == 2_000)
    }

    @Test("words beyond the limit are left out, and the page says so")
    func limit() {
        var options = LayoutAnalyzer.Options()
        options.maximumWords = 2
        let words = (0..<5).map {
            PageWord(
                text: "w\($0)", box: PageBox(left: 50 + 30 * Double($0), top: 300, right: 70 + 30 * Double($0), bottom: 310),
                line: 0)
        }
        let document = LayoutAnalyzer(options: options).document([page(words)])
        #expect(document.text == "w0 w1")
        #expect(document.pages[0].remarks.count == 1)
    }
}
