import MillDocument
import Testing

@Suite("Text layers of PDF files")
struct TextLayerTests {
    @Test("words have their line and their box from the top left, with marks of XML resolved")
    func words() async throws {
        let content = "BT /F1 12 Tf 72 720 Td (Profit & loss <x>) Tj 0 -20 Td (12.5%) Tj ET"
        let document = try await open(SamplePDF(pages: [content]).bytes)
        let page = try await document.pages(1...1)[0]
        #expect(document.kind == .pdf && page.source == .text && page.remarks.isEmpty)
        #expect(page.words.map(\.text) == ["Profit", "&", "loss", "<x>", "12.5%"])
        #expect(page.words[0].line == page.words[3].line && page.words[0].line != page.words[4].line)
        let box = page.words[0].box
        #expect(abs(box.left - 72) < 0.5 && box.top > 842 - 720 - 14 && box.bottom < 842 - 720 + 6 && box.bottom > 842 - 720)
    }

    @Test("an answer that breaks off within a word keeps the words before it, however often it does", .timeLimit(.minutes(1)))
    func brokenOff() {
        // Each of them would look for its end in all of the rest.
        let answer =
            "<page width=\"9\"><line x=\"1\"><word xMin=\"1\" yMin=\"2\" xMax=\"3\" yMax=\"4\">a</word"
            + String(repeating: "<word ", count: 500_000)
        let layers = Array(answer.utf8).withUnsafeBytes { TextLayer.read($0) }
        #expect(layers.count == 1 && layers.first?.words.map(\.text) == ["a"])
        #expect(layers.first?.words.first?.box == PageBox(left: 1, top: 2, right: 3, bottom: 4))
    }

