import MillValue
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "documents are read and written again",
        arguments: [
            "null", "true", "-0.5", "12", "9223372036854775807", "\"\"", "[]", "{}", "[1,[2,{\"a\":[]}],\"x\"]",
            "{\"b\":1,\"a\":{\"c\":null}}",
            "\"ä🙂\\\"\\\\\\n\\u0001\"",
        ])
    func roundTrip(text: String) throws { #expect(try JSON.parse(text).json() == text) }

    @Test(
        "values mean what RFC 8259 says",
        arguments: [
            ("  1 \n", 1), ("1.0", 1.0), ("1e2", 100.0), ("1E+2", 100.0), ("-0", 0),
            ("9223372036854775808", 9223372036854775808.0),
            (#""\u00e9\/\b\f\r\t""#, "é/\u{8}\u{c}\r\t"), (#""\ud83d\ude42""#, "🙂"), (#"{"a" : [ 1 , 2 ] }"#, ["a": [1, 2]]),
            (#""\u0000""#, "\0"),
        ] as [(String, Value)])
    func values(text: String, expected: Value) throws { #expect(try JSON.parse(text) == expected) }

    @Test(
        "what is no JSON is refused with its place",
        arguments: [
            ("", 1, 1, "the text ends"), ("{", 1, 2, "a string as key"), ("[1,]", 1, 4, "expected a value"),
            ("[1 2]", 1, 4, "',' or ']'"), ("{\"a\":1,}", 1, 8, "a string as key"),
            ("{\"a\" 1}", 1, 6, "':'"), ("{\"a\":1\n,\"a\":2}", 2, 2, "duplicate key \"a\""), ("01", 1, 1, "start with 0"),
            ("1.", 1, 3, "digits after '.'"), ("1e", 1, 3, "digits in the exponent"),
            ("+1", 1, 1, "expected a value"), (".5", 1, 1, "expected a value"), ("nul", 1, 1, "expected a value"),
            ("1 2", 1, 3, "follows the end"), ("\"a", 1, 1, "does not end"),
            ("\"a\nb\"", 1, 3, "control character"), (#""\x""#, 1, 3, "unknown escape"), (#""\ud800""#, 1, 8, "high surrogate"),
            (#""\udc00""#, 1, 8, "low surrogate"), (#""\u12g4""#, 1, 4, "hexadecimal"),
            ("1e999", 1, 1, "too large"), ("\u{FEFF}1", 1, 1, "expected a value"), ("NaN", 1, 1, "expected a value"),
            ("'a'", 1, 1, "expected a value"), ("// x\n1", 1, 1, "expected a value"),
        ])
    func refused(text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: JSON.ParseError.self) { try JSON.parse(text) }
        #expect(error?.line == line && error?.column == column, "\(String(describing: error))")
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test(
        "bytes that are no UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: JSON.ParseError.self) { try JSON.parse(bytes: [0x22] + bytes + [0x22]) }
    }

    @Test("nesting is bounded")
    func depth() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try JSON.parse(nested(256)).list?.count == 1)
        #expect(throws: JSON.ParseError.self) { try JSON.parse(nested(257)) }
        #expect(throws: JSON.ParseError.self) { try JSON.parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSON.ParseError.self) { try JSON.parse("[[1]]", maximumDepth: 2) }
    }

    @Test("pretty output is indented by two spaces; what JSON cannot hold becomes null")
    func pretty() {
        let value: Value = ["a": [1, ["b": .double(.nan)]], "c": [], "d": [:]]
        #expect(
            value.json(pretty: true)
                == "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}")
    }
}
