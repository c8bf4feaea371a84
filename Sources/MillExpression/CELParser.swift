import MillValue

/// Reads CEL by recursive descent; nesting and size are bounded.
struct CELParser {
    static let maximumDepth = 100
    static let maximumTokens = 10_000

    private let tokens: [CELToken]
    private var position = 0
    private var depth = 0
    private var bound: [String] = []
    /// Variables that the expression itself does not introduce, in order of appearance.
    private(set) var variables: [(name: String, offset: Int)] = []

    init(_ source: String) throws(ExpressionError) {
        tokens = try CELLexer.tokens(of: source)
        guard tokens.count <= Self.maximumTokens else { throw .limit(what: "words in an expression", limit: Self.maximumTokens) }
    }

    mutating func parse() throws(ExpressionError) -> CELNode {
        let node = try expression()
        guard current.kind == .end else { throw expected("an operator or the end") }
        return node
    }

    private mutating func expression() throws(ExpressionError) -> CELNode {
        try enter()
        defer { depth -= 1 }
        let condition = try disjunction()
        let offset = current.offset
        guard take("?") else { return condition }
        let first = try expression()
        guard take(":") else { throw expected("':' of the conditional") }
        return .conditional(condition, first, try expression(), offset: offset)
    }

    private mutating func disjunction() throws(ExpressionError) -> CELNode {
        var node = try conjunction()
        let outer = depth
        defer { depth = outer }
        while case let offset = current.offset, take("||") {
            try enter()
            node = .or(node, try conjunction(), offset: offset)
        }
        return node
    }

    private mutating func conjunction() throws(ExpressionError) -> CELNode {
        var node = try binary(minimum: 1)
        let outer = depth
        defer { depth = outer }
        while case let offset = current.offset, take("&&") {
            try enter()
            node = .and(node, try binary(minimum: 1), offset: offset)
        }
        return node
    }

    /// Comparisons, sums and products by precedence climbing.
    private mutating func binary(minimum: Int) throws(ExpressionError) -> CELNode {
        var node = try unary()
        let outer = depth
        defer { depth = outer }
        while let operation = currentOperator, operation.precedence >= minimum {
            try enter()
            let offset = current.offset
            position += 1
            node = .binary(operation, node, try binary(minimum: operation.precedence + 1), offset: offset)
        }
        return node
    }

    private var currentOperator: CELOperator? {
        switch current.kind {
        case .symbol(let symbol): CELOperator(rawValue: symbol)
        case .identifier("in"): .in
        default: nil
        }
    }

    private mutating func unary() throws(ExpressionError) -> CELNode {
        try enter()
        defer { depth -= 1 }
        let offset = current.offset
        if take("!") { return .not(try unary(), offset: offset) }
        if take("-") {
            if case .int(let magnitude) = current.kind {
                position += 1
                return try postfix(of: .literal(.int(Int(truncatingIfNeeded: 0 &- magnitude))))
            }
            return .negative(try unary(), offset: offset)
        }
        return try postfix(of: primary())
    }

    private mutating func postfix(of primary: CELNode) throws(ExpressionError) -> CELNode {
        var node = primary
        let outer = depth
        defer { depth = outer }
        while true {
            let offset = current.offset
            if take(".") {
                try enter()
                let nameOffset = current.offset
                let name = try identifier("a field or function name after '.'")
                node = take("(") ? try call(name, on: node, offset: nameOffset) : .field(node, name, offset: nameOffset)
            } else if take("[") {
                try enter()
                let index = try expression()
                guard take("]") else { throw expected("']'") }
                node = .element(node, index, offset: offset)
            } else {
                return node
            }
        }
    }

    private mutating func primary() throws(ExpressionError) -> CELNode {
        let token = current
        switch token.kind {
        case .int(let magnitude):
            guard let value = Int(exactly: magnitude) else { throw expected("a number that fits 64 bits") }
            position += 1
            return .literal(.int(value))
        case .double(let value):
            position += 1
            return .literal(.double(value))
        case .string(let value):
            position += 1
            return .literal(.string(value))
        case .identifier(let name): return try named(name, offset: token.offset)
        case .symbol("("):
            position += 1
            let node = try expression()
            guard take(")") else { throw expected("')'") }
            return node
        case .symbol("["):
            position += 1
            return .list(try arguments(until: "]"))
        case .symbol("{"): return try map()
        case .symbol, .end: throw expected("a value")
        }
    }