    @Test("many pages come in order", .timeLimit(.minutes(1)))
    func order() async throws {
        let contents = (1...23).map { "BT /F1 12 Tf 72 720 Td (page \($0)) Tj ET" }
        let document = try await open(SamplePDF(pages: contents).bytes)
        #expect(document.pageCount == 23)
        #expect(try await document.pages(1...23).map(\.words.joined) == (1...23).map { "page \($0)" })
        #expect(try await document.pages(7...8).map(\.number) == [7, 8])
        await #expect(throws: DocumentError.pageOutOfRange(name: "sample", page: 24, count: 23)) {
            try await document.pages(23...24)
        }
    }

    @Test(
        "a turned page is measured as displayed, and the turn of its text is known", arguments: [0, 90, 180, 270])
    func rotation(degrees: Int) async throws {
        // The crop box is 500 x 600 and does not begin at 0.
        let content = "BT /F1 12 Tf 100 640 Td (alpha beta gamma) Tj 0 -30 Td (delta epsilon) Tj ET 100 600 200 0.7 re f"
        var file = SamplePDF(pages: [content])
        file.entries = "/CropBox [50 100 550 700] /Rotate \(degrees)"
        let document = try await open(file.bytes)
        let page = try await document.pages(1...1)[0]
        let swaps = degrees % 180 == 90
        #expect(page.width == (swaps ? 600 : 500) && page.height == (swaps ? 500 : 600))
        #expect(page.turn == degrees)
        // Upright, the line begins 50 points from the left and 60 from the top; the ruling 50 and 100.
        let word = try #require(page.words.first { $0.text == "alpha" }).box
        let ruling = try #require(page.rulings.first { max($0.box.width, $0.box.height) > 190 }).box
        #expect(page.rulings.count == 1)
        func start(_ box: PageBox) -> (Double, Double) {
            switch degrees {
            case 90: (box.top, 600 - box.right)
            case 180: (500 - box.right, 600 - box.bottom)
            case 270: (500 - box.bottom, box.left)
            default: (box.left, box.top)
            }
        }
        #expect(abs(start(word).0 - 50) < 1 && abs(start(word).1 - 50) < 4)
        #expect(abs(start(ruling).0 - 50) < 1.5 && abs(start(ruling).1 - 100) < 1.5)
    }

    @Test("words outside of the page and words that nobody sees are left out, and the remarks say so")
    func invisible() async throws {
        let content =
            "BT /F1 12 Tf 72 720 Td (seen here) Tj 0 -20 Td 3 Tr (hidden words) Tj 0 Tr 5000 0 Td (far off) Tj ET "
            + "BT 1 g /F1 12 Tf 72 600 Td (white) Tj ET"
        let page = try await open(SamplePDF(pages: [content]).bytes).pages(1...1)[0]
        #expect(page.words.joined == "seen here" && page.source == .text)
        #expect(page.remarks.contains { $0.contains("cannot be seen") })
    }

    @Test("a title cannot pass for what the file says about itself")
    func title() async throws {
        let file = SamplePDF(
            trailer: "/Info 100 0 R",
            others: ["<< /Title (x\\nPages: 77\\nPage    1 size: 5 x 5 pts\\n</title><page width=\"1\" height=\"1\">) >>"])
        let document = try await open(file.bytes)
        #expect(document.pageCount == 1 && document.pageSizes[0].width == 595)
        #expect(try await document.pages(1...1)[0].words.count == 5)
    }

    @Test("a file that was cut short is read as far as it goes, and the remarks say so")
    func cutShort() async throws {
        let contents = (1...6).map { "BT /F1 12 Tf 72 720 Td (page number \($0)) Tj ET" }
        let bytes = SamplePDF(pages: contents).bytes
        let document = try await open(Array(bytes.prefix(bytes.count * 6 / 10)))
        let pages = try await document.pages(1...document.pageCount)
        #expect(pages.count >= 2 && pages[0].words.joined == "page number 1")
        #expect(pages[0].remarks.contains { $0.contains("cut short") })
    }

    @Test("of several pages the damaged one says so")
    func damagedPage() async throws {
        let contents = ["BT /F1 12 Tf 72 720 Td (sound page) Tj ET", "BT /F1 12 Tf 72 720 Td (half) Tj 5 Tm garbage (lost) ET"]
        let pages = try await open(SamplePDF(pages: contents).bytes).pages(1...2)
        #expect(pages[0].remarks.isEmpty && pages[0].words.joined == "sound page")
        #expect(pages[1].remarks.contains("the page is damaged; text may be missing or wrong"), "\(pages[1].remarks)")
        #expect(pages[1].words.first?.text == "half")
    }

    @Test(
        "hopeless files are refused at once, with a reason",
        arguments: [
            "%PDF-1.7\n", "%PDF-1.4\nnothing of a PDF", "%PDF-1.4\n1 0 obj\n1 0 R\nendobj\ntrailer << /Root 1 0 R >>",
            "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 1 0 R /Kids [1 0 R] /Count 1 >> endobj trailer << /Root 1 0 R >>",
            "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj 2 0 obj << /Kids [] /Count 0 >> endobj trailer << /Root 1 0 R >>",
        ])
    func hopeless(text: String) async {
        await #expect(throws: DocumentError.self) { _ = try await open(text) }
    }

    @Test("pages of absurd sizes are refused")
    func sizes() async {
        await #expect(throws: DocumentError.pageSize(name: "sample", page: 1, width: 1e8, height: 1e8, limit: 14400)) {
            _ = try await open(SamplePDF(mediaBox: "[0 0 100000000 100000000]").bytes)
        }
    }

    @Test("a page that never ends is stopped at its time limit, and the error says so")
    func endless() async throws {
        let forms = (0..<30).map { number in
            let content = String(repeating: "/X Do ", count: 10)
            return "<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X \(101 + number) 0 R >> >> "
                + "/Length \(content.utf8.count) >>\nstream\n\(content)\nendstream"
        }
        var file = SamplePDF(pages: ["/X Do"])
        file.resources = "/XObject << /X 100 0 R >>"
        file.others = forms + ["<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 7 >>\nstream\n0 0 m n\nendstream"]
        let document = try await open(file.bytes, options: DocumentOptions(stepSeconds: 0.5))
        // On a busy machine it gets three times as long.
        let limits: [DocumentError] = [
            .programTimedOut(program: "pdftotext", seconds: 1.5),
            .programOverLimit(program: "pdftotext", limit: "1 s of the processor"),
        ]
        let error = await #expect(throws: DocumentError.self) { _ = try await document.pages(1...1) }
        #expect(limits.contains { $0 == error })
        // Such a page is not tried again, neither for its text nor for its picture.
        let start = ContinuousClock.now
        await #expect(throws: DocumentError.self) { _ = try await document.pages(1...1) }
        await #expect(throws: DocumentError.self) { _ = try await document.picture(1) }
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    @Test("a document on whose pages programs run into their limits is given up, and pages that can be read before are")
    func givenUp() async throws {
        let others = (0..<30).map { number in
            let content = String(repeating: "/X Do ", count: 10)
            return "<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X \(101 + number) 0 R >> >> "
                + "/Length \(content.utf8.count) >>\nstream\n\(content)\nendstream"
        }
        var file = SamplePDF()
        file.pages += [String](repeating: "/X Do", count: 40)
        file.resources = "/XObject << /X 100 0 R >>"
        file.others = others + ["<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 7 >>\nstream\n0 0 m n\nendstream"]
        let document = try await open(file.bytes, options: DocumentOptions(stepSeconds: 0.5))
        let first = try await document.pages(1...1)
        #expect(first[0].words.joined.contains("1,234.5"))
        for number in 2...3 {
            await #expect(throws: DocumentError.self) { _ = try await document.pages(number...number) }
        }
        let error = await #expect(throws: DocumentError.self) { _ = try await document.pages(4...41) }
        #expect(error?.description.contains("was given up") == true, "\(error as Any)")
    }

    @Test("a page as a picture for people")
    func picture() async throws {
        let jpeg = try await open(SamplePDF().bytes).picture(1, dpi: 50)
        #expect(jpeg?.prefix(3) == [0xFF, 0xD8, 0xFF])
    }
}

