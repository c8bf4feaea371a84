import MillValue

/// `x is …`.
enum JinjaTests {
    static let names: Set<String> = [
        "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "true", "false", "mapping", "iterable",
        "sequence", "callable", "odd", "even", "lower", "upper", "in", "eq", "equalto", "ne", "lt", "le", "gt", "ge",
        "divisibleby",
        "sameas",
    ]

    /// Tests that take an argument, also without parentheses.
    static let withArgument: Set<String> = ["in", "eq", "equalto", "ne", "lt", "le", "gt", "ge", "divisibleby", "sameas"]

    fileprivate static let comparisons = [
        "eq": "==", "equalto": "==", "sameas": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "in": "in",
    ]
}

extension JinjaRenderer {
    mutating func test(_ name: String, _ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError) -> Bool {
        try budget.spend(steps: 1)
        if let operation = JinjaTests.comparisons[name] {
            return try compare(operation, input, call.positional.first ?? .undefined(name), line: line)
        }
        switch (name, input) {
        case ("defined", .undefined): return false
        case ("defined", _): return true
        case ("undefined", .undefined): return true
        case ("iterable", .undefined), ("sequence", .undefined): return true
        case ("callable", .macro), ("callable", .function): return true
        default: return try self.test(name, of: input, call, line: line)
        }
    }

    private mutating func test(
        _ name: String, of value: JinjaValue, _ call: JinjaCall, line: Int
    ) throws(ExpressionError) -> Bool {
        switch (name, value) {
        case ("none", .null), ("string", .string), ("integer", .int), ("float", .double), ("boolean", .bool), ("mapping", .map),
            ("true", .bool(true)), ("false", .bool(false)):
            return true
        case ("number", _): return value.double != nil
        case ("iterable", .string), ("iterable", .list), ("iterable", .map): return true
        case ("sequence", .string), ("sequence", .list), ("sequence", .map): return true
        case ("lower", .string(let text)), ("upper", .string(let text)):
            try budget.spend(bytes: 2 * text.utf8.count)
            return text == (name == "lower" ? text.lowercased() : text.uppercased())
        case ("odd", _), ("even", _), ("divisibleby", _):
            guard let int = value.int, let divisor = name == "divisibleby" ? call.positional.first?.int : 2, divisor != 0,
                divisor != -1
            else { throw .rendering(line: line, message: "'\(name)' needs whole numbers") }
            return (int % divisor == 0) != (name == "odd")
        default: return false
        }
    }
}
