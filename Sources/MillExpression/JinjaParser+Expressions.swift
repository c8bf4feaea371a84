import MillValue

extension JinjaParser {
    mutating func expression() throws(ExpressionError) -> JinjaExpression {
        try enter()
        defer { depth -= 1 }
        let line = current.line
        let value = try disjunction()
        guard takeName("if") else { return value }
        let test = try disjunction()
        let otherwise = takeName("else") ? try expression() : nil
        return JinjaExpression(line: line, kind: .conditional(test: test, value, otherwise: otherwise))
    }

    mutating func disjunction() throws(ExpressionError) -> JinjaExpression {
        let outer = depth
        defer { depth = outer }
        var node = try conjunction()
        while case let line = current.line, takeName("or") {
            try enter()
            node = JinjaExpression(line: line, kind: .or(node, try conjunction()))
        }
        return node
    }

    private mutating func conjunction() throws(ExpressionError) -> JinjaExpression {
        let outer = depth
        defer { depth = outer }
        var node = try negation()
        while case let line = current.line, takeName("and") {
            try enter()
            node = JinjaExpression(line: line, kind: .and(node, try negation()))
        }
        return node
    }

    private mutating func negation() throws(ExpressionError) -> JinjaExpression {
        let line = current.line
        guard takeName("not") else { return try comparison() }
        try enter()
        defer { depth -= 1 }
        return JinjaExpression(line: line, kind: .not(try negation()))
    }

    private mutating func comparison() throws(ExpressionError) -> JinjaExpression {
        let line = current.line
        let first = try sum()
        var others: [(operation: String, operand: JinjaExpression)] = []
        while let operation = takeComparison() { others.append((operation, try sum())) }
        return others.isEmpty ? first : JinjaExpression(line: line, kind: .comparison(first, others))
    }

    private mutating func takeComparison() -> String? {
        switch current.kind {
        case .symbol(let symbol) where ["==", "!=", "<", "<=", ">", ">="].contains(symbol):
            position += 1
            return symbol
        case .name("in"):
            position += 1
            return "in"
        case .name("not") where tokens[min(position + 1, tokens.count - 1)].kind == .name("in"):
            position += 2
            return "not in"
        default: return nil
        }
    }

    private mutating func sum() throws(ExpressionError) -> JinjaExpression {
        try operators(["+", "-"]) { parser throws(ExpressionError) in
            try parser.operators(["~"]) { parser throws(ExpressionError) in
                try parser.operators(["*", "/", "//", "%"]) { parser throws(ExpressionError) in try parser.power() }
            }
        }
    }

    private mutating func power() throws(ExpressionError) -> JinjaExpression {
        try operators(["**"]) { parser throws(ExpressionError) in try parser.unary() }
    }

    private mutating func operators(
        _ symbols: Set<String>, _ operand: (inout JinjaParser) throws(ExpressionError) -> JinjaExpression
    ) throws(ExpressionError) -> JinjaExpression {
        let outer = depth
        defer { depth = outer }
        var node = try operand(&self)
        while case .symbol(let symbol) = current.kind, symbols.contains(symbol) {
            try enter()
            let line = current.line
            position += 1
            node = JinjaExpression(line: line, kind: .binary(symbol, node, try operand(&self)))
        }
        return node
    }

    private mutating func unary(hasFilters: Bool = true) throws(ExpressionError) -> JinjaExpression {
        try enter()
        defer { depth -= 1 }
        let line = current.line
        var node: JinjaExpression
        if take("-") {
            node = JinjaExpression(line: line, kind: .negative(try unary(hasFilters: false)))
        } else if take("+") {
            node = try unary(hasFilters: false)
        } else {
            node = try primary()
        }
        node = try postfix(of: node)
        return hasFilters ? try filtered(node) : node
    }

    private mutating func primary() throws(ExpressionError) -> JinjaExpression {
        let token = current
        position += 1
        let kind: JinjaExpression.Kind
        switch token.kind {
        case .int(let value): kind = .literal(.int(value))
        case .double(let value): kind = .literal(.double(value))
        case .string(var value):
            while case .string(let more) = current.kind {
                value += more
                position += 1
            }
            kind = .literal(.string(value))
        case .name("true"), .name("True"): kind = .literal(true)
        case .name("false"), .name("False"): kind = .literal(false)
        case .name("none"), .name("None"): kind = .literal(.null)
        case .name(let name) where !["if", "else", "and", "or", "not", "in", "is"].contains(name): kind = .name(name)
        case .symbol("("): return try parenthesised(line: token.line)
        case .symbol("["): kind = .list(try items(until: "]"))
        case .symbol("{"): kind = .map(try entries())
        default:
            position -= 1
            throw expected("a value")
        }
        return JinjaExpression(line: token.line, kind: kind)
    }

