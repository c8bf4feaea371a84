import MillValue

/// Computes the value of a CEL expression.
struct CELEvaluator {
    private var variables: [String: Value]
    private var budget: WorkBudget

    init(variables: [String: Value], budget: WorkBudget) {
        self.variables = variables
        self.budget = budget
    }

    mutating func evaluate(_ node: CELNode) throws(ExpressionError) -> Value {
        try budget.spend(steps: 1)
        switch node {
        case .literal(let value): return value
        case .variable(let name, let offset):
            if let value = variables[name] { return value }
            throw .unknownVariable(offset: offset, name: name, suggestion: Suggestion.closest(to: name, among: variables.keys))
        case .field(let target, let name, let offset):
            return try field(name, of: evaluate(target), offset: offset)
        case .hasField(let target, let name, let offset):
            let value = try evaluate(target)
            guard let map = value.map else {
                throw .evaluation(offset: offset, message: "has() needs an object, found \(value.kind)")
            }
            return .bool(map[name] != nil)
        case .element(let target, let index, let offset):
            return try element(evaluate(index), of: evaluate(target), offset: offset)
        case .list(let items):
            var result: [Value] = []
            for item in items { result.append(try evaluate(item)) }
            return try nested(.list(result))
        case .map(let entries, let offset): return try map(entries, offset: offset)
        case .not(let operand, let offset): return .bool(!(try condition(operand, offset: offset)))
        case .negative(let operand, let offset): return try CELArithmetic.negative(evaluate(operand), offset: offset)
        case .binary(let operation, let left, let right, let offset):
            let (left, right) = (try evaluate(left), try evaluate(right))
            return try CELArithmetic.apply(operation, left, right, offset: offset, &budget)
        case .and(let left, let right, let offset): return try absorbing(left, right, decisive: false, offset: offset)
        case .or(let left, let right, let offset): return try absorbing(left, right, decisive: true, offset: offset)
        case .conditional(let test, let first, let second, let offset):
            return try evaluate(try condition(test, offset: offset) ? first : second)
        case .call(let function, let arguments, let offset):
            var values: [Value] = []
            for argument in arguments { values.append(try evaluate(argument)) }
            return try call(function, values, offset: offset)
        case .matches(let text, let pattern, let offset): return try matches(evaluate(text), pattern, offset: offset)
        case .macro(let macro, let offset): return try evaluate(macro, offset: offset)
        }
    }

    /// A list or map that was just built.
    private mutating func nested(_ value: Value) throws(ExpressionError) -> Value {
        try Nesting.check(try Nesting.depth(of: value, &budget))
        return value
    }

    private mutating func condition(_ node: CELNode, offset: Int) throws(ExpressionError) -> Bool {
        let value = try evaluate(node)
        guard let bool = value.bool else {
            throw .evaluation(offset: offset, message: "expected true or false, found \(value.kind)")
        }
        return bool
    }

    /// `&&` and `||`: if either side decides, an error of the other does not matter.
    private mutating func absorbing(
        _ left: CELNode, _ right: CELNode, decisive: Bool, offset: Int
    ) throws(ExpressionError) -> Value {
        do {
            if try condition(left, offset: offset) == decisive { return .bool(decisive) }
        } catch {
            if error.stops { throw error }
            if let right = try? condition(right, offset: offset), right == decisive { return .bool(decisive) }
            throw error
        }
        return .bool(try condition(right, offset: offset))
    }

    private mutating func map(_ entries: [(key: CELNode, value: CELNode)], offset: Int) throws(ExpressionError) -> Value {
        var result = ValueMap()
        for entry in entries {
            let key = try evaluate(entry.key)
            guard let name = key.string else {
                throw .evaluation(offset: offset, message: "keys must be strings, found \(key.kind)")
            }
            try budget.spend(bytes: name.utf8.count)
            guard result[name] == nil else { throw .evaluation(offset: offset, message: "the key '\(name)' stands twice") }
            result[name] = try evaluate(entry.value)
        }
        return try nested(.map(result))
    }

