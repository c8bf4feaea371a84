import MillValue

extension JinjaRenderer {
    /// The filters that take or give lists.
    mutating func sequence(_ name: String, _ input: JinjaValue, _ call: JinjaCall, line: Int) throws(ExpressionError)
        -> JinjaValue
    {
        if name == "length" || name == "count" { return .int(try length(of: input, line: line)) }
        let items = try elements(of: input, line: line)
        switch name {
        case "first": return items.first ?? .undefined("the first of nothing")
        case "last": return items.last ?? .undefined("the last of nothing")
        default: try budget.spend(items: items.count)
        }
        switch name {
        case "list": return .list(try JinjaList(items))
        case "reverse":
            if case .string = input { return .string(items.reversed().compactMap(\.string).joined()) }
            return .list(try JinjaList(items.reversed()))
        case "join":
            let separator: String = if let given = call.argument(0, "d") { try text(of: given) } else { "" }
            return try joined(attributes(of: items, call.argument(1, "attribute"), line: line), separator: separator)
        case "unique":
            var seen: [JinjaValue] = []
            for item in items where try position(of: item, in: seen) == nil { seen.append(item) }
            return .list(try JinjaList(seen))
        case "sort", "min", "max", "dictsort": return try sorted(name, items, input, call, line: line)
        case "sum": return try sum(attributes(of: items, call.argument(0, "attribute"), line: line), line: line)
        case "map": return .list(try JinjaList(try mapped(items, call, line: line)))
        default: return .list(try JinjaList(try selected(name, items, call, line: line)))
        }
    }

    private mutating func length(of input: JinjaValue, line: Int) throws(ExpressionError) -> Int {
        switch input {
        case .list(let list): return list.items.count
        case .map(let map): return map.keys.count
        case .string(let string):
            try budget.spend(bytes: string.utf8.count)
            return string.unicodeScalars.count
        default: return try elements(of: input, line: line).count
        }
    }

    private mutating func sorted(
        _ name: String, _ items: [JinjaValue], _ input: JinjaValue, _ call: JinjaCall, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        var pairs: [(key: JinjaValue, item: JinjaValue)] = []
        if name == "dictsort" {
            guard let map = input.map else {
                throw .rendering(line: line, message: "'dictsort' needs an object, found \(input.kind)")
            }
            pairs = Array(zip(map.keys.map(JinjaValue.string), try self.pairs(of: map)))
        } else {
            pairs = Array(zip(try attributes(of: items, call.named["attribute"], line: line), items))
        }
        if call.named["case_sensitive"]?.isTrue != true {
            for index in pairs.indices {
                guard let key = pairs[index].key.string else { continue }
                try budget.spend(bytes: 2 * key.utf8.count)
                pairs[index].key = .string(key.lowercased())
            }
        }
        let isReversed = (name == "sort" ? call.argument(0, "reverse") : call.named["reverse"])?.isTrue == true
        // Python's order is by code points, and stable; what is taken from the end stands the other way round until then.
        let isFromEnd = name == "max" || name != "min" && isReversed
        var failure: ExpressionError?
        let places = pairs.indices.sorted { a, b in
            guard failure == nil else { return a < b }
            do throws(ExpressionError) {
                let sign = try order(pairs[a].key, pairs[b].key, line: line)
                return sign == 0 ? (a < b) != isFromEnd : sign < 0
            } catch {
                failure = error
                return a < b
            }
        }
        if let failure { throw failure }
        let result = places.map { pairs[$0].item }
        switch name {
        case "min": return result.first ?? .undefined("the least of nothing")
        case "max": return result.last ?? .undefined("the greatest of nothing")
        default: return .list(try JinjaList(isReversed ? result.reversed() : result))
        }
    }

    /// Below, at or above 0; what has no order among numbers, as NaN, is left where it stands.
    private mutating func order(_ a: JinjaValue, _ b: JinjaValue, line: Int) throws(ExpressionError) -> Int {
        try budget.spend(items: 1)
        guard let x = a.scalar, let y = b.scalar, x.string != nil && y.string != nil || x.double != nil && y.double != nil else {
            throw .rendering(line: line, message: "\(a.kind) and \(b.kind) have no order")
        }
        return try ValueComparison.order(x, y, &budget) ?? 0
    }

    private mutating func sum(_ items: [JinjaValue], line: Int) throws(ExpressionError) -> JinjaValue {
        var total: Value = 0
        for item in items {
            guard let number = item.scalar, number.double != nil else {
                throw .rendering(line: line, message: "'sum' needs numbers")
            }
            do { total = try CELArithmetic.apply(.add, total, number, offset: 0, &budget) } catch {
                throw restated(error, line: line)
            }
        }
        return JinjaValue(total)
    }

    /// For each item its field `attribute`, which may be a path such as `function.name`; the items themselves without one.
    private mutating func attributes(
        of items: [JinjaValue], _ attribute: JinjaValue?, line: Int
    ) throws(ExpressionError) -> [JinjaValue] {
        guard let path = attribute?.string else { return items }
        var result: [JinjaValue] = []
        for item in items { result.append(try field(path, of: item, line: line)) }
        return result
    }

    private mutating func field(_ path: String, of item: JinjaValue, line: Int) throws(ExpressionError) -> JinjaValue {
        try budget.spend(items: path.utf8.count)
        var current = item
        for name in path.split(separator: ".") {
            if case .list(let list) = current, let index = Int(name) {
                current = list.items.indices.contains(index) ? list.items[index] : .undefined(String(name))
            } else {
                current = try attribute(String(name), of: current, line: line)
            }
        }
        return current
    }

    private mutating func mapped(
        _ items: [JinjaValue], _ call: JinjaCall, line: Int
    ) throws(ExpressionError) -> [JinjaValue] {
        var result: [JinjaValue] = []
        if let path = call.named["attribute"]?.string {
            for item in items {
                let found = try field(path, of: item, line: line)
                if case .undefined = found, let standard = call.named["default"] {
                    result.append(standard)
                } else {
                    result.append(found)
                }
            }
            return result
        }
        guard let name = call.positional.first?.string, JinjaFilters.names.contains(name) else {
            throw .rendering(line: line, message: "'map' needs the name of a filter, or an attribute")
        }
        let rest = JinjaCall(positional: Array(call.positional.dropFirst()), named: call.named)
        for item in items { result.append(try filter(name, item, rest, line: line)) }
        return result
    }

    private mutating func selected(
        _ name: String, _ items: [JinjaValue], _ call: JinjaCall, line: Int
    ) throws(ExpressionError) -> [JinjaValue] {
        var arguments = call.positional
        var path: String?
        if name.hasSuffix("attr") {
            guard let given = arguments.first?.string else {
                throw .rendering(line: line, message: "'\(name)' needs the name of a field")
            }
            path = given
            arguments.removeFirst()
        }
        let testName = arguments.first?.string
        if let testName, !JinjaTests.names.contains(testName) {
            throw .rendering(line: line, message: "there is no test '\(testName)'")
        }
        let rest = JinjaCall(positional: Array(arguments.dropFirst()), named: call.named)
        var result: [JinjaValue] = []
        for item in items {
            let subject = if let path { try field(path, of: item, line: line) } else { item }
            let holds = if let testName { try test(testName, subject, rest, line: line) } else { subject.isTrue }
            if holds == name.hasPrefix("select") { result.append(item) }
        }
        return result
    }
}