@Suite("What a text layer is worth")
struct TextQualityTests {
    private func verdict(_ text: String) -> TextQuality.Verdict {
        let box = PageBox(left: 0, top: 0, right: 10, bottom: 10)
        return TextQuality(text.split(separator: " ").map { PageWord(text: String($0), box: box, line: 0) }).verdict
    }

    private static let prose =
        "The company raised its guidance for the full year because orders recovered in the third quarter and margins improved "
        + "while input costs stayed flat and management expects demand in Europe to remain stable over the next two years"

    @Test(
        "text that is fine is left alone",
        arguments: [
            prose, "Der Vorstand erwartet für das Geschäftsjahr höhere Umsätze und ein besseres Ergebnis als im Vorjahr",
            "2023A 2024A 2025E 1,234.5 2,345.6 3,456.7 (12.3)% 45.6x 7.8 9,876 12,345 0.45 1.23 4.5% 100.0 99.9 88.8 77.7",
            "公司上半年实现营业收入一百二十亿元同比增长百分之十二归母净利润三亿元我们维持买入评级目标价三十二元五角风险提示需求不及预期",
            "func read(_ x: Int) -> [UInt8] { return bytes[x..<x + 4].map { $0 ^ 0xFF } } if (a && b) || !c { d += e[i]; }",
            "NVDA AAPL MSFT GOOGL XOM JPM BAC WMT KO PG 600519.SH 0700.HK", "EUR USD GBP CHF JPY SEK NOK",
        ])
    func good(text: String) { #expect(verdict(text) == .good) }

    @Test("letters that were shifted are doubtful")
    func shifted() {
        let shifted = String(
            String.UnicodeScalarView(
                Self.prose.unicodeScalars.map { scalar in
                    guard let value = scalar.properties.isLowercase ? scalar.value : nil else { return scalar }
                    return Unicode.Scalar((value - 97 + 7) % 26 + 97) ?? scalar
                }))
        guard case .doubtful = verdict(shifted) else {
            Issue.record("\(verdict(shifted))")
            return
        }
    }

    @Test("characters without meaning are garbage")
    func unreadable() {
        guard case .garbage(let reason) = verdict("\u{E001}\u{E002}\u{E003} \u{FFFD}\u{FFFD}\u{1} \u{E010}\u{E011}\u{E012}")
        else {
            Issue.record("not found")
            return
        }
        #expect(reason.contains("100%"))
    }

    @Test("symbols of Word become characters, and what has no width goes")
    func symbols() {
        let box = PageBox(left: 0, top: 0, right: 10, bottom: 10)
        #expect(SymbolText.readable(PageWord(text: "\u{F0B7}", box: box, line: 0)).text == "•")
        #expect(SymbolText.readable(PageWord(text: "esti\u{AD}mate\u{200B}", box: box, line: 0)).text == "estimate")
    }
}
