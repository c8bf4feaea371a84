import MillValue

extension JinjaRenderer {
    mutating func evaluate(_ expression: JinjaExpression) throws(ExpressionError) -> JinjaValue {
        try budget.spend(steps: 1)
        let line = expression.line
        switch expression.kind {
        case .literal(let value): return JinjaValue(value)
        case .name(let name): return lookUp(name)
        case .attribute(let base, let name):
            // First, for it may make the namespace that the field is of.
            let value = try evaluate(base)
            return try attribute(name, of: value, line: line)
        case .subscripted(let base, let index): return try element(evaluate(index), of: evaluate(base), line: line)
        case .slice(let base, let start, let end, let step): return try slice(base, start, end, step, line: line)
        case .list(let items): return .list(try JinjaList(try evaluate(items)))
        case .tuple(let items): return .list(try JinjaList(try evaluate(items), isTuple: true))
        case .map(let entries):
            var map = JinjaMap()
            for entry in entries {
                let key = try text(of: evaluate(entry.key))
                try budget.spend(bytes: key.utf8.count)
                try map.set(evaluate(entry.value), for: key)
            }
            return .map(map)
        case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
        case .negative(let operand):
            let value = try evaluate(operand)
            guard let scalar = value.scalar else {
                throw .rendering(line: line, message: "'-' needs a number, found \(value.kind)")
            }
            do { return JinjaValue(try CELArithmetic.negative(scalar, offset: 0)) } catch { throw restated(error, line: line) }
        case .binary(let operation, let left, let right):
            return try calculate(operation, evaluate(left), evaluate(right), line: line)
        case .comparison(let first, let others): return .bool(try holds(first, others, line: line))
        case .and(let left, let right):
            let first = try evaluate(left)
            return first.isTrue ? try evaluate(right) : first
        case .or(let left, let right):
            let first = try evaluate(left)
            return first.isTrue ? first : try evaluate(right)
        case .conditional(let test, let first, let otherwise):
            if try evaluate(test).isTrue { return try evaluate(first) }
            return if let otherwise { try evaluate(otherwise) } else { .undefined("the value without 'else'") }
        case .call(let function, let arguments): return try call(function, arguments, line: line)
        case .filter(let base, let name, let arguments):
            let input = try evaluate(base)
            return try filter(name, input, try evaluate(arguments), line: line)
        case .test(let base, let name, let arguments):
            let input = try evaluate(base)
            return .bool(try test(name, input, try evaluate(arguments), line: line))
        }
    }

    private mutating func evaluate(_ expressions: [JinjaExpression]) throws(ExpressionError) -> [JinjaValue] {
        var values: [JinjaValue] = []
        for expression in expressions { values.append(try evaluate(expression)) }
        return values
    }

    mutating func evaluate(_ arguments: JinjaArguments) throws(ExpressionError) -> JinjaCall {
        var result = JinjaCall()
        for argument in arguments.positional { result.positional.append(try evaluate(argument)) }
        for argument in arguments.named { result.named[argument.name] = try evaluate(argument.value) }
        return result
    }

    func attribute(_ name: String, of base: JinjaValue, line: Int) throws(ExpressionError) -> JinjaValue {
        switch base {
        case .undefined(let base): throw .rendering(line: line, message: "'\(base)' is undefined, so it has no '\(name)'")
        case .map(let map): return map[name] ?? .undefined(name)
        case .namespace(let namespace): return namespaces[namespace][name] ?? .undefined(name)
        case .loop(let loop): return loop.field(name)
        default: return .undefined(name)
        }
    }

    private mutating func element(_ index: JinjaValue, of base: JinjaValue, line: Int) throws(ExpressionError) -> JinjaValue {
        switch (base, index) {
        case (.list(let list), let index):
            guard let position = index.int else { return .undefined(index.string ?? index.kind) }
            let wrapped = position < 0 ? position + list.items.count : position
            return list.items.indices.contains(wrapped) ? list.items[wrapped] : .undefined("[\(position)]")
        case (.string(let string), .int(let position)):
            try budget.spend(bytes: string.utf8.count)
            let scalars = string.unicodeScalars
            let wrapped = position < 0 ? position + scalars.count : position
            guard wrapped >= 0, let index = scalars.index(scalars.startIndex, offsetBy: wrapped, limitedBy: scalars.endIndex),
                index < scalars.endIndex
            else { return .undefined("[\(position)]") }
            return .string(String(scalars[index]))
        case (_, let index):
            let name = try text(of: index)
            try budget.spend(bytes: name.utf8.count)
            return try attribute(name, of: base, line: line)
        }
    }

    private mutating func slice(
        _ base: JinjaExpression, _ start: JinjaExpression?, _ end: JinjaExpression?, _ step: JinjaExpression?, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        let value = try evaluate(base)
        var bounds: [Int?] = []
        for bound in [start, end, step] {
            let given: JinjaValue = if let bound { try evaluate(bound) } else { .null }
            bounds.append(given.int)
        }
        let items = try elements(of: value, line: line)
        let stride = bounds[2] ?? 1
        guard stride != 0 else { throw .rendering(line: line, message: "the step of a slice must not be 0") }
        let indices = PythonSlice.indices(count: items.count, start: bounds[0], end: bounds[1], step: stride)
        try budget.spend(items: indices.count)
        if case .string = value { return .string(indices.compactMap { items[$0].string }.joined()) }
        return .list(try JinjaList(indices.map { items[$0] }, isTuple: value.list?.isTuple == true))
    }

    private mutating func holds(
        _ first: JinjaExpression, _ others: [(operation: String, operand: JinjaExpression)], line: Int
    ) throws(ExpressionError) -> Bool {
        var left = try evaluate(first)
        for (operation, operand) in others {
            let right = try evaluate(operand)
            guard try compare(operation, left, right, line: line) else { return false }
            left = right
        }
        return true
    }

