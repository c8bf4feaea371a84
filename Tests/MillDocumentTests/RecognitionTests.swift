import MillDocument
import MillImage
import MillTensor
import Testing

@Suite("Recognition of scans")
struct RecognitionTests {
    private static let lines = [
        "Net sales came to 312.8 million, five percent", "below the record of the year before. Orders",
        "recovered from September onwards, and the",
        "order book stood at 118 million at the end.",
    ]

    /// A page of text and a ruled table.
    private static var page: SamplePDF {
        var content = "BT /F1 14 Tf 72 760 Td 20 TL "
        for line in lines { content += "(\(line)) Tj T* " }
        content += "ET 0.7 w "
        for row in 0...3 { content += "72 \(600 - 24 * row) m 420 \(600 - 24 * row) l S " }
        for column in [72, 220, 320, 420] { content += "\(column) 600 m \(column) 528 l S " }
        for (row, cells) in [["Item", "2024", "2025"], ["Revenue", "1,234.5", "1,345.6"], ["Profit", "98.7", "(12.3)"]]
            .enumerated()
        {
            for (column, cell) in zip([76, 224, 324], cells) {
                content += "BT /F1 11 Tf \(column) \(583 - 24 * row) Td (\(cell)) Tj ET "
            }
        }
        return SamplePDF(pages: [content])
    }

    /// The page as a scanner would deliver it.
    private func scan(dpi: Double = 150) async throws -> [UInt8] {
        try #require(try await open(Self.page.bytes).picture(1, dpi: dpi, quality: 90))
    }

    @Test("a page whose numbers are mostly guessed is damaged, not just read")
    func guessedNumbers() throws {
        func page(sure: Int, guessed: Int) throws -> DocumentPage {
            let words = (0..<sure + guessed).flatMap { index in
                ["Revenue", "1,2\(index)"].enumerated().map { column, text in
                    let (left, top) = (72 + 120 * Double(column), 72 + 14 * Double(index))
                    return PageWord(
                        text: text, box: PageBox(left: left, top: top, right: left + 60, bottom: top + 11),
                        confidence: column == 1 && index >= sure ? 0.2 : 0.95, line: index)
                }
            }
            let analysis = try PageAnalysis(
                number: 1, size: PDFInformation.Page(width: 595, height: 842), words: [], picture: nil, remarks: [], complaint: ""
            )
            let reason = PageAnalysis.Reason(text: "the page has no text layer", isDoubtful: false)
            return analysis.page(with: Recognition(words: words), because: reason)
        }
        let lost = try page(sure: 4, guessed: 12)
        #expect(lost.isDamaged && lost.remarks.contains { $0.contains("12 of its 16 numbers are hardly readable") })
        let fine = try page(sure: 12, guessed: 4)
        #expect(!fine.isDamaged && fine.words.count == 32)
    }

    @Test("places of a crooked page lie on it")
    func crooked() async throws {
        var content = "q 0.9986 0.0523 -0.0523 0.9986 30 -20 cm "
        for row in 0..<9 {
            content += "BT /F1 11 Tf 0 \(800 - 93 * row) Td (Edge of the sheet with words that reach as far as 1,234.5) Tj ET "
        }
        let jpeg = try #require(try await open(SamplePDF(pages: [content + "Q"]).bytes).picture(1, dpi: 150, quality: 90))
        let page = try await open(jpeg).pages(1...1)[0]
        #expect(!page.words.isEmpty)
        for box in page.words.map(\.box) + page.rulings.map(\.box) + page.pictures {
            #expect(box.left >= 0 && box.top >= 0 && box.right <= page.width + 0.01 && box.bottom <= page.height + 0.01)
        }
    }

    @Test("a picture is read with its table, and boxes are where the words stand")
    func picture() async throws {
        let document = try await open(try await scan())
        let page = try await document.pages(1...1)[0]
        #expect(document.kind == .jpeg && page.source == .recognition && page.turn == 0)
        #expect(abs(page.width - 595) < 1 && abs(page.height - 842) < 1)
        let original = try await open(Self.page.bytes).pages(1...1)[0].words
        let found = original.count { word in
            page.words.contains {
                $0.text == word.text && abs($0.box.middleX - word.box.middleX) < 4 && abs($0.box.middleY - word.box.middleY) < 6
            }
        }
        #expect(found >= original.count - 2)
        #expect(page.rulings.count == 8)
        #expect(page.words.allSatisfy { (0...1).contains($0.confidence) } && page.words.count { $0.confidence > 0.8 } > 30)
        let again = try await document.picture(1, dpi: 50)
        #expect(again?.prefix(3) == [0xFF, 0xD8, 0xFF])
    }

    @Test("pages that lie on their side or head are read, and the words stay where the ink is", arguments: [90, 180, 270])
    func turned(degrees: Int) async throws {
        var file = Self.page
        // Without a text layer: the words are drawn as a picture of themselves.
        file.entries = "/Rotate \(degrees)"
        let picture = try #require(try await open(file.bytes).picture(1, dpi: 150, quality: 90))
        let expected = try await open(file.bytes).pages(1...1)[0].words
        let page = try await open(picture).pages(1...1)[0]
        #expect(page.turn == degrees)
        for text in ["312.8", "September", "1,345.6"] {
            let word = try #require(page.words.first { $0.text == text })
            let place = try #require(expected.first { $0.text == text })
            #expect(abs(word.box.middleX - place.box.middleX) < 6 && abs(word.box.middleY - place.box.middleY) < 6)
        }
    }

