import MillExpression
import MillValue
import Testing

@Suite("CEL expressions")
struct CELTests {
    private let event: Value = [
        "type": "new", "after": ["label": "person", "score": 0.93, "box": [0.1, 0.2, 0.3, 0.6]], "count": 3, "time": 100.0,
        "tags": ["porch", "night"],
    ]

    private func value(_ source: String) throws -> Value {
        try CELExpression(source).evaluate(["event": event, "now": 106.5, "nothing": .null])
    }

    @Test(
        "operators, literals and conversions",
        arguments: [
            ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("7 / 2", 3), ("-7 / 2", -3), ("-7 % 3", -1), ("7.0 / 2", 3.5),
            ("1 + 0.5", 1.5),
            ("0x10 + 1u", 17), ("1e3", 1000.0), (".5", 0.5), ("'a' + \"b\"", "ab"), ("[1] + [2]", [1, 2]), ("-event.count", -3),
            ("r'a\\n'", "a\\n"), ("'\\u00e9\\x41\\n'", "éA\n"), ("'''it's'''", "it's"),
            ("{'a': 1, 'b': [2]}", ["a": 1, "b": [2]]),
            ("int('12') + int(3.9)", 15), ("double('1.5')", 1.5), ("string(12)", "12"), ("string('x')", "x"),
            ("bool('true')", true),
            ("size('äöü') + size([1]) + {'a': 1}.size()", 5), ("true ? 1 : 2", 1), ("1 == 1.0", true),
            ("[1, 2] == [1.0, 2]", true),
            ("1 != '1'", true), ("'a' < 'b' && 2 >= 1.5", true), ("null == nothing", true), ("1 // one\n + 1", 2),
            ("!true || !false", true), ("2 in [1, 2.0]", true), ("'a' in {'a': 1}", true), ("3 in [1, 2]", false),
            ("'Porch'.lowerAscii() + ' a '.trim() + 'x'.upperAscii()", "porchaX"),
        ] as [(String, Value)])
    func operators(source: String, expected: Value) throws { #expect(try value(source) == expected) }

    @Test(
        "conditions of policies",
        arguments: [
            (#"event.type == "new" && event.after.label == "person""#, true),
            (#"event.after.label in ["cat", "person"]"#, true),
            (#"event["after"]["score"] > 0.9"#, true),
            (#"event.after.box[3] - event.after.box[1] < 0.5"#, true),
            (#"has(event.after.label) && !has(event.after.state)"#, true),
            (#"now - event.time > duration("5s") && now - event.time < duration("1m")"#, true),
            (#"timestamp("1970-01-01T01:00:01+01:00") == 1"#, true),
            (
                #"timestamp("2026-11-21T23:15:00Z").getHours() == 23 && timestamp("2026-11-21T00:00:00Z").getDayOfWeek() == 6"#,
                true
            ),
            (#"event.tags.exists(tag, tag.startsWith("ni"))"#, true),
            (#"event.tags.all(tag, tag.endsWith("h"))"#, false),
            (#"event.after.box.filter(x, x > 0.15).size() == 3"#, true),
            (#"event.after.box.map(x, x > 0.15, x * 10.0) == [2.0, 3.0, 6.0]"#, true),
            (#"event.tags.exists_one(tag, tag.contains("orc"))"#, true),
            (#"event.after.exists(key, key == "label")"#, true),
            (#"event.type.matches("^(new|update)$")"#, true),
            (#"matches("porch lamp 12", "lamp [0-9]+")"#, true),
        ])
    func conditions(source: String, expected: Bool) throws { #expect(try value(source) == .bool(expected)) }

    @Test(
        "an error on one side does not matter if the other decides",
        arguments: [
            ("event.missing == 1 || true", true), ("true || event.missing", true), ("false && event.missing", false),
            ("event.missing && false", false), ("1 / 0 == 1 || true", true), ("[0, 1].exists(x, 1 / x == 1)", true),
            ("[0, 2].all(x, 1 / x == 1)", false),
        ])
    func absorbing(source: String, expected: Bool) throws { #expect(try value(source) == .bool(expected)) }

    @Test(
        "a failing evaluation says where and why",
        arguments: [
            ("event.missing || false", 6, "there is no field 'missing'"),
            ("event.after.lable == 'x'", 12, "did you mean 'label'?"),
            ("1 + 'a'", 2, "'+' does not apply to integer and string"),
            ("event.tags[2]", 10, "index 2 is outside a list of 2"),
            ("1 / 0", 2, "division by zero"),
            ("9223372036854775807 + 1", 20, "does not fit 64 bits"),
            ("-(-9223372036854775807 - 1)", 0, "does not fit 64 bits"),
            ("(-9223372036854775807 - 1) / -1", 27, "does not fit 64 bits"),
            ("event.type ? 1 : 2", 11, "expected true or false, found string"),
            ("1 < 'a'", 2, "does not apply"),
            ("size(1)", 0, "size() needs a string, list or object, found integer"),
            ("int('x')", 0, "found \"x\""),
            ("duration('soon')", 0, "a duration such as"),
            ("timestamp('2026-02-30T00:00:00Z')", 0, "a time such as"),
            ("{'a': 1, 'a': 2}", 0, "stands twice"),
            ("event.type.matches(event.type + '(')", 11, "is refused"),
            ("5.x", 2, "needs an object, found integer"),
        ])
    func failures(source: String, offset: Int, message: String) {
        let error = #expect(throws: ExpressionError.self) { try value(source) }
        #expect(error?.offset == offset)
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test(
        "what cannot be read is refused with the offset and what was expected",
        arguments: [
            ("", 0, "expected a value"), ("1 +", 3, "expected a value"), ("event.type = 'new'", 11, "'==' to compare"),
            ("a & b", 2, "'&&'"), ("(1 + 2", 6, "expected ')'"), ("[1, 2", 5, "expected ',' or ']'"),
            ("a b", 2, "an operator or the end"),
            ("event.", 6, "a field or function name"), ("'abc", 0, "a closing '"), ("true ? 1", 8, "':' of the conditional"),
            ("{'a' 1}", 5, "':' after the key"), ("'\\q'", 1, "an escape"), ("99999999999999999999", 0, "fits 64 bits"),
            ("startWith('a', 'b')", 0, "did you mean 'startsWith'?"), ("size(1, 2)", 0, "takes 1 argument"),
            ("'a'.startsWith()", 4, "takes 1 argument"), ("has(event)", 0, "has() takes one field"),
            ("x.all(1, true)", 6, "a name for the element"),
            ("'a'.matches('(?=b)')", 4, "look-ahead is not supported"), ("a # b", 2, "found '#'"),
            ("x.map(y)", 7, "an expression about 'y'"),
        ])
    func syntaxErrors(source: String, offset: Int, message: String) {
        let error = #expect(throws: ExpressionError.self) { try CELExpression(source) }
        #expect(error?.offset == offset, "\(String(describing: error))")
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test("unknown variables are found before anything runs, with a suggestion")
    func unknownVariables() throws {
        let expression = try CELExpression("evnt.type == 'new' && tags.all(t, t != home) && device.on")
        #expect(expression.referencedVariables == ["evnt", "tags", "home", "device"])
        #expect(
            expression.unknownVariables(declared: ["event", "tags", "device"]) == [
                .unknownVariable(offset: 0, name: "evnt", suggestion: "event"),
                .unknownVariable(offset: 39, name: "home", suggestion: nil),
            ])
    }

    @Test("nesting, size and work are bounded")
    func bounds() throws {
        #expect(throws: ExpressionError.self) {
            try CELExpression(String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000))
        }
        #expect(throws: ExpressionError.self) { try CELExpression(String(repeating: "!", count: 5000) + "true") }
        #expect(throws: ExpressionError.self) { try CELExpression(Array(repeating: "1", count: 5000).joined(separator: "+")) }
        let list = "[" + Array(repeating: "1", count: 100).joined(separator: ",") + "]"
        let nested = try CELExpression("l.map(a, l.map(b, l.map(c, l.map(d, a + b + c + d))))")
        #expect(throws: ExpressionError.limit(what: "steps of an expression", limit: 100_000)) {
            try nested.evaluate(["l": try CELExpression(list).evaluate([:])])
        }
    }

    @Test("a thousand mutated expressions are read or refused, and evaluated or refused")
    func mutations() {
        let seeds = [
            #"event.type == "new" && event.after.label in ["cat", 'person']"#,
            "event.tags.exists(t, t.matches('^n.*t$')) ? 1 + 2 * -3 : {'a': [1.5e3]}.size()",
            #"now - event.time > duration("5s") || !has(event.after.x)"#,
        ]
        var random = SeededGenerator(seed: 42)
        var readable = 0
        for round in 0..<3000 {
            var scalars = Array(seeds[round % seeds.count].unicodeScalars)
            random.mutate(&scalars, alphabet: Array("()[]{}.,?:+-*/%<>=!&|'\"\\ aexnt019é".unicodeScalars))
            guard let expression = try? CELExpression(String(String.UnicodeScalarView(scalars))) else { continue }
            readable += 1
            _ = try? expression.evaluate(["event": event, "now": 1])
        }
        #expect(readable > 100)
    }
}
