import MillValue

extension SchemaReader {
    /// Keywords that say something to people and nothing to a validator.
    private static let annotations: Set<String> = [
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "format", "deprecated", "readOnly",
        "writeOnly", "contentMediaType", "contentEncoding",
    ]

    private static let supported = [
        "type", "enum", "const", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "items",
        "prefixItems", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "anyOf", "oneOf", "allOf", "$ref", "$defs", "definitions",
    ]

    mutating func readKeyword(_ keyword: String, _ value: Value, into node: inout SchemaNode, at path: String) throws(SchemaError)
    {
        switch keyword {
        case "type": node.types = try types(value, at: path)
        case "enum": node.allowed = try merged(node.allowed, with: list(value, at: path))
        case "const": node.allowed = merged(node.allowed, with: [value])
        case "minLength", "maxLength", "pattern": try readStringKeyword(keyword, value, into: &node, at: path)
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
            try readNumberKeyword(keyword, value, into: &node, at: path)
        case "items", "prefixItems", "minItems", "maxItems", "uniqueItems":
            try readArrayKeyword(keyword, value, into: &node, at: path)
        case "properties", "required", "additionalProperties", "minProperties", "maxProperties":
            try readObjectKeyword(keyword, value, into: &node, at: path)
        case "anyOf": node.anyOf = try schemas(value, at: path)
        case "oneOf": node.oneOf = try schemas(value, at: path)
        case "allOf": node.allOf = try schemas(value, at: path)
        case "$ref": _ = try string(value, at: path)
        case "$defs", "definitions": _ = try namedSchemas(value, at: path)
        case _ where Self.annotations.contains(keyword) || keyword.hasPrefix("x-"): break
        default:
            let suggestion = Suggestion.closest(to: keyword, among: Self.supported)
            throw .unsupportedKeyword(path: node.path, keyword: keyword, suggestion: suggestion)
        }
    }

    private func readStringKeyword(
        _ keyword: String, _ value: Value, into node: inout SchemaNode, at path: String
    ) throws(SchemaError) {
        switch keyword {
        case "minLength": node.minimumLength = try count(value, at: path)
        case "maxLength": node.maximumLength = try count(value, at: path)
        default:
            let source = try string(value, at: path)
            do { node.pattern = try Pattern(source) } catch {
                throw .invalidKeyword(path: path, expected: "a pattern without backtracking", found: error.description)
            }
        }
    }

    private func readNumberKeyword(
        _ keyword: String, _ value: Value, into node: inout SchemaNode, at path: String
    ) throws(SchemaError) {
        guard let number = value.double, number.isFinite else {
            throw .invalidKeyword(path: path, expected: "a number", found: value.kind)
        }
        let bound = NumberBound(value: number, isExclusive: keyword.hasPrefix("exclusive"))
        switch keyword {
        case "minimum", "exclusiveMinimum": node.lowerBound = .tighter(node.lowerBound, bound, isLower: true)
        case "maximum", "exclusiveMaximum": node.upperBound = .tighter(node.upperBound, bound, isLower: false)
        default:
            guard number > 0 else { throw .invalidKeyword(path: path, expected: "a number above 0", found: "\(number)") }
            node.multipleOf = number
        }
    }

    private mutating func readArrayKeyword(
        _ keyword: String, _ value: Value, into node: inout SchemaNode, at path: String
    ) throws(SchemaError) {
        switch keyword {
        case "items":
            if case .list = value {
                throw .invalidKeyword(
                    path: path, expected: "one schema for all items", found: "a list; use 'prefixItems' for that")
            }
            node.items = try read(value, at: path)
        case "prefixItems": node.prefixItems = try schemas(value, at: path)
        case "minItems": node.minimumItems = try count(value, at: path)
        case "maxItems": node.maximumItems = try count(value, at: path)
        default: node.uniqueItems = try boolean(value, at: path)
        }
    }

    private mutating func readObjectKeyword(
        _ keyword: String, _ value: Value, into node: inout SchemaNode, at path: String
    ) throws(SchemaError) {
        switch keyword {
        case "properties":
            node.properties = try namedSchemas(value, at: path)
            node.propertyNodes = Dictionary(node.properties.map { ($0.name, $0.node) }) { first, _ in first }
            node.hasProperties = true
        case "required":
            var names: [String] = []
            for name in try list(value, at: path) {
                let name = try string(name, at: path)
                if !names.contains(name) { names.append(name) }
            }
            node.required = names
        case "additionalProperties": node.additionalProperties = try read(value, at: path)
        case "minProperties": node.minimumProperties = try count(value, at: path)
        default: node.maximumProperties = try count(value, at: path)
        }
    }
}

extension SchemaReader {
    private func types(_ value: Value, at path: String) throws(SchemaError) -> JSONTypes {
        var result: JSONTypes = []
        let names = value.list ?? [value]
        for name in names {
            let name = try string(name, at: path)
            guard let known = JSONTypes.named.first(where: { $0.name == name }) else {
                let suggestion =
                    Suggestion.closest(to: name, among: JSONTypes.named.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
                throw .invalidKeyword(path: path, expected: "the name of a JSON type", found: "'\(name)'\(suggestion)")
            }
            result.formUnion(known.types)
        }
        guard !names.isEmpty else { throw .invalidKeyword(path: path, expected: "at least one type", found: "an empty list") }
        return result
    }

    private func merged(_ allowed: [Value]?, with more: [Value]) -> [Value] {
        guard let allowed else { return more }
        return allowed.filter { value in more.contains { $0.isJSONEqual(to: value) } }
    }

    private func string(_ value: Value, at path: String) throws(SchemaError) -> String {
        guard let string = value.string else { throw .invalidKeyword(path: path, expected: "a string", found: value.kind) }
        return string
    }

    private func boolean(_ value: Value, at path: String) throws(SchemaError) -> Bool {
        guard let bool = value.bool else { throw .invalidKeyword(path: path, expected: "true or false", found: value.kind) }
        return bool
    }

    private func list(_ value: Value, at path: String) throws(SchemaError) -> [Value] {
        guard let list = value.list else { throw .invalidKeyword(path: path, expected: "a list", found: value.kind) }
        return list
    }

    private func count(_ value: Value, at path: String) throws(SchemaError) -> Int {
        guard let count = value.int, count >= 0 else {
            throw .invalidKeyword(path: path, expected: "a whole number of at least 0", found: value.json())
        }
        return count
    }

    private mutating func schemas(_ value: Value, at path: String) throws(SchemaError) -> [Int] {
        let schemas = try list(value, at: path)
        guard !schemas.isEmpty else { throw .invalidKeyword(path: path, expected: "at least one schema", found: "an empty list") }
        var result: [Int] = []
        for (index, schema) in schemas.enumerated() { result.append(try read(schema, at: "\(path)/\(index)")) }
        return result
    }

    private mutating func namedSchemas(_ value: Value, at path: String) throws(SchemaError) -> [(name: String, node: Int)] {
        guard let map = value.map else { throw .invalidKeyword(path: path, expected: "an object of schemas", found: value.kind) }
        var result: [(name: String, node: Int)] = []
        for (name, schema) in map {
            result.append((name, try read(schema, at: path + "/" + JSONPointer.escaped(name))))
        }
        return result
    }
}

extension NumberBound {
    /// The one of two bounds that leaves fewer numbers.
    package static func tighter(_ a: NumberBound?, _ b: NumberBound, isLower: Bool) -> NumberBound {
        guard let a else { return b }
        if a.value == b.value { return a.isExclusive ? a : b }
        return (a.value > b.value) == isLower ? a : b
    }
}
