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
    func test(_ name: String, _ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError) -> Bool {
        if let operation = JinjaTests.comparisons[name] {
            return try compare(operation, input, call.positional.first ?? .undefined(name), line: line)
        }
        switch (name, input) {
        case ("defined", .undefined): return false
        case ("defined", _): return true
        case ("undefined", .undefined): return true
        case ("iterable", .undefined), ("sequence", .undefined): return true
        case ("callable", .macro), ("callable", .function): return true
        case (_, .value(let value)): return try test(name, value, call, line: line)
        default: return false
        }
    }

    private func test(_ name: String, _ value: Value, _ call: JinjaCall, line: Int) throws(ExpressionError) -> Bool {
        switch name {
        case "none": return value.isNull
        case "string": return value.string != nil
        case "number": return value.double != nil
        case "integer": if case .int = value { return true } else { return false }
        case "float": if case .double = value { return true } else { return false }
        case "boolean": return value.bool != nil
        case "true": return value == true
        case "false": return value == false
        case "mapping": return value.map != nil
        case "iterable", "sequence": return value.string != nil || value.list != nil || value.map != nil
        case "lower": return value.string.map { $0 == $0.lowercased() } ?? false
        case "upper": return value.string.map { $0 == $0.uppercased() } ?? false
        case "odd", "even", "divisibleby":
            guard let int = value.int, let divisor = name == "divisibleby" ? call.positional.first?.plain.int : 2, divisor != 0,
                divisor != -1
            else { throw .rendering(line: line, message: "'\(name)' needs whole numbers") }
            return (int % divisor == 0) != (name == "odd")
        default: return false
        }
    }
}
