import MillValue

extension Value {
    /// Equality as JSON Schema defines it: numbers by value (`1` equals `1.0`), strings by their code points.
    package func isJSONEqual(to other: Value) -> Bool {
        switch (self, other) {
        case (.int(let a), .int(let b)): a == b
        case (.int, .double), (.double, .int), (.double, .double): double == other.double
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isJSONEqual(to: $1) }
        case (.map(let a), .map(let b)):
            a.count == b.count && a.allSatisfy { entry in b[entry.key].map { $0.isJSONEqual(to: entry.value) } ?? false }
        default: self == other
        }
    }
}
