import MillExpression
import MillValue
import Testing

@Suite("CEL compares numbers exactly and text by its code points")
struct CELComparisonTests {
    @Test(
        "whole numbers and doubles",
        arguments: [
            ("-9223372036854775808 == -9223372036854775807 - 1", true), ("-0x8000000000000000 < 0", true),
            ("9007199254740993 == 9007199254740992.0", false), ("9007199254740992 == 9007199254740992.0", true),
            ("9007199254740993 > 9007199254740992.0", true), ("9007199254740992.0 < 9007199254740993", true),
            ("9223372036854775807 == 9223372036854775808.0", false), ("9223372036854775807 < 9223372036854775808.0", true),
            ("-9223372036854775808 == -9223372036854775808.0", true), ("1e300 > 1 && -1e300 < 1", true),
            ("-2 < -1.5 && -1 > -1.5", true), ("0 == -0.0", true), ("9007199254740993 in [9007199254740992.0]", false),
            ("[9007199254740993] == [9007199254740992.0]", false), ("0.0 / 0.0 == 0.0 / 0.0", false),
            ("0.0 / 0.0 < 1 || 0.0 / 0.0 >= 1", false),
        ])
    func numbers(source: String, expected: Bool) throws { #expect(try CELExpression(source).evaluate([:]) == .bool(expected)) }

    @Test(
        "one letter written in two ways is two texts",
        arguments: [
            (#""\u00e9" == "e\u0301""#, false), (#""\u00e9" != "e\u0301""#, true), (#""e\u0301" in ["\u00e9"]"#, false),
            (#""e\u0301" in {"\u00e9": 1}"#, false), (#"{"\u00e9": 1} == {"e\u0301": 1}"#, false),
            (#"{"\u00e9": 1, "e\u0301": 2}.size() == 2"#, true), (#""e\u0301" < "\u00e9""#, true),
            (#""\uffee" < "\U0001f600""#, true), (#""caf\u00e9".contains("e")"#, false), (#""cafe\u0301".contains("e")"#, true),
            (#""e\u0301a".startsWith("e")"#, true), (#""ae\u0301".endsWith("\u0301")"#, true),
        ])
    func text(source: String, expected: Bool) throws { #expect(try CELExpression(source).evaluate([:]) == .bool(expected)) }

    @Test(
        "what does not fit 64 bits is refused",
        arguments: [
            ("9223372036854775808", 0), ("-9223372036854775809", 1), ("1 - 9223372036854775808", 4), ("0x8000000000000000", 0),
        ])
    func tooLarge(source: String, offset: Int) {
        let error = #expect(throws: ExpressionError.self) { try CELExpression(source) }
        #expect(error?.offset == offset)
        #expect(error?.description.contains("fits 64 bits") == true)
    }
}
