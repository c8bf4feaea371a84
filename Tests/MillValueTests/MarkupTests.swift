import MillValue
import Testing

@Suite("Text in markup")
struct MarkupTests {
    @Test("what means something in markup is written out, also under an accent")
    func escaping() {
        #expect("a<b & \"c\">".escapedForMarkup == "a&lt;b &amp; &quot;c&quot;&gt;")
        // With an accent each of them is another character in Swift; the browser still sees the sign.
        let signs = "\"\u{301} x=<\u{FE0F}&\u{200D}>\u{20DD}".escapedForMarkup
        #expect(Array(signs.unicodeScalars) == Array("&quot;\u{301} x=&lt;\u{FE0F}&amp;\u{200D}&gt;\u{20DD}".unicodeScalars))
        #expect("公司 é 🏠\r\n".escapedForMarkup == "公司 é 🏠\r\n")
    }
}
