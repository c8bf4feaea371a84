import MillValue
import Testing

@Suite("Patterns that match in linear time")
struct PatternTests {
    @Test(
        "matching",
        arguments: [
            ("abc", ["xabcx"], ["ab"]), ("^a.c$", ["abc", "aéc"], ["xabc", "a\nc"]), ("a|bc|", ["", "z"], []),
            ("^(a|bc)+$", ["abca"], ["", "b"]),
            ("^[a-c_]*$", ["", "a_c"], ["d"]), ("^[^0-9]$", ["x", "🙂"], ["5", "xy"]),
            (#"^\d{2,3}$"#, ["12", "123"], ["1", "1234"]), (#"^\w+\s\S$"#, ["ab c"], ["ab  c"]),
            ("^a{2}$", ["aa"], ["a", "aaa"]), ("^a{2,}$", ["aa", "aaaa"], ["a"]), ("^(?:ab?)*?$", ["", "aba"], ["b"]),
            (#"\bon\b"#, ["turn on!"], ["only"]),
            ("(?i)^lamp$", ["LAMP", "Lamp"], ["lam"]), (#"^[\]\-a]+$"#, ["]-a"], ["b"]), (#"^\x41\u00e9\.$"#, ["Aé."], ["Aé,"]),
            ("^[]a]$", ["]"], ["b"]),
            ("^(?<name>x)$", ["x"], ["y"]), (#"^a\z"#, ["a"], ["ab"]), ("a^", [], ["a"]), ("^(a*)*$", ["aaa"], ["b"]),
        ])
    func matching(pattern: String, yes: [String], no: [String]) throws {
        let pattern = try Pattern(pattern)
        for text in yes { #expect(pattern.matches(text), "\(text)") }
        for text in no { #expect(!pattern.matches(text), "\(text)") }
    }

    @Test("patterns that would explode when backtracking take linear time")
    func linear() throws {
        let text = String(repeating: "a", count: 20_000) + "b"
        for source in ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*)*c$"] { #expect(!(try Pattern(source)).matches(text)) }
    }

    @Test(
        "what is refused says why and where",
        arguments: [
            ("(?=a)", 0, "look-ahead"), ("(?<!a)", 0, "look-behind"), (#"(a)\1"#, 3, "back-references"),
            ("a**", 2, "a quantifier follows"), ("*a", 0, "nothing to repeat"),
            ("(a", 0, "not closed"), ("a)", 1, "unexpected ')'"), ("[a", 0, "not closed"), ("[z-a]", 0, "wrong order"),
            ("a{3,2}", 1, "wrong order"), ("a{9999}", 1, "more than 1000"),
            (#"\p{L}"#, 0, "Unicode properties"), (#"\q"#, 0, "unknown escape"), ("[[:alpha:]]", 1, "POSIX"),
            ("a++", 2, "possessive"), ("(?x)a", 0, "options"), ("a{x}", 1, "a count"),
        ])
    func refused(source: String, offset: Int, message: String) {
        let error = #expect(throws: Pattern.SyntaxError.self) { try Pattern(source) }
        #expect(error?.offset == offset && error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test("size is bounded", arguments: ["((a{100}){100}){100}", "(((((){1000}){1000}){1000}){1000})"])
    func size(source: String) { #expect(throws: Pattern.SyntaxError.self) { try Pattern(source) } }

    @Test("depth is bounded")
    func depth() {
        #expect(throws: Pattern.SyntaxError.self) { try Pattern(String(repeating: "(", count: 10_000)) }
    }
}
