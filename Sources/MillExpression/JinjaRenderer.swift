import MillValue

/// Writes the text of a template.
struct JinjaRenderer {
    enum Flow { case normal, `break`, `continue` }

    let limits: JinjaTemplate.Limits
    var output = ""
    /// The innermost scope comes last; the first is the context and what is set outside of loops.
    var scopes: [[String: JinjaValue]]
    /// The fields of every `namespace(…)` there is.
    var namespaces: [[String: JinjaValue]] = []
    var macroDepth = 0
    var budget: WorkBudget
    private var loopDepth = 0

    /// For `strftime_now`, seconds since 1970.
    let now: Int?

    init(context: [String: Value], limits: JinjaTemplate.Limits, now: Int? = nil, budget: WorkBudget) {
        self.limits = limits
        self.now = now
        self.budget = budget
        let names = ["range", "namespace", "raise_exception", "dict"] + (now == nil ? [] : ["strftime_now"])
        let functions = names.map { ($0, JinjaValue.function($0)) }
        scopes = [Dictionary(uniqueKeysWithValues: functions).merging(context.mapValues(JinjaValue.init)) { _, given in given }]
    }

    mutating func render(_ statements: [JinjaStatement]) throws(ExpressionError) -> Flow {
        for statement in statements {
            let flow = try render(statement)
            if flow != .normal { return flow }
        }
        return .normal
    }

    private mutating func render(_ statement: JinjaStatement) throws(ExpressionError) -> Flow {
        try budget.spend(steps: 1)
        switch statement {
        case .text(let text): try write(text)
        case .output(let expression): try write(text(of: evaluate(expression)))
        case .conditional(let branches, let otherwise):
            for branch in branches where try evaluate(branch.test).isTrue { return try render(branch.body) }
            return try render(otherwise)
        case .loop(let loop): try render(loop)
        case .set(let targets, let expression): try assign(evaluate(expression), to: targets)
        case .setBlock(let target, let body):
            let text = try captured { renderer throws(ExpressionError) in _ = try renderer.render(body) }
            try assign(.string(text), to: [target])
        case .macro(let macro): scopes[scopes.count - 1][macro.name] = .macro(macro)
        case .group(let body): return try render(body)
        case .break: return .break
        case .continue: return .continue
        }
        return .normal
    }

    private mutating func render(_ loop: JinjaLoop) throws(ExpressionError) {
        var items = try elements(of: evaluate(loop.items), line: loop.line)
        scopes.append([:])
        loopDepth += 1
        defer {
            scopes.removeLast()
            loopDepth -= 1
        }
        if let filter = loop.filter {
            var kept: [JinjaValue] = []
            for item in items {
                try bind(loop.names, to: item, line: loop.line)
                if try evaluate(filter).isTrue { kept.append(item) }
            }
            items = kept
        }
        try budget.spend(items: items.count)
        let list = JinjaList(given: items)
        for index in items.indices {
            try budget.spend(steps: 1)
            scopes[scopes.count - 1] = ["loop": .loop(JinjaLoopState(index: index, items: list, depth: loopDepth))]
            try bind(loop.names, to: items[index], line: loop.line)
            if try render(loop.body) == .break { break }
        }
        if items.isEmpty {
            scopes[scopes.count - 1] = [:]
            _ = try render(loop.otherwise)
        }
    }

    private mutating func bind(_ names: [String], to item: JinjaValue, line: Int) throws(ExpressionError) {
        guard names.count > 1 else {
            scopes[scopes.count - 1][names[0]] = item
            return
        }
        guard let parts = item.list?.items, parts.count == names.count else {
            throw .rendering(line: line, message: "expected \(names.count) values to unpack, found \(item.kind)")
        }
        for (name, part) in zip(names, parts) { scopes[scopes.count - 1][name] = part }
    }

    private mutating func assign(_ value: JinjaValue, to targets: [JinjaTarget]) throws(ExpressionError) {
        var values = [value]
        if targets.count > 1 {
            guard let parts = value.list?.items, parts.count == targets.count else {
                throw .rendering(
                    line: targets[0].line, message: "expected \(targets.count) values to unpack, found \(value.kind)")
            }
            values = parts
        }
        for (target, value) in zip(targets, values) {
            guard let field = target.field else {
                scopes[scopes.count - 1][target.name] = value
                continue
            }
            guard case .namespace(let namespace) = lookUp(target.name) else {
                throw .rendering(line: target.line, message: "'\(target.name)' is no namespace, so its field cannot be set")
            }
            namespaces[namespace][field] = value
        }
    }

    func lookUp(_ name: String) -> JinjaValue {
        for scope in scopes.reversed() {
            if let value = scope[name] { return value }
        }
        return .undefined(name)
    }

    mutating func write(_ text: String) throws(ExpressionError) {
        try budget.spend(bytes: text.utf8.count)
        output += text
        guard output.utf8.count <= limits.outputBytes else {
            throw .limit(what: "bytes written by a template", limit: limits.outputBytes)
        }
    }

    /// What `body` writes, as text instead.
    mutating func captured(_ body: (inout JinjaRenderer) throws(ExpressionError) -> Void) throws(ExpressionError) -> String {
        let outer = output
        output = ""
        try body(&self)
        defer { output = outer }
        return output
    }

    /// How `value` is printed.
    mutating func text(of value: JinjaValue) throws(ExpressionError) -> String {
        if let string = value.string { return string }
        var writer = JinjaWriter(maximumBytes: limits.outputBytes)
        try writer.write(value, &budget)
        return writer.output
    }

    /// A string that was just made, unless it is too long.
    func bounded(_ text: String) throws(ExpressionError) -> JinjaValue {
        guard text.utf8.count <= limits.outputBytes else {
            throw .limit(what: "bytes in a string", limit: limits.outputBytes)
        }
        return .string(text)
    }

    /// What a loop or a filter goes through: items, keys or characters.
    mutating func elements(of value: JinjaValue, line: Int) throws(ExpressionError) -> [JinjaValue] {
        switch value {
        case .undefined: return []
        case .list(let list): return list.items
        case .map(let map):
            try budget.spend(items: map.keys.count)
            return map.keys.map(JinjaValue.string)
        case .string(let string):
            try budget.spend(items: string.utf8.count)
            return string.unicodeScalars.map { .string(String($0)) }
        default: throw .rendering(line: line, message: "cannot go through \(value.kind)")
        }
    }
}
