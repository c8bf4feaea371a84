import MillValue

/// The operators of CEL; whole numbers are checked for overflow.
enum CELArithmetic {
    static func apply(
        _ operation: CELOperator, _ left: Value, _ right: Value, offset: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) -> Value {
        switch operation {
        case .equal: .bool(try ValueComparison.areEqual(left, right, &budget))
        case .notEqual: .bool(!(try ValueComparison.areEqual(left, right, &budget)))
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            .bool(try compare(operation, left, right, offset: offset, &budget))
        case .in: .bool(try isMember(left, of: right, offset: offset, &budget))
        case .add, .subtract, .multiply, .divide, .remainder:
            try calculate(operation, left, right, offset: offset, &budget)
        }
    }

    static func negative(_ value: Value, offset: Int) throws(ExpressionError) -> Value {
        switch value {
        case .int(.min): throw overflow("-", offset: offset)
        case .int(let int): return .int(-int)
        case .double(let double): return .double(-double)
        default: throw .evaluation(offset: offset, message: "'-' needs a number, found \(value.kind)")
        }
    }

    private static func compare(
        _ operation: CELOperator, _ left: Value, _ right: Value, offset: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) -> Bool {
        guard let order = try ValueComparison.order(left, right, &budget) else {
            // NaN is a number, but neither above nor below another.
            guard left.double != nil, right.double != nil else { throw mismatch(operation, left, right, offset: offset) }
            return false
        }
        return switch operation {
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        default: order >= 0
        }
    }

    private static func isMember(
        _ value: Value, of container: Value, offset: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) -> Bool {
        switch container {
        case .list(let list):
            for item in list {
                try budget.spend(items: 1)
                if try ValueComparison.areEqual(item, value, &budget) { return true }
            }
            return false
        case .map(let map):
            guard let key = value.string else { return false }
            try budget.spend(bytes: key.utf8.count)
            return map[key] != nil
        default: throw .evaluation(offset: offset, message: "'in' needs a list or an object, found \(container.kind)")
        }
    }

    private static func calculate(
        _ operation: CELOperator, _ left: Value, _ right: Value, offset: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) -> Value {
        switch (left, right) {
        case (.string(let a), .string(let b)) where operation == .add:
            try budget.spend(bytes: a.utf8.count + b.utf8.count)
            return .string(a + b)
        case (.list(let a), .list(let b)) where operation == .add:
            try budget.spend(items: a.count + b.count)
            return .list(a + b)
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
            guard b == 0, operation == .divide || operation == .remainder else {
                throw self.overflow(operation.rawValue, offset: offset)
            }
            throw .evaluation(offset: offset, message: "division by zero")
        }
        return result
    }

    private static func overflow(_ operation: String, offset: Int) -> ExpressionError {
        .evaluation(offset: offset, message: "the result of '\(operation)' does not fit 64 bits")
    }

    private static func mismatch(_ operation: CELOperator, _ left: Value, _ right: Value, offset: Int) -> ExpressionError {
        .evaluation(offset: offset, message: "'\(operation.rawValue)' does not apply to \(left.kind) and \(right.kind)")
    }
}
