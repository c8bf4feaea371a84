import MillEvaluation
import MillGraph
import MillNodes
import MillTensor
import Testing

@Suite("The report page")
struct ReportPageTests {
    @Test("labels stay inside the picture and cover no other one", arguments: [0.5, 0.75, 1.8])
    func labels(ratio: Double) {
        var layout = LabelLayout(pictureRatio: ratio)
        let corners = [(0.0, 0.0), (0.1, 0.0), (0.9, 0.95), (0.85, 0.97), (-0.2, 0.5), (0.05, 0.52), (0.1, 0.5)]
        for (left, top) in corners { layout.add(text: "window closed left 95 %", left: left, top: top) }
        #expect(layout.boxes.count == corners.count)
        let rounding = 1e-9
        for (index, box) in layout.boxes.enumerated() {
            #expect(box.left >= 0 && box.top >= 0 && box.right <= 1 + rounding && box.bottom <= 1 + rounding)
            for other in layout.boxes[..<index] {
                let isBeside = box.right <= other.left + rounding || other.right <= box.left + rounding
                let isAboveOrBelow = box.bottom <= other.top + rounding || other.bottom <= box.top + rounding
                #expect(isBeside || isAboveOrBelow)
            }
        }
    }

    @Test("a label with room stands at its object's corner")
    func place() {
        var layout = LabelLayout(pictureRatio: 0.75)
        layout.add(text: "lamp", left: 0.25, top: 0.5)
        #expect(layout.boxes[0].left == 0.25 && layout.boxes[0].top == 0.5)
    }

    @Test("a picture that cannot be decoded is not shown; the reason is")
    func damaged() throws {
        var frame = FrameRecord(sequence: 0, key: "torn.jpg", time: 0)
        frame.picture = try Tensor.allocate(.u8, [16])
        let failure = PacketFailure(node: "image", key: "torn.jpg", sequence: 0, reason: "damaged <JPEG>")
        let page = LoopReportPage(title: "t", summary: "", frames: [frame], graph: "", tables: [], failures: [failure]).html
        #expect(!page.contains("<img"))
        #expect(page.contains("image: damaged &lt;JPEG&gt;"))
    }
}
