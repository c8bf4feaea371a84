import MillSchema
import MillValue
import Testing

@Suite("Validation against a JSON Schema")
struct JSONSchemaTests {
    @Test(
        "each keyword accepts what it should and refuses the rest",
        arguments: [
            (#"{"type": "integer"}"#, ["1", "-4", "1.0"], ["1.5", "\"1\"", "null", "true"]),
            (#"{"type": ["string", "null"]}"#, ["\"\"", "null"], ["0", "[]"]),
            (#"{"type": "number"}"#, ["1", "2.5"], ["\"2\""]),
            (#"{"enum": [1, "a", null]}"#, ["1", "1.0", "\"a\"", "null"], ["2", "\"b\"", "false"]),
            (#"{"const": {"a": [1, 2]}}"#, [#"{"a": [1, 2.0]}"#], [#"{"a": [2, 1]}"#]),
            (#"{"minLength": 2, "maxLength": 3}"#, ["\"ab\"", "\"🙂🙂🙂\"", "7"], ["\"a\"", "\"abcd\""]),
            (#"{"pattern": "^[a-z]+_[0-9]{2}$"}"#, ["\"lamp_01\""], ["\"lamp_1\"", "\"Lamp_01\""]),
            (#"{"minimum": 0, "exclusiveMaximum": 10}"#, ["0", "9.99", "\"x\""], ["-1", "10"]),
            (#"{"multipleOf": 0.01}"#, ["0.07", "1", "19.99"], ["0.005"]),
            (#"{"items": {"type": "integer"}}"#, ["[]", "[1, 2]"], ["[1, \"a\"]"]),
            (#"{"prefixItems": [{"type": "string"}], "items": false}"#, ["[]", "[\"a\"]"], ["[1]", "[\"a\", 2]"]),
            (#"{"minItems": 1, "maxItems": 2, "uniqueItems": true}"#, ["[1]", "[1, 2]"], ["[]", "[1, 1.0]", "[1, 2, 3]"]),
            (#"{"required": ["a"], "properties": {"a": {"type": "null"}}}"#, [#"{"a": null, "b": 1}"#], ["{}", #"{"a": 1}"#]),
            (#"{"additionalProperties": {"type": "integer"}}"#, [#"{"x": 1}"#], [#"{"x": "1"}"#]),
            (#"{"minProperties": 1, "maxProperties": 1}"#, [#"{"x": 1}"#], ["{}", #"{"x": 1, "y": 2}"#]),
            (#"{"anyOf": [{"type": "string"}, {"minimum": 3}]}"#, ["\"a\"", "3", "null"], ["2"]),
            (#"{"oneOf": [{"type": "integer"}, {"minimum": 3}]}"#, ["2", "3.5"], ["4", "2.5"]),
            (#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, ["1.5"], ["0", "3"]),
            (##"{"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}}"##, ["\"x\""], ["1"]),
            (#"false"#, [], ["1", "null"]),
            (#"true"#, ["1", "null"], []),
        ])
    func keywords(schema: String, valid: [String], invalid: [String]) throws {
        let schema = try JSONSchema(json: schema)
        for text in valid { #expect(schema.validate(try JSON.parse(text)).isEmpty, "\(text)") }
        for text in invalid { #expect(!schema.validate(try JSON.parse(text)).isEmpty, "\(text)") }
    }

    @Test("every violation says where and what, several at once")
    func messages() throws {
        let schema = try JSONSchema(
            json: #"""
                {"type": "object", "additionalProperties": false, "required": ["name"],
                 "properties": {"name": {"type": "string"}, "state": {"enum": ["on", "off"]}, "box": {"items": {"maximum": 1}}}}
                """#)
        let value = try JSON.parse(#"{"stat": "on", "state": "of", "box": [0.5, 1.5]}"#)
        #expect(
            schema.validate(value).map(\.description) == [
                "'name' is missing",
                "/stat: unknown property; did you mean 'state'?",
                #"/state: must be one of "on", "off"; did you mean "off"?"#,
                "/box/1: must be at most 1",
            ])
    }

    @Test("when no alternative fits, the closest one explains itself")
    func alternatives() throws {
        let schema = try JSONSchema(
            json:
                #"{"anyOf": [{"type": "string"}, {"properties": {"a": {"type": "integer"}}, "required": ["a"], "type": "object"}]}"#
        )
        #expect(
            schema.validate(["a": "x"]).map(\.description) == ["fits none of 2 alternatives: /a: expected integer, found string"])
    }

    @Test("a recursive schema follows the value, not itself")
    func recursion() throws {
        let schema = try JSONSchema(json: ##"{"type": "array", "items": {"$ref": "#"}}"##)
        #expect(schema.validate(try JSON.parse("[[],[[]]]")).isEmpty)
        #expect(schema.validate(try JSON.parse("[[],[[1]]]")).map(\.path) == ["/1/0/0"])
    }

    @Test("alternatives nested exponentially deep end with a complaint, not a hang")
    func exponential() throws {
        var definitions = (0..<40).map {
            ##""d\##($0)": {"anyOf": [{"$ref": "#/$defs/d\##($0 + 1)"}, {"$ref": "#/$defs/d\##($0 + 1)"}]}"##
        }
        definitions.append(#""d40": {"type": "string"}"#)
        let schema = try JSONSchema(json: ##"{"$ref": "#/$defs/d0", "$defs": {"## + definitions.joined(separator: ",") + "}}")
        #expect(!schema.validate(1).isEmpty)
    }

    @Test(
        "what a keyword cannot mean is refused when the schema is read",
        arguments: [
            (#"{"properties": {"a": {"minimun": 1}}}"#, "#/properties/a", "did you mean 'minimum'?"),
            (#"{"patternProperties": {}}"#, "#", "'patternProperties' is not supported"),
            (#"{"not": {}}"#, "#", "'not' is not supported"),
            (#"{"if": true}"#, "#", "'if' is not supported"),
            (#"{"type": "strng"}"#, "#/type", "did you mean 'string'?"),
            (#"{"type": []}"#, "#/type", "at least one type"),
            (#"{"minimum": "3"}"#, "#/minimum", "expected a number, found string"),
            (#"{"exclusiveMinimum": true}"#, "#/exclusiveMinimum", "expected a number, found boolean"),
            (#"{"minimum": 3, "maximum": 2}"#, "#", "a minimum below the maximum"),
            (#"{"minItems": 3, "maxItems": 2}"#, "#", "minItems"),
            (#"{"items": [{}]}"#, "#/items", "prefixItems"),
            (#"{"minLength": -1}"#, "#/minLength", "at least 0"),
            (#"{"pattern": "(?=a)"}"#, "#/pattern", "look-ahead is not supported"),
            (#"{"pattern": "(a"}"#, "#/pattern", "not closed"),
            (#"{"anyOf": []}"#, "#/anyOf", "at least one schema"),
            (#"{"properties": {"a": 7}}"#, "#/properties/a", "expected a schema"),
            (##"{"$ref": "#/$defs/missing"}"##, "#/$ref", "leads nowhere"),
            (#"{"$ref": "other.json"}"#, "#/$ref", "leads nowhere"),
            (##"{"$ref": "#"}"##, "#", "leads back to itself"),
            (##"{"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}}"##, "", "leads back to itself"),
            ("7", "#", "expected a schema"),
            ("{", "", "invalid JSON at line 1"),
        ])
    func refused(schema: String, path: String, message: String) {
        let error = #expect(throws: SchemaError.self) { try JSONSchema(json: schema) }
        let text = error?.description ?? ""
        #expect(text.contains(message) && text.contains(path), "\(text)")
    }

    @Test("schemas nested too deep are refused")
    func depth() {
        let deep = String(repeating: #"{"items": "#, count: 100) + "true" + String(repeating: "}", count: 100)
        #expect(throws: SchemaError.self) { try JSONSchema(json: deep) }
    }

    @Test("annotations are let through")
    func annotations() throws {
        let schema = try JSONSchema(
            json:
                ##"{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "T", "description": "D", "default": 1, "examples": [1], "format": "date", "$comment": "c", "x-order": 3}"##
        )
        #expect(schema.validate(1).isEmpty)
    }
}
