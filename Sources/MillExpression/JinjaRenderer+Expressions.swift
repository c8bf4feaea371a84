import MillValue

extension JinjaRenderer {
    mutating func evaluate(_ expression: JinjaExpression) throws(ExpressionError) -> JinjaValue {
        try spend(1)
        let line = expression.line
        switch expression.kind {
        case .literal(let value): return .value(value)
        case .name(let name): return lookUp(name)
        case .attribute(let base, let name): return try attribute(name, of: evaluate(base), line: line)
        case .subscripted(let base, let index): return try element(evaluate(index), of: evaluate(base), line: line)
        case .slice(let base, let start, let end, let step): return try slice(base, start, end, step, line: line)
        case .list(let items):
            var list: [Value] = []
            for item in items { list.append(try plain(item)) }
            return .value(.list(list))
        case .map(let entries):
            var map = ValueMap()
            for entry in entries { map[PythonText.string(try plain(entry.key))] = try plain(entry.value) }
            return .value(.map(map))
        case .not(let operand): return .value(.bool(!(try evaluate(operand).isTrue)))
        case .negative(let operand):
            do { return .value(try CELArithmetic.negative(plain(operand), offset: 0)) } catch {
                throw restated(error, line: line)
            }
        case .binary(let operation, let left, let right):
            return try calculate(operation, evaluate(left), evaluate(right), line: line)
        case .comparison(let first, let others): return .value(.bool(try holds(first, others, line: line)))
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
            return .value(.bool(try test(name, input, try evaluate(arguments), line: line)))
        }
    }

    /// The value of an expression that ends up inside a list or map.
    private mutating func plain(_ expression: JinjaExpression) throws(ExpressionError) -> Value {
        switch try evaluate(expression) {
        case .value(let value): return value
        case .undefined: return .null
        case let other: throw .rendering(line: expression.line, message: "\(other.kind) cannot be kept here")
        }
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
        case .value(.map(let map)): return map[name].map(JinjaValue.value) ?? .undefined(name)
        case .namespace(let namespace): return namespace.fields[name] ?? .undefined(name)
        case .loop(let loop): return loop.field(name)
        default: return .undefined(name)
        }
    }

    private func element(_ index: JinjaValue, of base: JinjaValue, line: Int) throws(ExpressionError) -> JinjaValue {
        switch (base, index.plain) {
        case (.value(.list(let list)), let index):
            guard let position = index.int else { return .undefined(PythonText.string(index)) }
            let wrapped = position < 0 ? position + list.count : position
            return list.indices.contains(wrapped) ? .value(list[wrapped]) : .undefined("[\(position)]")
        case (.value(.string(let string)), .int(let position)):
            let scalars = Array(string.unicodeScalars)
            let wrapped = position < 0 ? position + scalars.count : position
            return scalars.indices.contains(wrapped) ? .value(.string(String(scalars[wrapped]))) : .undefined("[\(position)]")
        case (_, let index): return try attribute(PythonText.string(index), of: base, line: line)
        }
    }

    private mutating func slice(
        _ base: JinjaExpression, _ start: JinjaExpression?, _ end: JinjaExpression?, _ step: JinjaExpression?, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        let value = try evaluate(base)
        var bounds: [Int?] = []
        for bound in [start, end, step] {
            let value: Value = if let bound { try plain(bound) } else { .null }
            bounds.append(value.int)
        }
        let items = try elements(of: value, line: line)
        let stride = bounds[2] ?? 1
        guard stride != 0 else { throw .rendering(line: line, message: "the step of a slice must not be 0") }
        try spend(items.count / 16)
        let indices = PythonSlice.indices(count: items.count, start: bounds[0], end: bounds[1], step: stride)
        if case .value(.string) = value { return .value(.string(indices.compactMap { items[$0].string }.joined())) }
        return .value(.list(indices.map { items[$0] }))
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

    func compare(_ operation: String, _ left: JinjaValue, _ right: JinjaValue, line: Int) throws(ExpressionError) -> Bool {
        switch operation {
        case "==": return areEqual(left, right)
        case "!=": return !areEqual(left, right)
        case "in": return try isMember(left, of: right, line: line)
        case "not in": return !(try isMember(left, of: right, line: line))
        default:
            guard let operation = CELOperator(rawValue: operation) else { return false }
            if case .undefined = left { throw .rendering(line: line, message: "cannot compare \(left.kind)") }
            if case .undefined = right { throw .rendering(line: line, message: "cannot compare \(right.kind)") }
            do { return try CELArithmetic.apply(operation, left.plain, right.plain, offset: 0).bool ?? false } catch {
                throw restated(error, line: line)
            }
        }
    }

    private func areEqual(_ left: JinjaValue, _ right: JinjaValue) -> Bool {
        switch (left, right) {
        case (.value(let a), .value(let b)): CELArithmetic.areEqual(a, b)
        case (.undefined, .undefined): true
        default: false
        }
    }

    private func isMember(_ value: JinjaValue, of container: JinjaValue, line: Int) throws(ExpressionError) -> Bool {
        if case .value(.string(let text)) = container {
            guard let part = value.plain.string else {
                throw .rendering(line: line, message: "'in' a string needs a string, found \(value.kind)")
            }
            return part.isEmpty || !PythonStrings.split(text, by: part, limit: 1).dropFirst().isEmpty
        }
        return try elements(of: container, line: line).contains { CELArithmetic.areEqual($0, value.plain) }
    }

    private mutating func calculate(
        _ operation: String, _ left: JinjaValue, _ right: JinjaValue, line: Int
    ) throws(ExpressionError) -> JinjaValue {
        if operation == "~" {
            let text = left.text + right.text
            try spend(text.utf8.count / 64)
            return .value(.string(text))
        }
        for operand in [left, right] {
            guard case .value = operand else {
                throw .rendering(line: line, message: "'\(operation)' does not apply to \(operand.kind)")
            }
        }
        let (a, b) = (left.plain, right.plain)
        switch (operation, a, b) {
        case ("*", .string(let text), .int(let count)), ("*", .int(let count), .string(let text)):
            let count = max(0, count)
            let (size, overflow) = text.utf8.count.multipliedReportingOverflow(by: count)
            guard !overflow, size <= limits.outputBytes else {
                throw .limit(what: "bytes in a string", limit: limits.outputBytes)
            }
            return .value(.string(String(repeating: text, count: count)))
        case ("%", .string(let format), _):
            guard let text = PythonText.format(format, b.list ?? [b]) else {
                throw .rendering(line: line, message: "the values do not fit the format '\(format)'")
            }
            return .value(.string(text))
        case ("/", _, _), ("//", _, _), ("%", _, _), ("**", _, _):
            return .value(try PythonNumbers.apply(operation, a, b, line: line))
        default:
            guard let known = CELOperator(rawValue: operation) else { return .undefined(operation) }
            if let a = a.string { try spend(a.utf8.count / 64) }
            if let a = a.list { try spend(a.count / 8) }
            do { return .value(try CELArithmetic.apply(known, a, b, offset: 0)) } catch { throw restated(error, line: line) }
        }
    }

    private func restated(_ error: ExpressionError, line: Int) -> ExpressionError {
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
