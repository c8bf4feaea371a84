import MillValue

/// Equality and order of values: numbers by their exact value, text by its code points.
enum ValueComparison {
    static func areEqual(_ left: Value, _ right: Value, _ budget: inout WorkBudget) throws(ExpressionError) -> Bool {
        switch (left, right) {
        case (.int(let a), .double(let b)), (.double(let b), .int(let a)): return order(a, b) == 0
        case (.string(let a), .string(let b)):
            guard a.utf8.count == b.utf8.count else { return false }
            try budget.spend(bytes: a.utf8.count)
            return CodePoints(a) == CodePoints(b)
        case (.list(let a), .list(let b)):
            guard a.count == b.count else { return false }
            for (x, y) in zip(a, b) {
                try budget.spend(items: 1)
                guard try areEqual(x, y, &budget) else { return false }
            }
            return true
        case (.map(let a), .map(let b)):
            guard a.count == b.count else { return false }
            for entry in a {
                try budget.spend(items: 2)
                try budget.spend(bytes: entry.key.utf8.count)
                guard let other = b[entry.key], try areEqual(entry.value, other, &budget) else { return false }
            }
            return true
        default: return left == right
        }
    }

    /// Below, at or above 0 as `left` comes before, with or after `right`; nil where they have no order, as with NaN.
    static func order(_ left: Value, _ right: Value, _ budget: inout WorkBudget) throws(ExpressionError) -> Int? {
        switch (left, right) {
        case (.int(let a), .int(let b)): return order(a, b)
        case (.double(let a), .double(let b)): return a.isNaN || b.isNaN ? nil : order(a, b)
        case (.int(let a), .double(let b)): return order(a, b)
        case (.double(let a), .int(let b)): return order(b, a).map { -$0 }
        case (.bool(let a), .bool(let b)): return order(a ? 1 : 0, b ? 1 : 0)
        case (.string(let a), .string(let b)):
            try budget.spend(bytes: min(a.utf8.count, b.utf8.count))
            return order(CodePoints(a), CodePoints(b))
        default: return nil
        }
    }

    private static func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }

    /// Without rounding the whole number to a double, which not every one of more than 53 bits survives.
    private static func order(_ a: Int, _ b: Double) -> Int? {
        guard !b.isNaN else { return nil }
        let floor = b.rounded(.down)
        guard let whole = Int(exactly: floor) else { return b < 0 ? 1 : -1 }
        return a == whole ? (b > floor ? -1 : 0) : order(a, whole)
    }
}
