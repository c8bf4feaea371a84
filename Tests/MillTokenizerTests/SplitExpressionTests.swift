import MillTokenizer
import MillValue
import Testing

@Suite("Text is split as the regular expressions of tokenizer.json files say")
struct SplitExpressionTests {
    private static func split(_ pattern: String, _ behavior: String = "Isolated", invert: Bool = false) -> Value {
        ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": .string(behavior), "invert": .bool(invert)]
    }

    /// The number of words, told by how many unknown tokens a vocabulary without letters gives.
    private func count(_ preTokenizer: Value, _ text: String) throws -> Int {
        let json: Value = ["model": ["type": "WordPiece", "vocab": ["[UNK]": 0]], "pre_tokenizer": preTokenizer]
        return try Tokenizer(json: json).encode(text, addSpecial: false).count
    }

    @Test(
        "alternatives, repetitions and look-ahead",
        arguments: [
            (#"\s+(?!\S)|\s+"#, "a   b", 4), (#"\p{N}{1,3}"#, "1234567", 3), (#"(?i:'s|'t)|\w+"#, "it'S on", 4),
            (#"[^\r\n\p{L}\p{N}]?+\p{L}+"#, "ab cd", 2), (#"\d+?"#, "123", 3), (#"a(?=b)|b"#, "abaa", 3), (#"\bt"#, "to tt", 4),
            (#"[[a-c]x-z]+|[^\S ]"#, "abxyz\tq", 3), (#"^x|x$"#, "xax", 3), (#".{2}"#, "abcde", 3),
        ])
    func matches(_ pattern: String, _ text: String, _ expected: Int) throws {
        #expect(try count(Self.split(pattern), text) == expected, "\(pattern)")
    }

    @Test(
        "what becomes of matches",
        arguments: [
            ("Removed", false, 3), ("Isolated", false, 5), ("MergedWithPrevious", false, 3), ("MergedWithNext", false, 3),
            ("Contiguous", false, 5), ("Removed", true, 2),
        ])
    func behaviors(_ behavior: String, _ invert: Bool, _ expected: Int) throws {
        #expect(try count(Self.split("-", behavior, invert: invert), "ab-cd-ef") == expected)
    }

    @Test(
        "what is not supported is refused with its name",
        arguments: [
            (#"(a)\1"#, #"'\1' is not supported"#), (#"\p{Han}"#, "\\p{Han}"), ("[a&&b]", "&&"), ("(?<=a)b", "only the groups"),
            ("a**", "quantifier"), ("a++a", "possessive"), ("[b-a]", "order"), ("(", "not closed"), ("[a", "not closed"),
            ("x{5000}", "counts"), ("((x{1000}){1000}){1000}", "steps"),
        ])
    func refused(_ pattern: String, _ message: String) throws {
        let json: Value = ["model": ["type": "WordPiece", "vocab": ["[UNK]": 0]], "pre_tokenizer": Self.split(pattern)]
        let error = try #require(throws: TokenizerError.self) { try Tokenizer(json: json) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test("an expression that looks far ahead ends in time, and cuts the text somewhere")
    func hostile() throws {
        #expect(try count(Self.split("(a*)*b|a"), String(repeating: "a", count: 50_000)) > 0)
    }
}
