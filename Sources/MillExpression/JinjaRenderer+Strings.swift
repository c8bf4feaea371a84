/// What filters and methods of strings share; all of it is charged for.
extension JinjaRenderer {
    mutating func strip(
        _ text: String, _ set: String?, left: Bool = true, right: Bool = true
    ) throws(ExpressionError) -> String {
        if let set { try budget.spend(items: set.utf8.count) }
        return PythonStrings.strip(text, set, left: left, right: right)
    }

    mutating func titled(_ text: String) throws(ExpressionError) -> String {
        try budget.spend(items: 2 * text.utf8.count)
        return PythonStrings.titled(text)
    }

    mutating func split(_ text: String, by separator: String?, limit: Int) throws(ExpressionError) -> JinjaList {
        try budget.spend(bytes: text.utf8.count + (separator?.utf8.count ?? 0))
        let parts = PythonStrings.split(text, by: separator, limit: limit)
        try budget.spend(items: 2 * parts.count)
        return try JinjaList(parts.map(JinjaValue.string))
    }

    /// `text` with `other` in place of the first `limit` occurrences of `part`.
    mutating func replaced(
        _ text: String, _ part: String, by other: String, limit: Int
    ) throws(ExpressionError) -> JinjaValue {
        try joined(try split(text, by: part, limit: limit).items, separator: other)
    }

    /// The texts of `items`, with `separator` between them.
    mutating func joined(_ items: [JinjaValue], separator: String) throws(ExpressionError) -> JinjaValue {
        var writer = JinjaWriter(maximumBytes: limits.outputBytes)
        for (index, item) in items.enumerated() {
            try budget.spend(items: 1)
            if index > 0 { try writer.append(separator, &budget) }
            try writer.write(item, &budget)
        }
        return .string(writer.output)
    }
}
