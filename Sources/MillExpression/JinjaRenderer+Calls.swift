import MillValue

extension JinjaRenderer {
    mutating func call(_ function: JinjaExpression, _ given: JinjaArguments, line: Int) throws(ExpressionError) -> JinjaValue {
        if case .attribute(let base, let name) = function.kind {
            let receiver = try evaluate(base)
            if case .macro(let macro) = try? attribute(name, of: receiver, line: line) {
                return try call(macro, evaluate(given), line: line)
            }
            return try callMethod(name, on: receiver, evaluate(given), line: line)
        }
        let callee = try evaluate(function)
        let arguments = try evaluate(given)
        switch callee {
        case .macro(let macro): return try call(macro, arguments, line: line)
        case .function(let name): return try callFunction(name, arguments, line: line)
        default: throw .rendering(line: line, message: "\(callee.kind) cannot be called")
        }
    }

    private mutating func callFunction(_ name: String, _ arguments: JinjaCall, line: Int) throws(ExpressionError) -> JinjaValue {
        switch name {
        case "raise_exception": throw .raised(line: line, message: arguments.argument(0, "message")?.text ?? "")
        case "namespace": return .namespace(JinjaNamespace(arguments.named))
        case "dict":
            var map = arguments.positional.first?.plain.map ?? ValueMap()
            for (name, value) in arguments.named.sorted(by: { $0.key < $1.key }) { map[name] = value.plain }
            return .value(.map(map))
        default: return .value(.list(try range(arguments, line: line)))
        }
    }

    private mutating func range(_ arguments: JinjaCall, line: Int) throws(ExpressionError) -> [Value] {
        let bounds = arguments.positional.compactMap(\.plain.int)
        guard (1...3).contains(bounds.count), bounds.count == arguments.positional.count else {
            throw .rendering(line: line, message: "range() takes one to three whole numbers")
        }
        let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
        let step = bounds.count == 3 ? bounds[2] : 1
        guard step != 0 else { throw .rendering(line: line, message: "the step of range() must not be 0") }
        guard abs(start) < 1 << 32, abs(end) < 1 << 32, abs(step) < 1 << 32, (end - start) / step < 100_000 else {
            throw .limit(what: "items of a range", limit: 100_000)
        }
        let items = stride(from: start, to: end, by: step).map { Value.int($0) }
        try spend(items.count)
        return items
    }

    private mutating func call(_ macro: JinjaMacro, _ arguments: JinjaCall, line: Int) throws(ExpressionError) -> JinjaValue {
        guard macroDepth < limits.macroDepth else { throw .limit(what: "macros inside macros", limit: limits.macroDepth) }
        guard arguments.positional.count <= macro.parameters.count else {
            throw .rendering(line: line, message: "the macro '\(macro.name)' takes \(macro.parameters.count) arguments")
        }
        if let unknown = arguments.named.keys.sorted().first(where: { name in !macro.parameters.contains { $0.name == name } }) {
            throw .rendering(line: line, message: "the macro '\(macro.name)' has no parameter '\(unknown)'")
        }
        let outer = scopes
        defer { scopes = outer }
        macroDepth += 1
        defer { macroDepth -= 1 }
        // A macro sees what is defined outside of loops, not where it is called.
        scopes = [outer[0], [:]]
        for (index, parameter) in macro.parameters.enumerated() {
            let standard =
                if let standard = parameter.standard { try evaluate(standard) } else { JinjaValue.undefined(parameter.name) }
            scopes[1][parameter.name] = arguments.argument(index, parameter.name) ?? standard
        }
        let text = try captured { renderer throws(ExpressionError) in _ = try renderer.render(macro.body) }
        return .value(.string(text))
    }

    private mutating func callMethod(
        _ name: String, on receiver: JinjaValue, _ arguments: JinjaCall, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        var result: Value?
        switch receiver {
        case .value(.string(let text)):
            try spend(text.utf8.count / 16)
            result = stringMethod(name, text, arguments)
        case .value(.map(let map)): result = mapMethod(name, map, arguments)
        case .value(.list(let list)):
            let given = arguments.positional.first?.plain ?? .null
            if name == "index", let index = list.firstIndex(where: { CELArithmetic.areEqual($0, given) }) { result = .int(index) }
            if name == "count" { result = .int(list.count { CELArithmetic.areEqual($0, given) }) }
        case .loop(let loop):
            if name == "cycle", !arguments.positional.isEmpty {
                return arguments.positional[loop.index % arguments.positional.count]
            }
        default: break
        }
        guard let result else {
            throw .rendering(line: line, message: "\(receiver.kind) has no method '\(name)' for these arguments")
        }
        return .value(result)
    }

    private func mapMethod(_ name: String, _ map: ValueMap, _ arguments: JinjaCall) -> Value? {
        switch name {
        case "items": return .list(map.map { .list([.string($0.key), $0.value]) })
        case "keys": return .list(map.keys.map(Value.string))
        case "values": return .list(map.map(\.value))
        case "get":
            guard let key = arguments.positional.first?.plain.string else { return nil }
            return map[key] ?? arguments.argument(1, "default")?.plain ?? .null
        default: return nil
        }
    }

    private func stringMethod(_ name: String, _ text: String, _ arguments: JinjaCall) -> Value? {
        let first = arguments.positional.first?.plain.string
        switch name {
        case "strip": return .string(PythonStrings.strip(text, first))
        case "lstrip": return .string(PythonStrings.strip(text, first, right: false))
        case "rstrip": return .string(PythonStrings.strip(text, first, left: false))
        case "upper": return .string(text.uppercased())
        case "lower": return .string(text.lowercased())
        case "capitalize": return .string(PythonStrings.capitalized(text))
        case "title": return .string(PythonStrings.titled(text))
        case "startswith", "endswith":
            let candidates = first.map { [$0] } ?? arguments.positional.first?.plain.list?.compactMap(\.string) ?? []
            let bytes = Array(text.utf8)
            return .bool(
                candidates.contains { candidate in
                    name == "startswith"
                        ? bytes.starts(with: candidate.utf8) : bytes.reversed().starts(with: candidate.utf8.reversed())
                })
        case "split":
            let limit = arguments.argument(1, "maxsplit")?.plain.int ?? -1
            return .list(PythonStrings.split(text, by: first, limit: limit < 0 ? .max : limit).map(Value.string))
        case "replace":
            guard let old = first, !old.isEmpty, let new = arguments.argument(1, "new")?.plain.string else { return nil }
            let limit = arguments.argument(2, "count")?.plain.int ?? -1
            let parts = PythonStrings.split(text, by: old, limit: limit < 0 ? .max : limit)
            guard parts.count * new.utf8.count <= limits.outputBytes else { return nil }
            return .string(parts.joined(separator: new))
        case "join": return .string((arguments.positional.first?.plain.list ?? []).map(PythonText.string).joined(separator: text))
        case "isdigit": return .bool(!text.isEmpty && text.allSatisfy(\.isNumber))
        default: return nil
        }
    }
}
