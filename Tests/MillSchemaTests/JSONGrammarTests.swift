import MillSchema
import MillValue
import Testing

@Suite("What the grammar accepts and refuses")
struct JSONGrammarTests {
    private func grammar(_ json: String) throws -> JSONGrammar { try JSONGrammar(JSONSchema(json: json)) }

    @Test("objects are compact, their keys in the order of the schema, optional ones may be left out")
    func objects() throws {
        let grammar = try grammar(
            #"{"properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}, "c": {"type": "null"}}, "required": ["b"]}"#)
        for text in [#"{"a":1,"b":true,"c":null}"#, #"{"b":false}"#, #"{"a":-3,"b":true}"#, #"{"b":true,"c":null}"#] {
            #expect(grammar.accepts(text), "\(text)")
        }
        for text in [
            #"{}"#, #"{"a":1}"#, #"{"b":true,"a":1}"#, #"{"b": true}"#, #"{"b":true,}"#, #"{"b":true,"b":true}"#,
            #"{"d":1,"b":true}"#,
        ] {
            #expect(!grammar.accepts(text), "\(text)")
        }
    }

    @Test("everything between two choices is forced")
    func forced() throws {
        let grammar = try grammar(#"{"properties": {"light": {"enum": ["on", "off"]}}, "required": ["light"]}"#)
        #expect(String(decoding: grammar.forcedBytes(grammar.initialState), as: UTF8.self) == #"{"light":"o"#)
        let state = try #require(grammar.advance(grammar.initialState, bytes: #"{"light":"of"#.utf8))
        #expect(String(decoding: grammar.forcedBytes(state), as: UTF8.self) == #"f"}"#)
        let end = try #require(grammar.advance(state, bytes: #"f"}"#.utf8))
        #expect(grammar.isAccepting(end))
        #expect(grammar.allowedBytes(end).isEmpty)
    }

    @Test("integers stay within their bounds, digit by digit")
    func integers() throws {
        let grammar = try grammar(#"{"type": "integer", "minimum": -12, "maximum": 305}"#)
        for number in -1100...1100 { #expect(grammar.accepts("\(number)") == (-12...305).contains(number), "\(number)") }
        for text in ["-0", "01", "+1", "1.0", "1e2", "", "-"] { #expect(!grammar.accepts(text), "\(text)") }
    }

    @Test("numbers stay within their bounds, also close to them")
    func numbers() throws {
        let grammar = try grammar(#"{"type": "number", "exclusiveMinimum": -0.5, "maximum": 10.25}"#)
        for text in ["0", "0.0", "-0.499999", "10.25", "10.250000", "9.999999", "10"] {
            #expect(grammar.accepts(text), "\(text)")
        }
        for text in ["-0.5", "-0.500000", "-1", "10.250001", "10.26", "11", "100", "0.", "0.1234567", ".5", "1e3"] {
            #expect(!grammar.accepts(text), "\(text)")
        }
    }

    @Test("strings count code points, not bytes, and admit only well-formed UTF-8")
    func strings() throws {
        let grammar = try grammar(#"{"type": "string", "minLength": 2, "maxLength": 3}"#)
        for text in [#""ab""#, #""äöü""#, #""🙂🙂🙂""#, #""\n\u00e9""#, #""\ud7ff\"""#] { #expect(grammar.accepts(text), "\(text)") }
        for text in [#""a""#, #""abcd""#, #""🙂🙂🙂🙂""#, #""\ud83d\ude42""#, "\"a\nb\"", #""\x41a""#] {
            #expect(!grammar.accepts(text), "\(text)")
        }
        let malformed: [[UInt8]] = [
            [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5], [0x80], [0xFF],
        ]
        let open = try #require(grammar.advance(grammar.initialState, UInt8(ascii: "\"")))
        for bytes in malformed { #expect(grammar.advance(open, bytes: bytes) == nil, "\(bytes)") }
    }

    @Test("a string that the schema leaves open is bounded at 256 code points")
    func boundedString() throws {
        let grammar = try grammar(#"{"type": "string"}"#)
        #expect(grammar.accepts("\"" + String(repeating: "x", count: 256) + "\""))
        #expect(!grammar.accepts("\"" + String(repeating: "x", count: 257) + "\""))
    }

    @Test("an array that the schema leaves open is bounded at 64 items")
    func boundedArray() throws {
        let grammar = try grammar(#"{"type": "array", "items": {"const": 1}}"#)
        func array(_ count: Int) -> String { "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]" }
        #expect(grammar.accepts(array(0)))
        #expect(grammar.accepts(array(64)))
        #expect(!grammar.accepts(array(65)))
    }

    @Test("alternatives with a common beginning are followed together")
    func commonBeginning() throws {
        let grammar = try grammar(
            #"{"anyOf": [{"properties": {"tool": {"const": "on"}, "device": {"type": "string"}}, "required": ["tool", "device"]}, {"properties": {"tool": {"const": "only"}}, "required": ["tool"]}]}"#
        )
        #expect(grammar.accepts(#"{"tool":"on","device":"lamp"}"#))
        #expect(grammar.accepts(#"{"tool":"only"}"#))
        #expect(!grammar.accepts(#"{"tool":"on"}"#))
        #expect(!grammar.accepts(#"{"tool":"only","device":"lamp"}"#))
    }

    @Test("a recursive schema ends at the depth limit")
    func recursion() throws {
        var limits = JSONGrammar.Limits()
        limits.depth = 4
        let schema = try JSONSchema(
            json: ##"{"$defs": {"n": {"type": "array", "items": {"$ref": "#/$defs/n"}}}, "$ref": "#/$defs/n"}"##)
        let grammar = try JSONGrammar(schema, limits: limits)
        #expect(grammar.accepts("[[[[[]]]]]"))
        #expect(!grammar.accepts("[[[[[[]]]]]]"))
        #expect(grammar.accepts("[[],[[],[]]]"))
    }

    @Test("states are equal when the same may follow")
    func states() throws {
        let grammar = try grammar(#"{"type": "array", "items": {"type": "string"}}"#)
        let a = try #require(grammar.advance(grammar.initialState, bytes: #"["abc"#.utf8))
        let b = try #require(grammar.advance(grammar.initialState, bytes: #"["xyz"#.utf8))
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
    }

    @Test(
        "what cannot be guaranteed is refused with the path and the reason",
        arguments: [
            (#"{}"#, "#", "give it a type"),
            (#"{"type": "object"}"#, "#", "lists no 'properties'"),
            (#"{"type": "array"}"#, "#", "give it 'items'"),
            (#"{"properties": {"a": {}}, "required": ["a"]}"#, "#/properties/a", "give it a type"),
            (
                #"{"properties": {"a": {"type": "array", "items": {"type": "integer"}, "uniqueItems": true}}}"#, "#/properties/a",
                "uniqueItems"
            ),
            (#"{"type": "integer", "multipleOf": 7}"#, "#", "multipleOf"),
            (#"{"oneOf": [{"type": "integer"}, {"type": "number"}]}"#, "#", "may overlap"),
            (#"{"oneOf": [{"type": "array", "items": {"type": "null"}}, {"maximum": 9}]}"#, "#", "may overlap"),
            (
                #"{"type": "object", "properties": {"a": {"type": "null"}}, "oneOf": [{"minLength": 1}, {"maximum": 1}]}"#, "#",
                "may overlap"
            ),
            (#"{"type": "object", "properties": {"a": {"type": "null"}}, "minProperties": 1}"#, "#", "minProperties"),
        ])
    func refused(json: String, path: String, reason: String) throws {
        let schema = try JSONSchema(json: json)
        let error = #expect(throws: SchemaError.self) { try JSONGrammar(schema) }
        guard case .notGeneratable(path, let text) = error else {
            Issue.record("unexpected: \(String(describing: error))"); return
        }
        #expect(text.contains(reason))
    }

    @Test(
        "numbers with more digits than can be generated are said to be that, and not to be impossible",
        arguments: [
            #"{"type": "integer", "minimum": 9223372036854775800}"#, #"{"type": "integer", "maximum": -1e18}"#,
            #"{"type": "number", "minimum": 1e18}"#,
        ])
    func beyondGeneration(json: String) throws {
        let schema = try JSONSchema(json: json)
        let error = #expect(throws: SchemaError.self) { try JSONGrammar(schema) }
        guard case .notGeneratable("#", let reason) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(reason.contains("digits"))
    }

    @Test("where other values are left, numbers beyond generation are left out")
    func beyondGenerationAmongOthers() throws {
        let grammar = try JSONGrammar(JSONSchema(json: #"{"type": ["integer", "boolean"], "minimum": 1e18}"#))
        #expect(grammar.advance(grammar.initialState, bytes: "true".utf8).map(grammar.isAccepting) == true)
        #expect(grammar.advance(grammar.initialState, 0x31) == nil)
    }

    @Test(
        "a schema that nothing satisfies is refused",
        arguments: [
            #"false"#, #"{"allOf": [{"type": "string"}, {"type": "integer"}]}"#,
            #"{"type": "string", "enum": [1, 2]}"#,
            #"{"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}"#,
            ##"{"type": "object", "properties": {"self": {"$ref": "#"}}, "required": ["self"]}"##,
        ])
    func unsatisfiable(json: String) throws {
        let schema = try JSONSchema(json: json)
        #expect(throws: SchemaError.unsatisfiable(path: "#")) { try JSONGrammar(schema) }
    }

    @Test("an automaton that would grow too large is refused")
    func tooLarge() throws {
        let branch = #"{"anyOf": [{"const": 1}, {"const": 2}, {"const": 3}, {"const": 4}]}"#
        let schema = try JSONSchema(json: #"{"allOf": ["# + Array(repeating: branch, count: 8).joined(separator: ",") + "]}")
        #expect(throws: SchemaError.self) { try JSONGrammar(schema) }

        let names = (0..<300).map { "\"a_property_with_a_long_name_\($0)\": {\"type\": \"integer\"}" }.joined(separator: ",")
        let wide = try JSONSchema(json: #"{"type": "object", "properties": {"# + names + "}}")
        let error = #expect(throws: SchemaError.self) { try JSONGrammar(wide) }
        guard case .tooLarge = error else { Issue.record("unexpected: \(String(describing: error))"); return }
    }
}