    /// `(x)`, or a tuple such as `(x, y)`.
    private mutating func parenthesised(line: Int) throws(ExpressionError) -> JinjaExpression {
        if take(")") { return JinjaExpression(line: line, kind: .tuple([])) }
        let first = try expression()
        if take(")") { return first }
        guard take(",") else { throw expected("')'") }
        return JinjaExpression(line: line, kind: .tuple([first] + (try items(until: ")"))))
    }

    private mutating func items(until close: String) throws(ExpressionError) -> [JinjaExpression] {
        var result: [JinjaExpression] = []
        while !take(close) {
            result.append(try expression())
            guard take(",") || current.kind == .symbol(close) else { throw expected("',' or '\(close)'") }
        }
        return result
    }

    private mutating func entries() throws(ExpressionError) -> [(key: JinjaExpression, value: JinjaExpression)] {
        var result: [(key: JinjaExpression, value: JinjaExpression)] = []
        while !take("}") {
            let key = try expression()
            guard take(":") else { throw expected("':'") }
            result.append((key, try expression()))
            guard take(",") || current.kind == .symbol("}") else { throw expected("',' or '}'") }
        }
        return result
    }

    private mutating func postfix(of primary: JinjaExpression) throws(ExpressionError) -> JinjaExpression {
        let outer = depth
        defer { depth = outer }
        var node = primary
        while true {
            let line = current.line
            if take(".") {
                if case .int(let index) = current.kind {
                    position += 1
                    let index = JinjaExpression(line: line, kind: .literal(.int(index)))
                    node = JinjaExpression(line: line, kind: .subscripted(node, index))
                } else {
                    node = JinjaExpression(line: line, kind: .attribute(node, try name("a field or method after '.'")))
                }
            } else if take("[") {
                node = JinjaExpression(line: line, kind: try subscripted(node))
            } else if current.kind == .symbol("(") {
                node = JinjaExpression(line: line, kind: .call(node, try arguments()))
            } else {
                return node
            }
            try enter()
        }
    }

    private mutating func subscripted(_ base: JinjaExpression) throws(ExpressionError) -> JinjaExpression.Kind {
        var parts: [JinjaExpression?] = [nil]
        var isSlice = false
        while !take("]") {
            if take(":") {
                isSlice = true
                parts.append(nil)
            } else {
                guard parts[parts.count - 1] == nil else { throw expected("']'") }
                parts[parts.count - 1] = try expression()
            }
        }
        guard isSlice else {
            guard let index = parts[0] else { throw expected("an index") }
            return .subscripted(base, index)
        }
        guard parts.count <= 3 else { throw expected("at most two ':'") }
        return .slice(base, start: parts[0], end: parts[1], step: parts.count > 2 ? parts[2] : nil)
    }

    private mutating func filtered(_ base: JinjaExpression) throws(ExpressionError) -> JinjaExpression {
        let outer = depth
        defer { depth = outer }
        var node = base
        while true {
            let line = current.line
            if take("|") {
                let name = try name("a filter")
                guard JinjaFilters.names.contains(name) else {
                    let hint = Suggestion.closest(to: name, among: JinjaFilters.names).map { "; did you mean '\($0)'?" } ?? ""
                    throw .template(line: line, message: "there is no filter '\(name)'\(hint)")
                }
                let given = current.kind == .symbol("(") ? try arguments() : JinjaArguments()
                node = try postfix(of: JinjaExpression(line: line, kind: .filter(node, name, given)))
            } else if takeName("is") {
                node = try test(of: node, line: line)
            } else {
                return node
            }
            try enter()
        }
    }

    private mutating func test(of node: JinjaExpression, line: Int) throws(ExpressionError) -> JinjaExpression {
        let isNegated = takeName("not")
        let name = try name("a test")
        guard JinjaTests.names.contains(name) else {
            let hint = Suggestion.closest(to: name, among: JinjaTests.names).map { "; did you mean '\($0)'?" } ?? ""
            throw .template(line: line, message: "there is no test '\(name)'\(hint)")
        }
        var given = JinjaArguments()
        if current.kind == .symbol("(") {
            given = try arguments()
        } else if JinjaTests.withArgument.contains(name) {
            given.positional = [try postfix(of: primary())]
        }
        let test = JinjaExpression(line: line, kind: .test(node, name, given))
        return isNegated ? JinjaExpression(line: line, kind: .not(test)) : test
    }

    private mutating func arguments() throws(ExpressionError) -> JinjaArguments {
        guard take("(") else { throw expected("'('") }
        var result = JinjaArguments()
        while !take(")") {
            if case .name(let name) = current.kind, tokens[min(position + 1, tokens.count - 1)].kind == .symbol("=") {
                position += 2
                result.named.append((name, try expression()))
            } else {
                guard result.named.isEmpty else { throw expected("a named argument") }
                result.positional.append(try expression())
            }
            guard take(",") || current.kind == .symbol(")") else { throw expected("',' or ')'") }
        }
        return result
    }
}
