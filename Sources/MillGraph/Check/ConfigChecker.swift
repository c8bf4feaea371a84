import MillValue

/// Checks a configuration against its fields and fills in defaults.
struct ConfigChecker {
    /// The absolute folder of the pipeline file.
    let directory: String
    let diagnostics: Diagnostics

    /// - Parameters:
    ///   - tree: nil when the file gives no configuration.
    ///   - location: where to point when a required key is missing.
    mutating func check(
        _ tree: Tree?, _ fields: [ConfigField], owner: String, at location: SourceLocation, expander: inout Expander
    ) -> ValueMap {
        var result = ValueMap()
        var entries: [Tree.Entry] = []
        if let tree, !tree.isNull {
            guard let given = tree.entries else {
                if !tree.isUnresolved {
                    diagnostics.error(at: tree.location, "\(owner) must be a mapping, but it is \(tree.kindText)")
                }
                return result
            }
            entries = given
        }
        for entry in entries {
            guard let field = fields.first(where: { $0.name == entry.key }) else {
                diagnostics.error(
                    at: entry.keyLocation, "unknown key '\(entry.key)' in \(owner)",
                    suggestion: suggestion(for: entry.key, among: fields.map(\.name), "known keys"))
                continue
            }
            warnOfLiteralSecret(entry, owner: owner, expander: &expander)
            if !field.isRequired, entry.value.isNone(for: field.kind) { continue }
            result[entry.key] = convert(entry.value, field.kind, "'\(entry.key)' of \(owner)", expander: &expander)
        }
        for field in fields where result[field.name] == nil {
            if let value = field.defaultValue {
                if !entries.contains(where: { $0.key == field.name && !$0.value.isNone(for: field.kind) }) {
                    result[field.name] = value
                }
            } else if field.isRequired, !entries.contains(where: { $0.key == field.name }) {
                diagnostics.error(at: location, "\(owner) needs '\(field.name)' (\(field.kind.text))")
            }
        }
        return result
    }

    private mutating func convert(
        _ tree: Tree, _ kind: ConfigField.Kind, _ what: String, expander: inout Expander
    ) -> Value? {
        if tree.isUnresolved { return nil }
        switch kind {
        case .document: return document(tree, what, expander: &expander)
        case .list(let element):
            guard let items = tree.items else { return mismatch(tree, kind, what) }
            var result: [Value] = []
            for (index, item) in items.enumerated() {
                if let value = convert(item, element, "item \(index + 1) of \(what)", expander: &expander) {
                    result.append(value)
                }
            }
            return .list(result)
        case .object(let fields):
            guard tree.entries != nil else { return mismatch(tree, kind, what) }
            return .map(check(tree, fields, owner: what, at: tree.location, expander: &expander))
        case .map(let element):
            guard let entries = tree.entries else { return mismatch(tree, kind, what) }
            var result = ValueMap()
            for entry in entries {
                result[entry.key] = convert(entry.value, element, "'\(entry.key)' of \(what)", expander: &expander)
            }
            return .map(result)
        case .any: return tree.value
        case .form(_, let check):
            if let problem = check(tree.value) {
                diagnostics.error(at: tree.location, "\(what): \(problem)")
                return nil
            }
            return tree.value
        case .expression(let variables):
            return expression(tree, variables, what)
        default:
            guard let value = tree.scalar.flatMap({ scalar($0, kind) }) else { return mismatch(tree, kind, what) }
            return value
        }
    }

    /// The value, if it is of a kind that is written as one scalar.
    private func scalar(_ value: Value, _ kind: ConfigField.Kind) -> Value? {
        if case .path = kind {
            guard let text = value.string, !text.isEmpty else { return nil }
            return .string(text.urlScheme == nil ? FileAccess.absolute(text, in: directory) : text)
        }
        return fits(value, kind) ? value : Value?.none
    }

    private func fits(_ value: Value, _ kind: ConfigField.Kind) -> Bool {
        switch kind {
        case .string: value.string != nil
        case .boolean: value.bool != nil
        case .integer(let minimum, let maximum): value.int.map { $0 >= minimum ?? .min && $0 <= maximum ?? .max } ?? false
        case .number(let minimum, let maximum):
            value.double.map { $0 >= minimum ?? -.infinity && $0 <= maximum ?? .infinity } ?? false
        case .duration: value.string.flatMap { Duration(text: $0) } != nil
        case .rate: value.string.flatMap { Rate(text: $0) } != nil
        case .url: value.string?.urlScheme != nil
        case .choice(let names, _): value.string.map(names.contains) ?? false
        default: false
        }
    }