    mutating func compare(
        _ operation: String, _ left: JinjaValue, _ right: JinjaValue, line: Int
    ) throws(ExpressionError) -> Bool {
        switch operation {
        case "==": return try areEqual(left, right)
        case "!=": return !(try areEqual(left, right))
        case "in": return try isMember(left, of: right, line: line)
        case "not in": return !(try isMember(left, of: right, line: line))
        default:
            guard let known = CELOperator(rawValue: operation) else { return false }
            if case .undefined = left { throw .rendering(line: line, message: "cannot compare \(left.kind)") }
            if case .undefined = right { throw .rendering(line: line, message: "cannot compare \(right.kind)") }
            guard let a = left.scalar, let b = right.scalar else { throw mismatch(operation, left, right, line: line) }
            do { return try CELArithmetic.apply(known, a, b, offset: 0, &budget).bool ?? false } catch {
                throw restated(error, line: line)
            }
        }
    }

    mutating func areEqual(_ left: JinjaValue, _ right: JinjaValue) throws(ExpressionError) -> Bool {
        try budget.spend(items: 1)
        switch (left, right) {
        case (.undefined, .undefined): return true
        case (.namespace(let a), .namespace(let b)): return a == b
        case (.list(let a), .list(let b)):
            guard a.items.count == b.items.count, a.isTuple == b.isTuple else { return false }
            for (x, y) in zip(a.items, b.items) { guard try areEqual(x, y) else { return false } }
            return true
        case (.map(let a), .map(let b)):
            guard a.keys.count == b.keys.count else { return false }
            for (key, value) in a.entries {
                try budget.spend(bytes: key.utf8.count)
                guard let other = b[key], try areEqual(value, other) else { return false }
            }
            return true
        default:
            guard let a = left.scalar, let b = right.scalar else { return false }
            return try ValueComparison.areEqual(a, b, &budget)
        }
    }

    /// Where the first item that equals `value` stands.
    mutating func position(of value: JinjaValue, in items: [JinjaValue]) throws(ExpressionError) -> Int? {
        for (index, item) in items.enumerated() where try areEqual(item, value) { return index }
        return nil
    }

    private mutating func isMember(_ value: JinjaValue, of container: JinjaValue, line: Int) throws(ExpressionError) -> Bool {
        switch container {
        case .string(let text):
            guard let part = value.string else {
                throw .rendering(line: line, message: "'in' a string needs a string, found \(value.kind)")
            }
            try budget.spend(bytes: text.utf8.count + part.utf8.count)
            return SubstringSearch(part).occurs(in: text)
        case .map(let map):
            guard let key = value.string else { return false }
            try budget.spend(bytes: key.utf8.count)
            return map[key] != nil
        default: return try position(of: value, in: try elements(of: container, line: line)) != nil
        }
    }

    private mutating func calculate(
        _ operation: String, _ left: JinjaValue, _ right: JinjaValue, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        switch (operation, left, right) {
        case ("~", _, _):
            var writer = JinjaWriter(maximumBytes: limits.outputBytes)
            try writer.write(left, &budget)
            try writer.write(right, &budget)
            return .string(writer.output)
        case ("*", .string(let text), .int(let count)), ("*", .int(let count), .string(let text)):
            var writer = JinjaWriter(maximumBytes: limits.outputBytes)
            try writer.append(text, times: count, &budget)
            return .string(writer.output)
        case ("+", .string(let a), .string(let b)):
            try budget.spend(bytes: a.utf8.count + b.utf8.count)
            return try bounded(a + b)
        case ("+", .list(let a), .list(let b)) where a.isTuple == b.isTuple:
            try budget.spend(items: a.items.count + b.items.count)
            return .list(try JinjaList(a.items + b.items, isTuple: a.isTuple))
        case ("%", .string(let format), _) where right.scalar != nil || right.depth > 0:
            let arguments = right.list.flatMap { $0.isTuple ? $0.items : nil } ?? [right]
            return .string(
                try JinjaFormat.apply(format, arguments, maximumBytes: limits.outputBytes, line: line, &budget))
        default:
            guard let a = left.scalar, let b = right.scalar else { throw mismatch(operation, left, right, line: line) }
            guard let known = CELOperator(rawValue: operation), !["/", "%"].contains(operation) else {
                return JinjaValue(try PythonNumbers.apply(operation, a, b, line: line))
            }
            do { return JinjaValue(try CELArithmetic.apply(known, a, b, offset: 0, &budget)) } catch {
                throw restated(error, line: line)
            }
        }
    }

    private func mismatch(_ operation: String, _ left: JinjaValue, _ right: JinjaValue, line: Int) -> ExpressionError {
        for operand in [left, right] {
            switch operand {
            case .undefined, .namespace, .macro, .function, .loop:
                return .rendering(line: line, message: "'\(operation)' does not apply to \(operand.kind)")
            default: continue
            }
        }
        return .rendering(line: line, message: "'\(operation)' does not apply to \(left.kind) and \(right.kind)")
    }

    func restated(_ error: ExpressionError, line: Int) -> ExpressionError {
        switch error {
        case .evaluation(_, let message): .rendering(line: line, message: message)
        default: error
        }
    }
}

/// The arguments of a call, evaluated.
struct JinjaCall {
    var positional: [JinjaValue] = []
    var named: [String: JinjaValue] = [:]

    /// The argument at `index`, or the one called `name`; nil if neither is given.
    func argument(_ index: Int, _ name: String) -> JinjaValue? {
        index < positional.count ? positional[index] : named[name]
    }
}
