import MillValue
import Testing

@Suite("Natural order and Base64")
struct NaturalOrderTests {
    @Test("digits are compared by their value, everything else by code points")
    func order() {
        let sorted = ["", "1", "01", "2", "10", "99999999999999999999999", "a", "a2.pdf", "a2b", "a10", "b", "研报2", "研报10"]
        for (i, first) in sorted.enumerated() {
            for (j, second) in sorted.enumerated() where first != "1" && first != "01" || second != "1" && second != "01" {
                #expect(first.precedesNaturally(second) == (i < j), "\(first) \(second)")
            }
        }
        #expect("1".precedesNaturally("01") != "01".precedesNaturally("1"))
        #expect("caf\u{E9}".precedesNaturally("cafe\u{301}") != "cafe\u{301}".precedesNaturally("caf\u{E9}"))
    }

    @Test(
        "the examples of RFC 4648",
        arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")])
    func base64(_ text: String, _ expected: String) { #expect(Base64.encode(text.utf8Span.span.bytes) == expected) }
}
