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
        try budget.spend(steps: 1)
        switch name {
        case "default", "d":
            let standard = call.argument(0, "default_value") ?? .string("")
            if case .undefined = input { return standard }
            return call.argument(1, "boolean")?.isTrue == true && !input.isTrue ? standard : input
        case "safe": return input
        case "items":
            if case .undefined = input { return .list(try JinjaList([])) }
            guard let map = input.map else {
                throw .rendering(line: line, message: "'items' needs an object, found \(input.kind)")
            }
            return .list(try JinjaList(try pairs(of: map)))
        case "trim", "upper", "lower", "capitalize", "title", "string", "replace", "indent", "format":
            return try changed(name, text(of: input), call, line: line)
        case "int", "float", "abs", "round": return try number(name, input, call, line: line)
        case "tojson": return .string(try json(input, call, line: line))
        default: return try sequence(name, input, call, line: line)
        }
    }

    private mutating func json(_ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError) -> String {
        let layout = JinjaWriter.JSONLayout(
            indent: call.argument(0, "indent")?.int, sortsKeys: call.named["sort_keys"]?.isTrue == true, line: line)
        var writer = JinjaWriter(maximumBytes: limits.outputBytes)
        try writer.writeJSON(input, layout, &budget)
        return writer.output
    }

    private mutating func changed(
        _ name: String, _ text: String, _ call: JinjaCall, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        try budget.spend(bytes: 2 * text.utf8.count)
        switch name {
        case "trim": return .string(try strip(text, call.argument(0, "chars")?.string))
        case "upper": return try bounded(text.uppercased())
        case "lower": return try bounded(text.lowercased())
        case "capitalize": return try bounded(PythonStrings.capitalized(text))
        case "title": return try bounded(try titled(text))
        case "replace":
            guard let old = call.argument(0, "old"), let new = call.argument(1, "new") else {
                throw .rendering(line: line, message: "'replace' needs what to replace and what with")
            }
            let (part, other) = (try self.text(of: old), try self.text(of: new))
            guard !part.isEmpty else {
                throw .rendering(line: line, message: "'replace' needs what to replace and what with")
            }
            return try replaced(text, part, by: other, limit: call.argument(2, "count")?.int ?? .max)
        case "indent": return .string(try indented(text, call))
        case "format":
            return .string(
                try JinjaFormat.apply(text, call.positional, maximumBytes: limits.outputBytes, line: line, &budget))
        default: return .string(text)
        }
    }

    private mutating func indented(_ text: String, _ call: JinjaCall) throws(ExpressionError) -> String {
        var margin = JinjaWriter(maximumBytes: limits.outputBytes)
        if let given = call.argument(0, "width")?.string {
            try margin.append(given, &budget)
        } else {
            try margin.append(" ", times: call.argument(0, "width")?.int ?? 4, &budget)
        }
        let isFirst = call.argument(1, "first")?.isTrue == true
        var writer = JinjaWriter(maximumBytes: limits.outputBytes)
        for (index, line) in PythonStrings.split(text, by: "\n").enumerated() {
            try budget.spend(items: 2)
            if index > 0 { try writer.append("\n", &budget) }
            if index > 0 || isFirst, !line.isEmpty { try writer.append(margin.output, &budget) }
            try writer.append(line, &budget)
        }
        return writer.output
    }

    private mutating func number(
        _ name: String, _ input: JinjaValue, _ call: JinjaCall, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        if let string = input.string { try budget.spend(bytes: 2 * string.utf8.count) }
        let text = input.string?.trimmed()
        let number = input.double ?? input.bool.map { $0 ? 1 : 0 } ?? text.flatMap { Double($0) }
        switch name {
        case "int":
            if let int = input.int ?? text.flatMap({ Int($0) }) { return .int(int) }
            return number.flatMap { Int(exactly: $0.rounded(.towardZero)) }.map(JinjaValue.int) ?? call.argument(0, "default")
                ?? .int(0)
        case "float": return number.map(JinjaValue.double) ?? call.argument(0, "default") ?? .double(0)
        case "abs":
            if case .int(let int) = input, int > .min { return .int(abs(int)) }
            guard let double = input.double else {
                throw .rendering(line: line, message: "'abs' needs a number, found \(input.kind)")
            }
            return .double(abs(double))
        default:
            guard let double = input.double else {
                throw .rendering(line: line, message: "'round' needs a number, found \(input.kind)")
            }
            let places = min(max(call.argument(0, "precision")?.int ?? 0, 0), 15)
            return .double(Double(PythonText.fixed(double, places: places)) ?? double)
        }
    }
}
