import MillValue
import Testing

@Suite("Text compared by its code points")
struct CodePointsTests {
    @Test("one letter written in two ways is two texts, with an order and a hash of their own")
    func letters() {
        let (composed, combined) = (CodePoints("\u{e9}"), CodePoints("e\u{301}"))
        #expect(composed.text == combined.text)
        #expect(composed != combined)
        #expect(combined < composed)
        #expect(Set([composed, combined, CodePoints("\u{e9}")]).count == 2)
    }

    @Test("the order is that of code points, not of UTF-16")
    func order() {
        #expect(CodePoints("\u{ffee}") < CodePoints("\u{1f600}"))
        #expect(CodePoints("a") < CodePoints("ab"))
        #expect(!(CodePoints("") < CodePoints("")))
    }
}
