import MillExpression
import MillValue
import Testing

@Suite("Templates write numbers, tuples and widths as Python does")
struct PythonTests {
    private func render(_ source: String) throws -> String {
        try JinjaTemplate(source).render(["map": ["b": 1, "A": [2]], "wide": .string(String(repeating: "x", count: 100))])
    }

    @Test(
        "numbers with exponents",
        arguments: [
            ("{{ 1e308 }} {{ 1E-5 }} {{ 2.5e+3 }} {{ 1e3 }} {{ 1_0e1_0 }}", "1e+308 1e-05 2500.0 1000.0 100000000000.0"),
            ("{{ 1e999 }} {{ -1e999 }}", "inf -inf"), ("{{ [1e2] | tojson }}", "[100.0]"),
            ("{{ 9007199254740993 == 9007199254740992.0 }}", "False"),
            ("{{ [9007199254740993, 9007199254740992.0] | sort }}", "[9007199254740992.0, 9007199254740993]"),
        ])
    func exponents(source: String, expected: String) throws { #expect(try render(source) == expected) }

    @Test("an exponent needs digits", arguments: ["{{ 1e }}", "{{ 1e+ }}", "{{ 2.5ex }}"])
    func incomplete(source: String) { #expect(throws: ExpressionError.self) { try render(source) } }

    @Test(
        "tuples",
        arguments: [
            ("{{ map | dictsort }}", "[('A', [2]), ('b', 1)]"), ("{{ map | items | list }}", "[('b', 1), ('A', [2])]"),
            ("{{ map.items() | list }} {{ map | items | first }}", "[('b', 1), ('A', [2])] ('b', 1)"),
            ("{% for pair in map | dictsort %}{{ pair }}{{ pair[0] }}{% endfor %}", "('A', [2])A('b', 1)b"),
            ("{{ (1, 2) }} {{ (1,) }} {{ () }} {{ (1) }}", "(1, 2) (1,) () 1"), ("{% set x = 1, 'a' %}{{ x }}", "(1, 'a')"),
            ("{{ (1, 2, 3)[1:] }} {{ (1, 2) | list }} {{ (1,) + (2,) }}", "(2, 3) [1, 2] (1, 2)"),
            ("{{ (1, 2) == [1, 2] }} {{ (1, 2) == (1, 2.0) }} {{ (1, 2) in [(1, 2)] }}", "False True True"),
            ("{{ map | dictsort | tojson }}", #"[["A", [2]], ["b", 1]]"#),
            ("{{ '%s' % [1, 2] }} {{ '%s-%s' % (1, 2) }}", "[1, 2] 1-2"),
            ("{{ [missing, '\\x01'] }}", "[Undefined, '\\x01']"),
        ])
    func tuples(source: String, expected: String) throws { #expect(try render(source) == expected) }

    @Test("equal items keep their order, and the first of them is the least and the greatest")
    func stability() throws {
        #expect(
            try render("{{ ['b', 'B', 'a'] | sort }} {{ ['b', 'B', 'a'] | sort(reverse=true) }}")
                == "['a', 'b', 'B'] ['b', 'B', 'a']")
        #expect(try render("{{ ['b', 'B'] | max }}{{ ['b', 'B'] | min }}") == "bb")
    }

    @Test("a list and a tuple do not add up")
    func mixed() {
        let error = #expect(throws: ExpressionError.self) { try render("{{ [1] + (2,) }}") }
        #expect(error?.description.contains("does not apply to array and tuple") == true)
    }

    @Test("widths are kept, however wide")
    func widths() throws {
        #expect(try render("{{ '%5000d' % 7 }}") == String(repeating: " ", count: 4999) + "7")
        #expect(try render("{{ '%-5000d|' % 7 }}") == "7" + String(repeating: " ", count: 4999) + "|")
        #expect(try render("{{ '%05000d' % -7 }}") == "-" + String(repeating: "0", count: 4998) + "7")
        #expect(try render("{{ 'a\nb' | indent(100) }}") == "a\n" + String(repeating: " ", count: 100) + "b")
        #expect(try render("{{ [1] | tojson(indent=100) }}") == "[\n" + String(repeating: " ", count: 100) + "1\n]")
        #expect(try render("{{ [] | tojson(indent=1000000000) }}{{ wide | string | length }}") == "[]100")
    }

    @Test(
        "what would be wider than the output may be is refused",
        arguments: [
            "{{ '%1000000000d' % 7 }}", "{{ '%-1000000000d' % 7 }}", "{{ '%0999999999999999999999999d' % 7 }}",
            "{{ 'a\nb' | indent(1000000000) }}", "{{ 'a' | indent(9223372036854775807) }}",
            "{{ [1] | tojson(indent=1000000000) }}", "{{ [[1]] | tojson(indent=9223372036854775807) }}",
        ])
    func tooWide(source: String) {
        #expect(throws: ExpressionError.limit(what: "bytes in a string", limit: 4 << 20)) { try render(source) }
    }

    @Test("a precision beyond what is computed is refused")
    func precision() throws {
        #expect(try render("{{ '%.3f' % 0.5 }}") == "0.500")
        #expect(throws: ExpressionError.self) { try render("{{ '%.31f' % 0.5 }}") }
    }

    @Test(
        "the least whole number is refused where it has no counterpart",
        arguments: [
            "{{ range(-9223372036854775807 - 1) }}", "{{ (-9223372036854775807 - 1) ** 2 }}", "{{ -(-9223372036854775807 - 1) }}",
        ])
    func least(source: String) { #expect(throws: ExpressionError.self) { try render(source) } }
}
