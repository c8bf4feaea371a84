import MillDocument
import Testing

@Suite("What Tesseract answers")
struct TesseractAnswerTests {
    private func words(_ rows: String...) -> [PageWord] {
        var table = Array((["level\tpage_num"] + rows).joined(separator: "\n").utf8)
        return table.withUnsafeMutableBytes { Tesseract.read(UnsafeRawBufferPointer($0), width: 100, height: 50) }
    }

    @Test("words have boxes, lines and certainties")
    func words() {
        let found = words(
            "4\t1\t1\t1\t1\t0\t0\t0\t90\t10\t-1\t", "5\t1\t1\t1\t1\t1\t10\t5\t20\t10\t96.5\tNet",
            "5\t1\t1\t1\t1\t2\t40\t5\t20\t10\t80\tsales", "5\t1\t1\t1\t2\t1\t10\t25\t20\t10\t30\t12%")
        #expect(found.map(\.text) == ["Net", "sales", "12%"] && found.map(\.line) == [0, 0, 1])
        #expect(found[0].box == PageBox(left: 10, top: 5, right: 30, bottom: 15) && found[0].confidence == 0.965)
    }

    @Test("nothing reaches beyond the picture, whatever the numbers are")
    func beyond() {
        let most = "\(Int.max)"
        let found = words(
            "5\t1\t1\t1\t1\t1\t90\t45\t\(most)\t\(most)\t90\tlong", "5\t1\t1\t1\t1\t2\t\(most)\t5\t20\t10\t90\tfar",
            "5\t1\t1\t1\t1\t3\t\(Int.min)\t-3\t20\t10\t1e400\tnear", "5\t1\t1\t1\t1\t4\t1\t1\t0\t-4\t90\tflat",
            "5\t1\t1\t1\t1\t5\t1\t1\t5\t5\tnan\tunsure")
        #expect(found.map(\.text) == ["long", "near"])
        #expect(found[0].box == PageBox(left: 90, top: 45, right: 100, bottom: 50))
        #expect(found[1].box == PageBox(left: 0, top: 0, right: 20, bottom: 10) && found[1].confidence == 1)
    }
}