    private mutating func evaluate(_ macro: CELMacro, offset: Int) throws(ExpressionError) -> Value {
        let range = try evaluate(macro.range)
        if let map = range.map { try budget.spend(items: map.count) }
        guard let items = range.list ?? range.map?.keys.map(Value.string) else {
            throw .evaluation(offset: offset, message: "\(macro.kind.rawValue)() needs a list or an object, found \(range.kind)")
        }
        let outer = variables[macro.name]
        defer { variables[macro.name] = outer }
        var kept: [Value] = []
        var failure: ExpressionError?
        for item in items {
            variables[macro.name] = item
            do {
                let holds = if let test = macro.condition { try condition(test, offset: offset) } else { true }
                switch macro.kind {
                case .all where !holds: return false
                case .exists where holds: return true
                case .map where holds: if let transform = macro.transform { kept.append(try evaluate(transform)) }
                case .filter where holds, .existsOne where holds: kept.append(item)
                default: break
                }
            } catch {
                // One element may decide `all` and `exists` whatever the others do.
                guard macro.kind == .all || macro.kind == .exists, error.offset != nil else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return switch macro.kind {
        case .all: true
        case .exists: false
        case .existsOne: .bool(kept.count == 1)
        case .filter: .list(kept)
        case .map: try nested(.list(kept))
        }
    }

    private mutating func matches(_ text: Value, _ pattern: Pattern, offset: Int) throws(ExpressionError) -> Value {
        guard let text = text.string else {
            throw .evaluation(offset: offset, message: "matches() needs a string, found \(text.kind)")
        }
        // Each character may meet every instruction of the pattern.
        let (work, overflow) = text.utf8.count.multipliedReportingOverflow(by: 1 + pattern.program.count / 4)
        try budget.spend(bytes: overflow ? .max : work)
        return .bool(pattern.matches(text))
    }

    private mutating func call(_ function: CELFunction, _ arguments: [Value], offset: Int) throws(ExpressionError) -> Value {
        guard function == .matches else {
            return try CELFunctions.call(function, arguments, offset: offset, &budget)
        }
        guard let source = arguments[1].string else {
            throw .evaluation(offset: offset, message: "matches() needs a string as pattern, found \(arguments[1].kind)")
        }
        try budget.spend(bytes: source.utf8.count)
        let pattern: Pattern
        do { pattern = try Pattern(source) } catch {
            // A refusal may take as long as the longest pattern that is compiled.
            try budget.spend(steps: Pattern.Node.maximumInstructions)
            throw .evaluation(offset: offset, message: "the pattern '\(source)' is refused: \(error)")
        }
        try budget.spend(steps: pattern.program.count)
        return try matches(arguments[0], pattern, offset: offset)
    }

    private mutating func field(_ name: String, of value: Value, offset: Int) throws(ExpressionError) -> Value {
        guard let map = value.map else {
            throw .evaluation(offset: offset, message: "'.\(name)' needs an object, found \(value.kind)")
        }
        try budget.spend(bytes: name.utf8.count)
        if let value = map[name] { return value }
        let candidates = map.keys.prefix(64)
        for candidate in candidates { try budget.spend(bytes: 2 * min(name.utf8.count, 64) * min(candidate.utf8.count, 64)) }
        let hint = Suggestion.closest(to: name, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
        throw .evaluation(offset: offset, message: "there is no field '\(name)'\(hint)")
    }

    private mutating func element(_ index: Value, of value: Value, offset: Int) throws(ExpressionError) -> Value {
        switch value {
        case .map:
            guard let key = index.string else {
                throw .evaluation(offset: offset, message: "expected a string as key, found \(index.kind)")
            }
            return try field(key, of: value, offset: offset)
        case .list(let list):
            guard let position = index.int else {
                throw .evaluation(offset: offset, message: "expected a whole number as index, found \(index.kind)")
            }
            guard list.indices.contains(position) else {
                throw .evaluation(offset: offset, message: "index \(position) is outside a list of \(list.count)")
            }
            return list[position]
        default: throw .evaluation(offset: offset, message: "'[…]' needs a list or an object, found \(value.kind)")
        }
    }
}
