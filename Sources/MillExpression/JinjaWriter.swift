import MillValue

/// Writes values as Python writes them: `str`, `repr` and `json.dumps`.
///
/// One value may stand in another a million times over, so its text is charged for and bounded while it is written.
struct JinjaWriter {
    private(set) var output = ""
    private let maximumBytes: Int

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    mutating func append(_ text: String, _ budget: inout WorkBudget) throws(ExpressionError) {
        try budget.spend(bytes: text.utf8.count)
        output += text
        guard output.utf8.count <= maximumBytes else { throw Self.limit(maximumBytes) }
    }

    /// `count` times `text`, refused before it is made if it is too long.
    mutating func append(_ text: String, times count: Int, _ budget: inout WorkBudget) throws(ExpressionError) {
        let (size, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(0, count))
        guard !overflow, size <= maximumBytes - output.utf8.count else { throw Self.limit(maximumBytes) }
        try append(String(repeating: text, count: max(0, count)), &budget)
    }

    /// `str(value)`.
    mutating func write(_ value: JinjaValue, _ budget: inout WorkBudget) throws(ExpressionError) {
        switch value {
        case .string(let string): try append(string, &budget)
        case .undefined, .namespace, .macro, .function, .loop: break
        default: try represent(value, &budget)
        }
    }

    /// `repr(value)`.
    mutating func represent(_ value: JinjaValue, _ budget: inout WorkBudget) throws(ExpressionError) {
        try budget.spend(items: 1)
        switch value {
        case .null: try append("None", &budget)
        case .bool(let bool): try append(bool ? "True" : "False", &budget)
        case .int(let int): try append(String(int), &budget)
        case .double(let double): try append(PythonText.number(double), &budget)
        case .string(let string): try append(PythonText.quoted(string), &budget)
        case .list(let list):
            try append(list.isTuple ? "(" : "[", &budget)
            for (index, item) in list.items.enumerated() {
                if index > 0 { try append(", ", &budget) }
                try represent(item, &budget)
            }
            // A tuple of one is told from parentheses by its comma.
            try append(list.isTuple ? (list.items.count == 1 ? ",)" : ")") : "]", &budget)
        case .map(let map):
            try append("{", &budget)
            for (index, entry) in map.entries.enumerated() {
                try append((index > 0 ? ", " : "") + PythonText.quoted(entry.key) + ": ", &budget)
                try represent(entry.value, &budget)
            }
            try append("}", &budget)
        case .undefined: try append("Undefined", &budget)
        case .namespace, .macro, .function, .loop: try append("<\(value.kind)>", &budget)
        }
    }

    /// How `json.dumps(value, ensure_ascii=False, …)` sets out its text.
    struct JSONLayout {
        var indent: Int?
        var sortsKeys = false
        /// For messages.
        var line: Int
    }

    /// `json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=sortsKeys)`.
    mutating func writeJSON(
        _ value: JinjaValue, _ layout: JSONLayout, level: Int = 0, _ budget: inout WorkBudget
    ) throws(ExpressionError) {
        try budget.spend(items: 1)
        switch value {
        case .list(let list):
            try append("[", &budget)
            for (index, item) in list.items.enumerated() {
                try separate(index, layout, level: level + 1, &budget)
                try writeJSON(item, layout, level: level + 1, &budget)
            }
            try close("]", isEmpty: list.items.isEmpty, layout, level: level, &budget)
        case .map(let map):
            let keys = layout.sortsKeys ? map.keys.sorted { CodePoints($0) < CodePoints($1) } : map.keys
            if layout.sortsKeys { try budget.spend(items: 4 * keys.count) }
            try append("{", &budget)
            for (index, key) in keys.enumerated() {
                try separate(index, layout, level: level + 1, &budget)
                try append(Value.string(key).json() + ": ", &budget)
                try writeJSON(map[key] ?? .null, layout, level: level + 1, &budget)
            }
            try close("}", isEmpty: keys.isEmpty, layout, level: level, &budget)
        case .double(let double) where !double.isFinite:
            try append(double.isNaN ? "NaN" : double > 0 ? "Infinity" : "-Infinity", &budget)
        default:
            guard let scalar = value.scalar else {
                throw .rendering(line: layout.line, message: "\(value.kind) cannot be written as JSON")
            }
            try append(scalar.json(), &budget)
        }
    }

    private mutating func separate(
        _ index: Int, _ layout: JSONLayout, level: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) {
        if index > 0 { try append(layout.indent == nil ? ", " : ",", &budget) }
        try breakLine(layout, level: level, &budget)
    }

    private mutating func close(
        _ bracket: String, isEmpty: Bool, _ layout: JSONLayout, level: Int, _ budget: inout WorkBudget
    ) throws(ExpressionError) {
        if !isEmpty { try breakLine(layout, level: level, &budget) }
        try append(bracket, &budget)
    }

    private mutating func breakLine(_ layout: JSONLayout, level: Int, _ budget: inout WorkBudget) throws(ExpressionError) {
        guard let indent = layout.indent else { return }
        let (width, overflow) = max(0, indent).multipliedReportingOverflow(by: level)
        try append("\n", &budget)
        try append(" ", times: overflow ? .max : width, &budget)
    }

    private static func limit(_ bytes: Int) -> ExpressionError { .limit(what: "bytes in a string", limit: bytes) }
}
