import MillValue

/// The functions of CEL and a few of its string extensions.
enum CELFunctions {
    static func call(
        _ function: CELFunction, _ arguments: [Value], offset: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) -> Value {
        for case .string(let string) in arguments { try budget.spend(bytes: string.utf8.count) }
        let value = arguments[0]
        func fail(_ needs: String) -> ExpressionError {
            .evaluation(offset: offset, message: "\(function.rawValue)() needs \(needs), found \(describe(value))")
        }
        func string() throws(ExpressionError) -> String {
            guard let string = value.string else { throw fail("a string") }
            return string
        }
        func argument() throws(ExpressionError) -> String {
            guard let string = arguments[1].string else {
                throw .evaluation(
                    offset: offset, message: "\(function.rawValue)() needs a string as argument, found \(arguments[1].kind)")
            }
            return string
        }
        switch function {
        case .dyn: return value
        case .size:
            guard let size = size(of: value) else { throw fail("a string, list or object") }
            return .int(size)
        case .startsWith: return .bool(try string().utf8.starts(with: try argument().utf8))
        case .endsWith: return .bool(try string().utf8.reversed().starts(with: try argument().utf8.reversed()))
        case .contains: return .bool(SubstringSearch(try argument()).occurs(in: try string()))
        case .lowerAscii: return .string(mapASCII(try string(), 65...90) { $0 + 32 })
        case .upperAscii: return .string(mapASCII(try string(), 97...122) { $0 - 32 })
        case .trim: return .string(try string().trimmed())
        case .int:
            guard let int = int(value) else { throw fail("a number or its text within 64 bits") }
            return .int(int)
        case .double:
            guard let double = value.double ?? value.string.flatMap(Double.init) else { throw fail("a number or its text") }
            return .double(double)
        case .string:
            if let string = value.string { return .string(string) }
            try charge(value, &budget)
            return .string(value.json())
        case .bool:
            guard let bool = value.bool ?? ["true": true, "false": false][value.string ?? ""] else {
                throw fail("true or false or its text")
            }
            return .bool(bool)
        case .duration:
            guard let seconds = value.double ?? value.string.flatMap({ Duration(text: $0)?.inSeconds }) else {
                throw fail("a duration such as \"5s\"")
            }
            return .double(seconds)
        case .timestamp:
            guard let time = value.double ?? value.string.flatMap(Timestamp.seconds) else {
                throw fail("a time such as \"2026-01-31T08:00:00Z\"")
            }
            return .double(time)
        case .getHours, .getMinutes, .getDayOfWeek:
            guard let time = value.double, abs(time) < 1e15 else { throw fail("a timestamp") }
            return .int(Timestamp.part(function, of: time))
        case .matches: throw fail("a pattern")
        }
    }

    /// Code points, items or entries.
    private static func size(of value: Value) -> Int? {
        switch value {
        case .string(let string): string.unicodeScalars.count
        case .list(let list): list.count
        case .map(let map): map.count
        default: nil
        }
    }

    private static func int(_ value: Value) -> Int? {
        switch value {
        case .int(let int): int
        case .double(let double): Int(exactly: double.rounded(.towardZero))
        case .string(let string): Int(string)
        case .bool(let bool): bool ? 1 : 0
        default: nil
        }
    }

    /// What it takes to write `value`.
    private static func charge(_ value: Value, _ budget: inout WorkBudget) throws(ExpressionError) {
        switch value {
        case .string(let string): try budget.spend(bytes: string.utf8.count)
        case .list(let list):
            for item in list {
                try budget.spend(items: 1)
                try charge(item, &budget)
            }
        case .map(let map):
            for entry in map {
                try budget.spend(items: 2)
                try budget.spend(bytes: entry.key.utf8.count)
                try charge(entry.value, &budget)
            }
        default: try budget.spend(items: 1)
        }
    }

    private static func mapASCII(_ text: String, _ range: ClosedRange<UInt8>, _ change: (UInt8) -> UInt8) -> String {
        String(decoding: text.utf8.map { range.contains($0) ? change($0) : $0 }, as: UTF8.self)
    }

    private static func describe(_ value: Value) -> String {
        guard let string = value.string else { return value.kind }
        return "\"\(String(string.prefix(40)))\""
    }
}

extension String {
    /// Without white space at either end.
    func trimmed() -> String {
        var view = Substring(self).unicodeScalars
        while let first = view.first, first.properties.isWhitespace { view.removeFirst() }
        while let last = view.last, last.properties.isWhitespace { view.removeLast() }
        return String(view)
    }
}