    private func document(_ tree: Tree, _ what: String, expander: inout Expander) -> Value? {
        if tree.entries != nil { return tree.value }
        guard let path = tree.string, [".json", ".yaml", ".yml"].contains(where: path.hasSuffix) else {
            return mismatch(tree, .document, what)
        }
        let content = expander.expand(Tree(.include(path), at: tree.location))
        if content.scalar == .null { return nil }
        guard content.entries != nil else {
            diagnostics.error(at: tree.location, "\(what): '\(path)' must hold a mapping, but it holds \(content.kindText)")
            return nil
        }
        return content.value
    }

    private func expression(_ tree: Tree, _ variables: [String]?, _ what: String) -> Value? {
        guard let scalar = tree.scalar, !scalar.isNull else {
            return mismatch(tree, .expression(variables: variables), what)
        }
        let source = scalar.string ?? scalar.json()
        _ = Condition.parse(source, at: tree.location, variables: variables, what: what, diagnostics)
        return .string(source)
    }

    private func mismatch(_ tree: Tree, _ kind: ConfigField.Kind, _ what: String) -> Value? {
        var hint: String?
        switch kind {
        case .choice(let names, let otherwise):
            hint = tree.string.flatMap { Suggestion.closest(to: $0, among: names) }.map { "did you mean '\($0)'?" } ?? otherwise
        case .string where tree.scalar != nil && tree.isPlain: hint = "put it in quotes to make it text"
        case .duration where tree.scalar?.double != nil: hint = "add a unit: \(tree.shownText)s"
        case .rate where tree.scalar?.double != nil: hint = "add a unit: \(tree.shownText)Hz"
        case .boolean where ["on", "yes", "ON", "Yes", "On", "YES"].contains(tree.string): hint = "write true"
        case .boolean where ["off", "no", "OFF", "No", "Off", "NO"].contains(tree.string): hint = "write false"
        default: break
        }
        diagnostics.error(at: tree.location, "\(what) must be \(kind.text), but it is \(tree.shownText)", suggestion: hint)
        return nil
    }

    private func warnOfLiteralSecret(_ entry: Tree.Entry, owner: String, expander: inout Expander) {
        let name = entry.key.lowercased()
        guard ["password", "token", "secret", "api_key", "apikey", "passphrase"].contains(where: name.hasSuffix),
            let text = entry.value.string, !text.isEmpty
        else { return }
        if !entry.value.isSubstituted {
            diagnostics.warning(
                at: entry.value.location, "'\(entry.key)' of \(owner) is written into the file",
                suggestion: "write ${secret.\(entry.key)} and set MILLRACE_SECRET_\(entry.key.uppercased())")
        }
        expander.secrets.remember(text)
    }
}

extension Tree {
    fileprivate var isNull: Bool { scalar == .null && !isSubstituted }

    /// Whether this says that an optional field has no value: null, or an empty path.
    fileprivate func isNone(for kind: ConfigField.Kind) -> Bool {
        if case .path = kind, string == "" { return true }
        return isNull
    }
}

extension ConfigField.Kind {
    /// What a value of this kind is, with its article.
    package var text: String {
        switch self {
        case .string: "text"
        case .boolean: "true or false"
        case .integer(let minimum, let maximum): "a whole number" + Self.range(minimum.map(Double.init), maximum.map(Double.init))
        case .number(let minimum, let maximum): "a number" + Self.range(minimum, maximum)
        case .duration: "a duration such as 250ms, 5s or 2m"
        case .rate: "a rate such as 2Hz or 12/min, at least one a year"
        case .url: "a URL such as http://host/path"
        case .path: "a path"
        case .choice(let names, _): "one of: \(names.joined(separator: ", "))"
        case .expression: "a CEL expression"
        case .document: "a mapping or the path of a .json or .yaml file"
        case .list(let element): "a list (each item \(element.text))"
        case .object(let fields): "a mapping with the keys \(fields.map(\.name).joined(separator: ", "))"
        case .map(let element): "a mapping (each value \(element.text))"
        case .form(let name, _): name
        case .any: "any value"
        }
    }

    private static func range(_ minimum: Double?, _ maximum: Double?) -> String {
        func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }
        return switch (minimum, maximum) {
        case (nil, nil): ""
        case (let minimum?, nil): " of at least \(text(minimum))"
        case (nil, let maximum?): " of at most \(text(maximum))"
        case (let minimum?, let maximum?): " from \(text(minimum)) to \(text(maximum))"
        }
    }
}