    private mutating func named(_ name: String, offset: Int) throws(ExpressionError) -> CELNode {
        guard name != "in" else { throw expected("a value") }
        position += 1
        switch name {
        case "true": return .literal(true)
        case "false": return .literal(false)
        case "null": return .literal(.null)
        default: break
        }
        if take("(") { return try call(name, on: nil, offset: offset) }
        if !bound.contains(name) { variables.append((name, offset)) }
        return .variable(name, offset: offset)
    }

    private mutating func map() throws(ExpressionError) -> CELNode {
        let offset = current.offset
        position += 1
        var entries: [(key: CELNode, value: CELNode)] = []
        while !take("}") {
            let key = try expression()
            guard take(":") else { throw expected("':' after the key") }
            entries.append((key, try expression()))
            guard take(",") || current.kind == .symbol("}") else { throw expected("',' or '}'") }
        }
        return .map(entries, offset: offset)
    }

    private mutating func arguments(until close: String) throws(ExpressionError) -> [CELNode] {
        var result: [CELNode] = []
        while !take(close) {
            result.append(try expression())
            guard take(",") || current.kind == .symbol(close) else { throw expected("',' or '\(close)'") }
        }
        return result
    }
}

extension CELParser {
    private mutating func call(_ name: String, on receiver: CELNode?, offset: Int) throws(ExpressionError) -> CELNode {
        if name == "has", receiver == nil {
            guard case .field(let target, let field, let offset) = try expression(), take(")") else {
                throw .invalidCall(offset: offset, message: "has() takes one field, as in has(event.label)")
            }
            return .hasField(target, field, offset: offset)
        }
        if let receiver, let kind = CELMacro.Kind(rawValue: name) { return try macro(kind, over: receiver, offset: offset) }
        let arguments = (receiver.map { [$0] } ?? []) + (try arguments(until: ")"))
        guard let function = CELFunction(rawValue: name) else {
            let known = CELFunction.allCases.map(\.rawValue) + CELMacro.Kind.allCases.map(\.rawValue) + ["has"]
            throw .unknownFunction(offset: offset, name: name, suggestion: Suggestion.closest(to: name, among: known))
        }
        guard arguments.count == function.argumentCount else {
            let count = function.argumentCount - (receiver == nil ? 0 : 1)
            throw .invalidCall(offset: offset, message: "\(name)() takes \(count.counted("argument"))")
        }
        guard function == .matches, case .literal(.string(let source)) = arguments[1] else {
            return .call(function, arguments, offset: offset)
        }
        do { return .matches(arguments[0], try Pattern(source), offset: offset) } catch {
            throw .invalidCall(offset: offset, message: "the pattern '\(source)' is refused: \(error)")
        }
    }

    private mutating func macro(
        _ kind: CELMacro.Kind, over range: CELNode, offset: Int
    ) throws(ExpressionError) -> CELNode {
        let name = try identifier("a name for the element")
        guard take(",") else { throw expected("',' and then an expression about '\(name)'") }
        bound.append(name)
        defer { bound.removeLast() }
        var expressions = [try expression()]
        if kind == .map, take(",") { expressions.append(try expression()) }
        guard take(")") else { throw expected("')'") }
        let condition = kind == .map && expressions.count == 1 ? nil : expressions[0]
        let macro = CELMacro(
            kind: kind, range: range, name: name, condition: condition, transform: kind == .map ? expressions.last : nil)
        return .macro(macro, offset: offset)
    }

    private var current: CELToken { tokens[min(position, tokens.count - 1)] }

    private mutating func take(_ symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    private mutating func identifier(_ what: String) throws(ExpressionError) -> String {
        guard case .identifier(let name) = current.kind else { throw expected(what) }
        position += 1
        return name
    }

    private mutating func enter() throws(ExpressionError) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw .limit(what: "levels of nesting", limit: Self.maximumDepth) }
    }

    private func expected(_ what: String) -> ExpressionError {
        .syntax(offset: current.offset, expected: what, found: current.text)
    }
}
