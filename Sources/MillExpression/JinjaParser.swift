import MillValue

/// Reads the statements of a template; nesting is bounded.
struct JinjaParser {
    static let maximumDepth = 80

    let tokens: [JinjaToken]
    var position = 0
    var depth = 0
    private var loopDepth = 0

    init(_ source: String) throws(ExpressionError) { tokens = try JinjaLexer.tokens(of: source) }

    mutating func parse() throws(ExpressionError) -> [JinjaStatement] {
        let (statements, _) = try body(until: [], opened: 1)
        return statements
    }

    /// Statements up to one of the keywords `ends`, which is consumed (its closing delimiter is not).
    private mutating func body(until ends: [String], opened: Int) throws(ExpressionError) -> ([JinjaStatement], end: String) {
        try enter()
        defer { depth -= 1 }
        var result: [JinjaStatement] = []
        while true {
            let token = current
            position += 1
            switch token.kind {
            case .text(let text): result.append(.text(text))
            case .openOutput:
                result.append(.output(try expression()))
                guard takeKind(.closeOutput) else { throw expected("'}}' or an operator") }
            case .openStatement:
                guard case .name(let keyword) = current.kind else { throw expected("a statement") }
                position += 1
                if ends.contains(keyword) { return (result, keyword) }
                result.append(try statement(keyword, line: token.line))
            default:
                if ends.isEmpty { return (result, "") }
                throw .template(line: opened, message: "'{% \(ends.last ?? "") %}' is missing")
            }
        }
    }

    private mutating func statement(_ keyword: String, line: Int) throws(ExpressionError) -> JinjaStatement {
        switch keyword {
        case "if": return try conditional(line: line)
        case "for": return try loop(line: line)
        case "set": return try assignment(line: line)
        case "macro": return try macro(line: line)
        case "generation":
            try closeStatement()
            let (statements, _) = try body(until: ["endgeneration"], opened: line)
            try closeStatement()
            return .group(statements)
        case "break", "continue":
            guard loopDepth > 0 else { throw .template(line: line, message: "'\(keyword)' stands outside a loop") }
            try closeStatement()
            return keyword == "break" ? .break : .continue
        default:
            let known = [
                "if", "elif", "else", "endif", "for", "endfor", "set", "endset", "macro", "endmacro", "raw", "break", "continue",
            ]
            if known.contains(keyword) { throw .template(line: line, message: "'\(keyword)' has no beginning") }
            let hint = Suggestion.closest(to: keyword, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw .template(line: line, message: "the statement '\(keyword)' is not supported\(hint)")
        }
    }

    private mutating func conditional(line: Int) throws(ExpressionError) -> JinjaStatement {
        var branches: [(test: JinjaExpression, body: [JinjaStatement])] = []
        var end = "elif"
        while end == "elif" {
            let test = try expression()
            try closeStatement()
            let statements: [JinjaStatement]
            (statements, end) = try body(until: ["elif", "else", "endif"], opened: line)
            branches.append((test, statements))
        }
        var otherwise: [JinjaStatement] = []
        if end == "else" {
            try closeStatement()
            (otherwise, _) = try body(until: ["endif"], opened: line)
        }
        try closeStatement()
        return .conditional(branches, otherwise: otherwise)
    }

    private mutating func loop(line: Int) throws(ExpressionError) -> JinjaStatement {
        var names = [try name("a name for the element")]
        while take(",") { names.append(try name("a name")) }
        guard takeName("in") else { throw expected("'in'") }
        let items = try disjunction()
        let filter = takeName("if") ? try disjunction() : nil
        if takeName("recursive") { throw .template(line: line, message: "recursive loops are not supported") }
        try closeStatement()
        loopDepth += 1
        defer { loopDepth -= 1 }
        let (statements, end) = try body(until: ["else", "endfor"], opened: line)
        var otherwise: [JinjaStatement] = []
        if end == "else" {
            try closeStatement()
            (otherwise, _) = try body(until: ["endfor"], opened: line)
        }
        try closeStatement()
        return .loop(JinjaLoop(line: line, names: names, items: items, filter: filter, body: statements, otherwise: otherwise))
    }

    private mutating func assignment(line: Int) throws(ExpressionError) -> JinjaStatement {
        var targets: [JinjaTarget] = []
        repeat {
            var target = JinjaTarget(name: try name("a name to assign to"), field: nil, line: line)
            if take(".") { target.field = try name("a field") }
            targets.append(target)
        } while take(",")
        if take("=") {
            var value = try expression()
            if take(",") {
                var items = [value]
                repeat { items.append(try expression()) } while take(",")
                value = JinjaExpression(line: line, kind: .tuple(items))
            }
            try closeStatement()
            return .set(targets, value)
        }
        guard targets.count == 1 else { throw expected("'='") }
        try closeStatement()
        let (statements, _) = try body(until: ["endset"], opened: line)
        try closeStatement()
        return .setBlock(targets[0], statements)
    }

    private mutating func macro(line: Int) throws(ExpressionError) -> JinjaStatement {
        let name = try name("a name for the macro")
        guard take("(") else { throw expected("'('") }
        var parameters: [(name: String, standard: JinjaExpression?)] = []
        while !take(")") {
            let parameter = try self.name("a parameter")
            parameters.append((parameter, take("=") ? try expression() : nil))
            guard take(",") || current.kind == .symbol(")") else { throw expected("',' or ')'") }
        }
        try closeStatement()
        let outer = loopDepth
        loopDepth = 0
        defer { loopDepth = outer }
        let (statements, _) = try body(until: ["endmacro"], opened: line)
        try closeStatement()
        return .macro(JinjaMacro(name: name, parameters: parameters, body: statements))
    }
}

extension JinjaParser {
    var current: JinjaToken { tokens[min(position, tokens.count - 1)] }

    mutating func take(_ symbol: String) -> Bool { takeKind(.symbol(symbol)) }
    mutating func takeName(_ name: String) -> Bool { takeKind(.name(name)) }

    mutating func takeKind(_ kind: JinjaToken.Kind) -> Bool {
        guard current.kind == kind else { return false }
        position += 1
        return true
    }

    mutating func name(_ what: String) throws(ExpressionError) -> String {
        guard case .name(let name) = current.kind else { throw expected(what) }
        position += 1
        return name
    }

    mutating func closeStatement() throws(ExpressionError) {
        guard takeKind(.closeStatement) else { throw expected("'%}'") }
    }

    mutating func enter() throws(ExpressionError) {
        depth += 1
        guard depth <= Self.maximumDepth else { throw .limit(what: "levels of nesting", limit: Self.maximumDepth) }
    }

    func expected(_ what: String) -> ExpressionError {
        .template(line: current.line, message: "expected \(what), found \(current.text)")
    }
}
