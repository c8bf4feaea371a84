import MillValue

/// How deep lists and maps may stand inside each other in a value that an expression or a template builds.
///
/// Comparing, writing and releasing a value go down its levels, so their number is bounded by the stack.
enum Nesting {
    static let maximum = 256

    static func check(_ depth: Int) throws(ExpressionError) {
        guard depth <= maximum else { throw .limit(what: "levels of nesting in a value", limit: maximum) }
    }

    /// The levels of lists and maps in `value`; 0 for what is neither.
    static func depth(of value: Value, _ budget: inout WorkBudget) throws(ExpressionError) -> Int {
        var inner = 0
        switch value {
        case .list(let list):
            try budget.spend(items: list.count)
            for item in list { inner = max(inner, try depth(of: item, &budget)) }
        case .map(let map):
            try budget.spend(items: 2 * map.count)
            for entry in map { inner = max(inner, try depth(of: entry.value, &budget)) }
        default: return 0
        }
        return inner + 1
    }
}
