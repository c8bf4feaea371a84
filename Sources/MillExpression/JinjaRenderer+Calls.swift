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
        case "raise_exception":
            throw .raised(
                line: line,
                message: try arguments.argument(0, "message").map { value throws(ExpressionError) in
                    try text(of: value)
                } ?? "")
        case "namespace":
            try budget.spend(steps: 4)
            namespaces.append(arguments.named)
            return .namespace(namespaces.count - 1)
        case "strftime_now":
            guard let now, case .string(let format)? = arguments.positional.first else {
                throw .rendering(line: line, message: "strftime_now() takes a format")
            }
            return .string(try Timestamp.local(now, format, line: line))
        case "dict":
            var map = arguments.positional.first?.map ?? JinjaMap()
            try budget.spend(items: map.keys.count)
            for (name, value) in arguments.named.sorted(by: { $0.key < $1.key }) { try map.set(value, for: name) }
            return .map(map)
        default: return .list(try range(arguments, line: line))
        }
    }

    private mutating func range(_ arguments: JinjaCall, line: Int) throws(ExpressionError) -> JinjaList {
        let bounds = arguments.positional.compactMap(\.int)
        guard (1...3).contains(bounds.count), bounds.count == arguments.positional.count else {
            throw .rendering(line: line, message: "range() takes one to three whole numbers")
        }
        let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
        let step = bounds.count == 3 ? bounds[2] : 1
        guard step != 0 else { throw .rendering(line: line, message: "the step of range() must not be 0") }
        let isSmall = [start, end, step].allSatisfy { $0.magnitude < 1 << 32 }
        guard isSmall, (end - start) / step < 100_000 else {
            throw .limit(what: "items of a range", limit: 100_000)
        }
        let items = stride(from: start, to: end, by: step).map { JinjaValue.int($0) }
        try budget.spend(steps: items.count)
        return try JinjaList(items)
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
        return .string(text)
    }

    private mutating func callMethod(
        _ name: String, on receiver: JinjaValue, _ arguments: JinjaCall, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        var result: JinjaValue?
        switch receiver {
        case .string(let text): result = try stringMethod(name, text, arguments, line: line)
        case .map(let map): result = try mapMethod(name, map, arguments)
        case .list(let list):
            let given = arguments.positional.first ?? .null
            if name == "index", let index = try position(of: given, in: list.items) { result = .int(index) }
            if name == "count" {
                var count = 0
                for item in list.items where try areEqual(item, given) { count += 1 }
                result = .int(count)
            }
        case .loop(let loop):
            if name == "cycle", !arguments.positional.isEmpty {
                result = arguments.positional[loop.index % arguments.positional.count]
            }
        default: break
        }
        guard let result else {
            throw .rendering(line: line, message: "\(receiver.kind) has no method '\(name)' for these arguments")
        }
        return result
    }

    /// The entries of `map` as tuples.
    mutating func pairs(of map: JinjaMap) throws(ExpressionError) -> [JinjaValue] {
        try budget.spend(items: 4 * map.keys.count)
        var pairs: [JinjaValue] = []
        for (key, value) in map.entries { pairs.append(.list(try JinjaList([.string(key), value], isTuple: true))) }
        return pairs
    }

    private mutating func mapMethod(_ name: String, _ map: JinjaMap, _ arguments: JinjaCall) throws(ExpressionError)
        -> JinjaValue?
    {
        switch name {
        case "items": return .list(try JinjaList(try pairs(of: map)))
        case "keys", "values":
            try budget.spend(items: 2 * map.keys.count)
            return .list(try JinjaList(name == "keys" ? map.keys.map(JinjaValue.string) : map.entries.map(\.value)))
        case "get":
            guard let key = arguments.positional.first?.string else { return nil }
            try budget.spend(bytes: key.utf8.count)
            return map[key] ?? arguments.argument(1, "default") ?? .null
        default: return nil
        }
    }

    private mutating func stringMethod(
        _ name: String, _ text: String, _ arguments: JinjaCall, line: Int
    ) throws(ExpressionError) -> JinjaValue? {
        try budget.spend(bytes: 2 * text.utf8.count)
        let first = arguments.positional.first?.string
        switch name {
        case "strip": return .string(try strip(text, first))
        case "lstrip": return .string(try strip(text, first, right: false))
        case "rstrip": return .string(try strip(text, first, left: false))
        case "upper": return try bounded(text.uppercased())
        case "lower": return try bounded(text.lowercased())
        case "capitalize": return try bounded(PythonStrings.capitalized(text))
        case "title": return try bounded(try titled(text))
        case "startswith", "endswith":
            let candidates = first.map { [$0] } ?? arguments.positional.first?.list?.items.compactMap(\.string) ?? []
            return .bool(try hasEnd(text, candidates, atStart: name == "startswith"))
        case "split":
            let limit = arguments.argument(1, "maxsplit")?.int ?? -1
            return .list(try split(text, by: first, limit: limit < 0 ? .max : limit))
        case "replace":
            guard let old = first, !old.isEmpty, let new = arguments.argument(1, "new")?.string else { return nil }
            let limit = arguments.argument(2, "count")?.int ?? -1
            return try replaced(text, old, by: new, limit: limit < 0 ? .max : limit)
        case "join": return try joined(arguments.positional.first?.list?.items ?? [], separator: text)
        case "isdigit": return .bool(!text.isEmpty && text.allSatisfy(\.isNumber))
        default: return nil
        }
    }

    private mutating func hasEnd(_ text: String, _ candidates: [String], atStart: Bool) throws(ExpressionError) -> Bool {
        for candidate in candidates {
            try budget.spend(items: 1)
            guard candidate.utf8.count <= text.utf8.count else { continue }
            try budget.spend(bytes: candidate.utf8.count)
            if atStart ? text.utf8.starts(with: candidate.utf8) : text.utf8.reversed().starts(with: candidate.utf8.reversed()) {
                return true
            }
        }
        return false
    }
}
