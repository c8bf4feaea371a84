import MillValue

/// `x | …`.
enum JinjaFilters {
    static let names: Set<String> = [
        "tojson", "join", "length", "count", "default", "d", "trim", "upper", "lower", "capitalize", "title", "replace", "first",
        "last", "items", "list", "string", "int", "float", "abs", "round", "sort", "unique", "reverse", "map", "select", "reject",
        "selectattr", "rejectattr", "dictsort", "format", "sum", "min", "max", "indent", "safe",
    ]
}

extension JinjaRenderer {
    mutating func filter(_ name: String, _ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError) -> JinjaValue
    {
        try spend(1)
        switch name {
        case "default", "d":
            let standard = call.argument(0, "default_value") ?? .value("")
            if case .undefined = input { return standard }
            return call.argument(1, "boolean")?.isTrue == true && !input.isTrue ? standard : input
        case "safe": return input
        case "items":
            if case .undefined = input { return .value([]) }
            guard let map = input.plain.map else {
                throw .rendering(line: line, message: "'items' needs an object, found \(input.kind)")
            }
            return .value(.list(map.map { .list([.string($0.key), $0.value]) }))
        case "trim", "upper", "lower", "capitalize", "title", "string", "replace", "indent", "format":
            try spend(input.text.utf8.count / 16)
            return .value(.string(try text(name, input.text, call, line: line)))
        case "int", "float", "abs", "round": return .value(try number(name, input, call, line: line))
        case "tojson": return .value(.string(try json(input, call, line: line)))
        default: return try sequence(name, input, call, line: line)
        }
    }

    private func json(_ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError) -> String {
        guard case .value(let value) = input else {
            throw .rendering(line: line, message: "\(input.kind) cannot be written as JSON")
        }
        let indent = call.argument(0, "indent")?.plain.int
        let text = PythonText.json(value, indent: indent.map { max(0, $0) }, sortsKeys: call.named["sort_keys"]?.isTrue == true)
        guard text.utf8.count <= limits.outputBytes else { throw .limit(what: "bytes in a string", limit: limits.outputBytes) }
        return text
    }

    private func text(_ name: String, _ text: String, _ call: JinjaCall, line: Int) throws(ExpressionError) -> String {
        switch name {
        case "trim": return PythonStrings.strip(text, call.argument(0, "chars")?.plain.string)
        case "upper": return text.uppercased()
        case "lower": return text.lowercased()
        case "capitalize": return PythonStrings.capitalized(text)
        case "title": return PythonStrings.titled(text)
        case "replace":
            guard let old = call.argument(0, "old")?.text, let new = call.argument(1, "new")?.text, !old.isEmpty else {
                throw .rendering(line: line, message: "'replace' needs what to replace and what with")
            }
            let limit = call.argument(2, "count")?.plain.int ?? .max
            let parts = PythonStrings.split(text, by: old, limit: limit)
            let (size, overflow) = parts.count.multipliedReportingOverflow(by: new.utf8.count)
            guard !overflow, size <= limits.outputBytes else {
                throw .limit(what: "bytes in a string", limit: limits.outputBytes)
            }
            return parts.joined(separator: new)
        case "indent":
            let width = min(max(call.argument(0, "width")?.plain.int ?? 4, 0), 64)
            let isFirst = call.argument(1, "first")?.isTrue == true
            let margin = call.argument(0, "width")?.plain.string ?? String(repeating: " ", count: width)
            let lines = PythonStrings.split(text, by: "\n")
            guard lines.count * margin.utf8.count <= limits.outputBytes else {
                throw .limit(what: "bytes in a string", limit: limits.outputBytes)
            }
            return lines.enumerated().map { ($0 > 0 || isFirst) && !$1.isEmpty ? margin + $1 : $1 }.joined(separator: "\n")
        case "format":
            guard let result = PythonText.format(text, call.positional.map(\.plain)) else {
                throw .rendering(line: line, message: "the values do not fit the format '\(text)'")
            }
            return result
        default: return text
        }
    }

    private func number(_ name: String, _ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError) -> Value {
        let value = input.plain
        let number = value.double ?? value.bool.map { $0 ? 1 : 0 } ?? value.string.flatMap { Double($0.trimmed()) }
        switch name {
        case "int":
            if let int = value.int ?? value.string.flatMap({ Int($0.trimmed()) }) { return .int(int) }
            return number.flatMap { Int(exactly: $0.rounded(.towardZero)) }.map(Value.int) ?? call.argument(0, "default")?.plain
                ?? 0
        case "float": return number.map(Value.double) ?? call.argument(0, "default")?.plain ?? 0.0
        case "abs":
            if case .int(let int) = value, int > .min { return .int(abs(int)) }
            guard let double = value.double else {
                throw .rendering(line: line, message: "'abs' needs a number, found \(input.kind)")
            }
            return .double(abs(double))
        default:
            guard let double = value.double else {
                throw .rendering(line: line, message: "'round' needs a number, found \(input.kind)")
            }
            let places = min(max(call.argument(0, "precision")?.plain.int ?? 0, 0), 15)
            return .double(Double(PythonText.fixed(double, places: places)) ?? double)
        }
    }
}
