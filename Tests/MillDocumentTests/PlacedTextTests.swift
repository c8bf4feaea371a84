import MillDocument
import Testing

@Suite("Text with its places")
struct PlacedTextTests {
    private func place(_ left: Double, _ top: Double, _ width: Double, page: Int = 1) -> PagePlace {
        PagePlace(page: page, box: PageBox(left: left, top: top, right: left + width, bottom: top + 10))
    }

    @Test("the words of one line have one box, those of the next another")
    func lines() {
        var text = PlacedText()
        text.append("net", at: place(10, 20, 30))
        text.append(" ")
        text.append("profit", at: place(45, 20, 60))
        text.append(" ")
        text.append("rose", at: place(10, 34, 40))
        #expect(text.text == "net profit rose")
        #expect(text.places(of: 0..<10) == [place(10, 20, 95)])
        #expect(text.places(of: 4..<15) == [place(45, 20, 60), place(10, 34, 40)])
        #expect(text.places(of: 3..<4).isEmpty)
    }

    @Test("part of a word is part of its box; full-width characters count twice")
    func parts() {
        var text = PlacedText()
        text.append("目标价12", at: place(0, 0, 80))
        #expect(text.places(of: 3..<5) == [place(60, 0, 20)])
        #expect(text.places(of: 0..<3) == [place(0, 0, 60)])
    }

    @Test("texts that are joined keep their places and confidence")
    func joined() {
        var first = PlacedText()
        first.append("a", at: place(0, 0, 5), confidence: 0.5)
        var second = PlacedText()
        second.append("b", at: place(0, 0, 5, page: 2))
        first.append("\n")
        first.append(second)
        #expect(first.text == "a\nb" && first.count == 3)
        #expect(first.places(of: 0..<3) == [place(0, 0, 5), place(0, 0, 5, page: 2)])
        #expect(first.confidence(of: 0..<3) == 0.5 && first.confidence(of: 2..<3) == 1)
    }
}
