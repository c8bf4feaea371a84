import MillValue

/// The operators of CEL; whole numbers are checked for overflow.
enum CELArithmetic {
    static func apply(_ operation: CELOperator, _ left: Value, _ right: Value, offset: Int) throws(ExpressionError) -> Value {
        switch operation {
        case .equal: .bool(areEqual(left, right))
        case .notEqual: .bool(!areEqual(left, right))
        case .less, .lessOrEqual, .greater, .greaterOrEqual: .bool(try compare(operation, left, right, offset: offset))
        case .in: .bool(try isMember(left, of: right, offset: offset))
        case .add, .subtract, .multiply, .divide, .remainder: try calculate(operation, left, right, offset: offset)
        }
    }

    static func negative(_ value: Value, offset: Int) throws(ExpressionError) -> Value {
        switch value {
        case .int(let int) where int > .min: return .int(-int)
        case .double(let double): return .double(-double)
        default: throw .evaluation(offset: offset, message: "'-' needs a number, found \(value.kind)")
        }
    }

    /// Equality of values of any kind; numbers by value.
    static func areEqual(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.int, .double), (.double, .int): left.double == right.double
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy(areEqual)
        case (.map(let a), .map(let b)):
            a.count == b.count && a.allSatisfy { entry in b[entry.key].map { areEqual($0, entry.value) } ?? false }
        default: left == right
        }
    }

    private static func compare(
        _ operation: CELOperator, _ left: Value, _ right: Value, offset: Int
    ) throws(ExpressionError) -> Bool {
        switch (left, right) {
        case (.int(let a), .int(let b)): return holds(operation, a, b)
        case (.string(let a), .string(let b)): return holds(operation, a, b)
        case (.bool(let a), .bool(let b)): return holds(operation, a ? 1 : 0, b ? 1 : 0)
        default:
            if let a = left.double, let b = right.double { return holds(operation, a, b) }
            throw mismatch(operation, left, right, offset: offset)
        }
    }

    private static func holds<T: Comparable>(_ operation: CELOperator, _ a: T, _ b: T) -> Bool {
        switch operation {
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        default: a >= b
        }
    }

    private static func isMember(_ value: Value, of container: Value, offset: Int) throws(ExpressionError) -> Bool {
        switch container {
        case .list(let list): return list.contains { areEqual($0, value) }
        case .map(let map): return value.string.map { map[$0] != nil } ?? false
        default: throw .evaluation(offset: offset, message: "'in' needs a list or an object, found \(container.kind)")
        }
    }

    private static func calculate(
        _ operation: CELOperator, _ left: Value, _ right: Value, offset: Int
    ) throws(ExpressionError) -> Value {
        switch (left, right) {
        case (.string(let a), .string(let b)) where operation == .add: return .string(a + b)
        case (.list(let a), .list(let b)) where operation == .add: return .list(a + b)
        case (.int(let a), .int(let b)): return .int(try calculate(operation, a, b, offset: offset))
        default:
            guard let a = left.double, let b = right.double else { throw mismatch(operation, left, right, offset: offset) }
            switch operation {
            case .add: return .double(a + b)
            case .subtract: return .double(a - b)
            case .multiply: return .double(a * b)
            case .divide: return .double(a / b)
            default: return .double(a.truncatingRemainder(dividingBy: b))
            }
        }
    }

    private static func calculate(_ operation: CELOperator, _ a: Int, _ b: Int, offset: Int) throws(ExpressionError) -> Int {
        let (result, overflow) =
            switch operation {
            case .add: a.addingReportingOverflow(b)
            case .subtract: a.subtractingReportingOverflow(b)
            case .multiply: a.multipliedReportingOverflow(by: b)
            case .divide: a.dividedReportingOverflow(by: b)
            default: a.remainderReportingOverflow(dividingBy: b)
            }
        guard !overflow else {
            let reason =
                b == 0 && (operation == .divide || operation == .remainder)
                ? "division by zero" : "the result of '\(operation.rawValue)' does not fit 64 bits"
            throw .evaluation(offset: offset, message: reason)
        }
        return result
    }

    private static func mismatch(_ operation: CELOperator, _ left: Value, _ right: Value, offset: Int) -> ExpressionError {
        .evaluation(offset: offset, message: "'\(operation.rawValue)' does not apply to \(left.kind) and \(right.kind)")
    }
}