    @Test("a page of columns with lines from top to bottom stands as it is")
    func columns() async throws {
        var content = "1 w "
        for column in [60, 230, 330, 430, 530] { content += "\(column) 800 m \(column) 60 l S " }
        for (index, line) in Self.lines.enumerated() {
            let y = 740 - 160 * index
            content += "BT /F1 11 Tf 66 \(y) Td (\(line.prefix(24))) Tj ET BT /F1 11 Tf 240 \(y) Td (1,23\(index).5) Tj ET "
            content += "BT /F1 11 Tf 340 \(y) Td (9\(index)8.7) Tj ET "
        }
        let scan = try #require(try await open(SamplePDF(pages: [content]).bytes).picture(1, dpi: 150, quality: 90))
        let page = try await open(scan).pages(1...1)[0]
        #expect(page.turn == 0 && page.words.joined.contains("1,232.5") && page.words.joined.contains("928.7"))
    }

    @Test("a page with nothing but one short line is read")
    func oneLine() async throws {
        let content = "BT /F1 13 Tf 290 400 Td (Total 1,234.56) Tj ET"
        let scan = try #require(try await open(SamplePDF(pages: [content]).bytes).picture(1, dpi: 150, quality: 90))
        let page = try await open(scan).pages(1...1)[0]
        #expect(page.turn == 0 && page.words.joined == "Total 1,234.56" && !page.isDamaged)
    }

    @Test("a text layer of nonsense is replaced by what is seen, and the remarks say why")
    func garbage() async throws {
        // The font's characters are mapped to a private area.
        let map = "begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <e020> endbfrange endcmap"
        var file = Self.page
        file.resources = "/ProcSet [/PDF]"
        file.others = ["<< /Length \(map.utf8.count) >>\nstream\n\(map)\nendstream"]
        let bytes = String(decoding: file.bytes, as: UTF8.self)
        let garbled = bytes.split(separator: "/BaseFont /Helvetica >>", maxSplits: 1)
        let document = try await open(garbled[0] + "/BaseFont /Helvetica /ToUnicode 100 0 R >>" + garbled[1])
        let page = try await document.pages(1...1)[0]
        #expect(page.source == .recognition && page.words.contains { $0.text == "September" })
        #expect(page.remarks.contains { $0.contains("unusable") })
    }

    @Test("an empty page has no words and is not recognised")
    func empty() async throws {
        let page = try await open(SamplePDF(pages: [""]).bytes).pages(1...1)[0]
        #expect(page.source == .none && page.words.isEmpty && page.remarks.isEmpty)
    }

    @Test("a language that is not installed is named with its package")
    func language() async throws {
        let options = DocumentOptions(languages: ["xyz_abc"])
        let picture = try await scan()
        await #expect(throws: DocumentError.languageMissing(language: "xyz_abc", package: "tesseract-ocr-xyz-abc")) {
            _ = try await open(picture, options: options).pages(1...1)
        }
    }

    @Test("marks without meaning are no words")
    func specks() {
        func word(_ text: String, _ confidence: Double) -> PageWord {
            PageWord(text: text, box: PageBox(left: 0, top: 0, right: 10, bottom: 10), confidence: confidence, line: 0)
        }
        let kept = Specks.removed([
            word("|", 0.9), word("—", 0.3), word("x", 0.1), word("7", 0.6), word("Profit", 0.3), word("%", 0.9), word("率", 0.9),
        ])
        #expect(kept.map(\.text) == ["7", "Profit", "%", "率"])
    }
}

@Suite("Numbers on Chinese pages")
struct SecondReadingTests {
    private func word(_ text: String, _ left: Double, _ confidence: Double = 0.6, line: Int = 0) -> PageWord {
        let width = 10.0 * Double(text.count)
        return PageWord(
            text: text, box: PageBox(left: left, top: 0, right: left + width, bottom: 12), confidence: confidence, line: line)
    }

    @Test("lost points come back, parts of a number come together, and what is less sure stays")
    func merged() {
        let first = [word("收入", 0), word("2947", 40), word("186", 100), word(".4", 130), word("亿", 160), word("EPS", 200, 0.9)]
        let second = [word("2,947", 38), word("186.4", 100, 0.9), word("FPS", 200, 0.5), word("lost", 400, 0.9)]
        let result = SecondReading.merged(first, second)
        #expect(result.map(\.text) == ["收入", "2,947", "186.4", "亿", "EPS"])
    }

    @Test("strokes of the character beside a number are no marks of it; brackets that close are")
    func strokes() {
        let first = [word("2025", 0), word("年", 40, 0.9), word("940", 60), word("(391)", 120), word("318", 200)]
        let second = [word("2025:", 0, 0.9), word("9.40}", 60, 0.9), word("(391)", 120, 0.9), word("318)", 200, 0.9)]
        let result = SecondReading.merged(first, second)
        #expect(result.map(\.text) == ["2025", "年", "9.40", "(391)", "318"])
    }
}
