import MillValue

extension JinjaRenderer {
    /// The filters that take or give lists.
    mutating func sequence(_ name: String, _ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError)
        -> JinjaValue
    {
        let items = try elements(of: input, line: line)
        try spend(items.count)
        switch name {
        case "length", "count": return .value(.int(items.count))
        case "first": return items.first.map(JinjaValue.value) ?? .undefined("the first of nothing")
        case "last": return items.last.map(JinjaValue.value) ?? .undefined("the last of nothing")
        case "list": return .value(.list(items))
        case "reverse":
            if case .value(.string) = input { return .value(.string(items.reversed().compactMap(\.string).joined())) }
            return .value(.list(items.reversed()))
        case "join":
            let parts = try attributes(of: items, call.argument(1, "attribute"), line: line).map(PythonText.string)
            let text = parts.joined(separator: call.argument(0, "d")?.text ?? "")
            guard text.utf8.count <= limits.outputBytes else {
                throw .limit(what: "bytes in a string", limit: limits.outputBytes)
            }
            return .value(.string(text))
        case "unique":
            var seen: [Value] = []
            for item in items {
                try spend(seen.count / 8)
                if !seen.contains(where: { CELArithmetic.areEqual($0, item) }) { seen.append(item) }
            }
            return .value(.list(seen))
        case "sort", "min", "max", "dictsort": return try sorted(name, items, input, call, line: line)
        case "sum": return .value(try sum(attributes(of: items, call.argument(0, "attribute"), line: line), line: line))
        case "map": return .value(.list(try mapped(items, call, line: line)))
        default: return .value(.list(try selected(name, items, call, line: line)))
        }
    }

    private mutating func sorted(
        _ name: String, _ items: [Value], _ input: JinjaValue, _ call: JinjaCall, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        var pairs: [(key: Value, item: Value)] = []
        if name == "dictsort" {
            guard let map = input.plain.map else {
                throw .rendering(line: line, message: "'dictsort' needs an object, found \(input.kind)")
            }
            pairs = map.map { (.string($0.key), .list([.string($0.key), $0.value])) }
        } else {
            pairs = Array(zip(try attributes(of: items, call.named["attribute"], line: line), items))
        }
        try spend(items.count * 8)
        let isCaseSensitive = call.named["case_sensitive"]?.isTrue == true
        if !isCaseSensitive { pairs = pairs.map { ($0.key.string.map { .string($0.lowercased()) } ?? $0.key, $0.item) } }
        var failure: ExpressionError?
        // Python's order is by code points, and stable.
        let order = pairs.indices.sorted { a, b in
            do {
                let (x, y) = (pairs[a].key, pairs[b].key)
                if try isLess(x, y, line: line) { return true }
                return try isLess(y, x, line: line) ? false : a < b
            } catch {
                failure = error as? ExpressionError
                return a < b
            }
        }
        if let failure { throw failure }
        let result = order.map { pairs[$0].item }
        switch name {
        case "min": return result.first.map(JinjaValue.value) ?? .undefined("the least of nothing")
        case "max": return result.last.map(JinjaValue.value) ?? .undefined("the greatest of nothing")
        default:
            let isReversed = (name == "sort" ? call.argument(0, "reverse") : call.named["reverse"])?.isTrue == true
            return .value(.list(isReversed ? result.reversed() : result))
        }
    }

    private func isLess(_ a: Value, _ b: Value, line: Int) throws(ExpressionError) -> Bool {
        if let a = a.string, let b = b.string { return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars) }
        if let a = a.double, let b = b.double { return a < b }
        throw .rendering(line: line, message: "\(a.kind) and \(b.kind) have no order")
    }

    private func sum(_ items: [Value], line: Int) throws(ExpressionError) -> Value {
        var total: Value = 0
        for item in items {
            do { total = try CELArithmetic.apply(.add, total, item, offset: 0) } catch {
                throw .rendering(line: line, message: "'sum' needs numbers")
            }
        }
        return total
    }

    /// For each item its field `attribute`, which may be a path such as `function.name`; the items themselves without one.
    private func attributes(of items: [Value], _ attribute: JinjaValue?, line: Int) throws(ExpressionError) -> [Value] {
        guard let path = attribute?.plain.string else { return items }
        var result: [Value] = []
        for item in items { result.append(try field(path, of: item, line: line).plain) }
        return result
    }

    private func field(_ path: String, of item: Value, line: Int) throws(ExpressionError) -> JinjaValue {
        var current = JinjaValue.value(item)
        for name in path.split(separator: ".") {
            if case .value(.list(let list)) = current, let index = Int(name) {
                current = list.indices.contains(index) ? .value(list[index]) : .undefined(String(name))
            } else {
                current = try attribute(String(name), of: current, line: line)
            }
        }
        return current
    }

    private mutating func mapped(_ items: [Value], _ call: JinjaCall, line: Int) throws(ExpressionError) -> [Value] {
        if let path = call.named["attribute"]?.plain.string {
            let standard = call.named["default"]?.plain ?? .null
            var result: [Value] = []
            for item in items {
                let found = try field(path, of: item, line: line)
                if case .undefined = found { result.append(standard) } else { result.append(found.plain) }
            }
            return result
        }
        guard let name = call.positional.first?.plain.string, JinjaFilters.names.contains(name) else {
            throw .rendering(line: line, message: "'map' needs the name of a filter, or an attribute")
        }
        let rest = JinjaCall(positional: Array(call.positional.dropFirst()), named: call.named)
        var result: [Value] = []
        for item in items { result.append(try filter(name, .value(item), rest, line: line).plain) }
        return result
    }

    private mutating func selected(_ name: String, _ items: [Value], _ call: JinjaCall, line: Int) throws(ExpressionError)
        -> [Value]
    {
        var arguments = call.positional
        let usesField = name.hasSuffix("attr")
        var path: String?
        if usesField {
            guard let given = arguments.first?.plain.string else {
                throw .rendering(line: line, message: "'\(name)' needs the name of a field")
            }
            path = given
            arguments.removeFirst()
        }
        let testName = arguments.first?.plain.string
        if let testName, !JinjaTests.names.contains(testName) {
            throw .rendering(line: line, message: "there is no test '\(testName)'")
        }
        let rest = JinjaCall(positional: Array(arguments.dropFirst()), named: call.named)
        var result: [Value] = []
        for item in items {
            let subject = if let path { try field(path, of: item, line: line) } else { JinjaValue.value(item) }
            let holds = if let testName { try test(testName, subject, rest, line: line) } else { subject.isTrue }
            if holds == name.hasPrefix("select") { result.append(item) }
        }
        return result
    }
}
