import MillSchema
import MillValue
import Testing

@Suite("Whatever the grammar accepts, validates")
struct GrammarWalkTests {
    static let schemas = [
        #"{"type": "string"}"#,
        #"{"type": "string", "minLength": 3, "maxLength": 5}"#,
        #"{"type": "integer"}"#,
        #"{"type": "integer", "minimum": -17, "maximum": 1203}"#,
        #"{"type": "integer", "exclusiveMinimum": 99, "exclusiveMaximum": 102}"#,
        #"{"type": "integer", "minimum": -1000000007, "maximum": -3}"#,
        #"{"type": "integer", "minimum": 0, "maximum": 100, "multipleOf": 7}"#,
        #"{"type": "number"}"#,
        #"{"type": "number", "minimum": 0, "maximum": 1}"#,
        #"{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001}"#,
        #"{"type": "number", "minimum": -3.25, "maximum": 7.0000004}"#,
        #"{"type": "number", "multipleOf": 0.01}"#,
        #"{"type": ["boolean", "null"]}"#,
        #"{"enum": ["on", "off", 1, 12, 1.5, null, {"a": [1]}, "o\"n\u00e9"]}"#,
        #"{"const": [1, 2]}"#,
        #"{"type": "array", "items": {"type": "boolean"}}"#,
        #"{"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}"#,
        #"{"type": "array", "prefixItems": [{"type": "string", "maxLength": 2}, {"type": "null"}], "items": {"type": "boolean"}, "minItems": 1, "maxItems": 5}"#,
        #"{"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "items": false}"#,
        #"{"type": "array", "items": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}, "minItems": 4, "maxItems": 4}}"#,
        #"{"type": "object", "properties": {}}"#,
        #"{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "null"}}}"#,
        #"{"type": "object", "properties": {"a": {"type": "integer"}, "ab": {"type": "string"}, "c": {"type": "null"}}, "required": ["ab"], "additionalProperties": false}"#,
        #"{"type": "object", "properties": {"a": false, "b": {"const": 1}}, "additionalProperties": {"type": "string"}, "required": ["z"]}"#,
        #"{"anyOf": [{"type": "string", "maxLength": 4}, {"type": "integer"}, {"type": "object", "properties": {"k": {"const": "v"}}, "required": ["k"]}]}"#,
        #"{"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}, "required": ["kind", "x"]}, {"type": "object", "properties": {"kind": {"const": "ab"}, "y": {"type": "boolean"}}, "required": ["kind"]}]}"#,
        #"{"type": "object", "properties": {"n": {"type": "integer"}}, "oneOf": [{"properties": {"kind": {"const": "a"}}, "required": ["kind"]}, {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}]}"#,
        #"{"allOf": [{"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]}, {"properties": {"a": {"minimum": 3, "maximum": 5}, "b": {"type": "boolean"}}}]}"#,
        #"{"allOf": [{"properties": {"a": {"type": "null"}}, "additionalProperties": false}, {"properties": {"b": {"type": "null"}}}]}"#,
        ##"{"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}, "maxItems": 3}}, "required": ["value", "children"]}}}"##,
        ##"{"$defs": {"list": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"head": {"type": "boolean"}, "tail": {"$ref": "#/$defs/list"}}, "required": ["head", "tail"]}]}}, "$ref": "#/$defs/list"}"##,
        #"{"type": "object", "properties": {"objects": {"type": "array", "maxItems": 8, "items": {"type": "object", "properties": {"label": {"enum": ["lamp", "person", "door"]}, "state": {"enum": ["on", "off", "open", "closed"]}, "score": {"type": "number", "minimum": 0, "maximum": 1}}, "required": ["label"]}}, "people": {"type": "integer", "minimum": 0, "maximum": 20}, "activity": {"type": "string", "maxLength": 40}}, "required": ["objects", "people"], "additionalProperties": false}"#,
    ]

    @Test("random walks end, parse and fit the schema", arguments: schemas)
    func randomWalks(text: String) throws {
        let schema = try JSONSchema(json: text)
        let grammar = try JSONGrammar(schema)
        var random = SeededGenerator(seed: 7)
        for eagerness in [0.02, 0.2, 0.5, 0.9] {
            for _ in 0..<40 {
                let bytes = try #require(grammar.randomDocument(eagerness: eagerness, using: &random))
                let document = String(decoding: bytes, as: UTF8.self)
                let value = try JSON.parse(bytes: bytes)
                #expect(schema.validate(value).isEmpty, "\(document)")
            }
        }
    }

    @Test("a walk that never closes what it could still ends", arguments: [0, 5, 16, 28, 29, 30])
    func lazyWalk(index: Int) throws {
        let schema = try JSONSchema(json: Self.schemas[index])
        var limits = JSONGrammar.Limits()
        limits.depth = 6
        limits.items = 3
        let grammar = try JSONGrammar(schema, limits: limits)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20 {
            let bytes = try #require(grammar.randomDocument(eagerness: 0, using: &random))
            #expect(schema.validate(try JSON.parse(bytes: bytes)).isEmpty)
        }
    }

    @Test("documents written in the grammar's form are accepted again", arguments: schemas)
    func roundTrip(text: String) throws {
        let grammar = try JSONGrammar(JSONSchema(json: text))
        var random = SeededGenerator(seed: 11)
        let bytes = try #require(grammar.randomDocument(eagerness: 0.5, using: &random))
        let end = try #require(grammar.advance(grammar.initialState, bytes: bytes))
        #expect(grammar.isAccepting(end))
        for cut in bytes.indices {
            let state = try #require(grammar.advance(grammar.initialState, bytes: bytes[..<cut]))
            #expect(grammar.allowedBytes(state).contains(bytes[cut]))
        }
    }

    @Test("exactly the allowed bytes can be taken", arguments: schemas)
    func allowedBytes(text: String) throws {
        let grammar = try JSONGrammar(JSONSchema(json: text))
        var random = SeededGenerator(seed: 5)
        let bytes = try #require(grammar.randomDocument(eagerness: 0.3, using: &random))
        var state = grammar.initialState
        for byte in bytes.prefix(300) {
            let allowed = grammar.allowedBytes(state)
            for candidate in UInt8.min...UInt8.max {
                #expect(allowed.contains(candidate) == (grammar.advance(state, candidate) != nil))
            }
            state = try #require(grammar.advance(state, byte))
        }
    }
}
