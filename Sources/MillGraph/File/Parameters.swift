import MillValue

/// Reads the `params` section and gives every parameter its value.
struct Parameters {
    private(set) var checked: [CheckedParameter] = []
    private(set) var trees: [String: Tree] = [:]
    /// Of type `path` and empty.
    var emptyPaths: Set<String> { Set(checked.filter { $0.type == "path" && $0.value == "" }.map(\.name)) }
    private let directory: String
    private let diagnostics: Diagnostics

    static let types = ["string", "number", "integer", "boolean", "url", "path", "duration", "enum"]

    /// - Parameters:
    ///   - given: values from outside, as text.
    ///   - directory: where relative paths in the file start.
    init(
        _ section: Tree?, given: [String: String], file: SourceLocation, directory: String, expander: inout Expander,
        diagnostics: Diagnostics
    ) {
        self.directory = directory
        self.diagnostics = diagnostics
        var names: [String] = []
        if let section, section.entries == nil {
            diagnostics.error(at: section.location, "'params' must be a mapping, but it is \(section.kindText)")
        }
        for entry in section?.entries ?? [] {
            names.append(entry.key)
            read(entry, given: given[entry.key], expander: &expander)
        }
        for name in given.keys.sorted() where !names.contains(name) {
            diagnostics.error(
                at: section?.location ?? file, "--set \(name): there is no parameter '\(name)'",
                suggestion: suggestion(for: name, among: names, "parameters"))
        }
    }

    private mutating func read(_ entry: Tree.Entry, given: String?, expander: inout Expander) {
        let name = entry.key
        if name.isEmpty || !name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }) {
            diagnostics.error(at: entry.keyLocation, "a parameter's name has letters, digits, _ and - only")
        }
        guard var reader = MapReader(expander.expand(entry.value), "parameter '\(name)'", diagnostics) else { return }
        let summary = reader.string("description") ?? ""
        let typeTree = reader.take("type")
        let fallback = reader.take("default")
        let bounds = Bounds(minimum: reader.take("minimum"), maximum: reader.take("maximum"), values: reader.take("values"))
        reader.finish()
        guard let type = checkedType(typeTree, name: name, at: entry.keyLocation) else { return }
        check(bounds, type: type, name: name, at: entry.keyLocation)
        // Stands in for a value that does not fit, so that its uses are not reported as well.
        trees[name] = Tree(.scalar(.null), at: entry.keyLocation)
        guard let (value, tree) = value(given, fallback, type, bounds, name: name, at: entry.keyLocation) else { return }
        var result = Tree(.scalar(value), at: tree.location)
        result.isSecret = tree.isSecret
        trees[name] = result
        checked.append(CheckedParameter(name: name, summary: summary, type: type, value: value))
    }

    private struct Bounds {
        let minimum: Tree?
        let maximum: Tree?
        let values: Tree?
    }

    private func checkedType(_ tree: Tree?, name: String, at location: SourceLocation) -> String? {
        guard let tree else {
            diagnostics.error(
                at: location, "parameter '\(name)' has no 'type'", suggestion: "types: \(Self.types.joined(separator: ", "))")
            return nil
        }
        if let type = tree.string, Self.types.contains(type) { return type }
        diagnostics.error(
            at: tree.location, "\(tree.shownText) is no type of a parameter",
            suggestion: suggestion(for: tree.string ?? "", among: Self.types, "types"))
        return nil
    }

    private func check(_ bounds: Bounds, type: String, name: String, at location: SourceLocation) {
        for (key, bound) in [("minimum", bounds.minimum), ("maximum", bounds.maximum)] {
            guard let bound else { continue }
            if type != "number", type != "integer" {
                diagnostics.error(at: bound.location, "'\(key)' is for numbers, but '\(name)' is a \(type)")
            } else if bound.scalar?.double == nil {
                diagnostics.error(at: bound.location, "'\(key)' of parameter '\(name)' must be a number")
            }
        }
        if let values = bounds.values {
            if type != "enum" {
                diagnostics.error(at: values.location, "'values' is for enum, but '\(name)' is a \(type)")
            } else if values.items?.isEmpty != false || values.items?.contains(where: { $0.string == nil }) == true {
                diagnostics.error(at: values.location, "'values' of parameter '\(name)' must be a list of texts")
            }
        } else if type == "enum" {
            diagnostics.error(at: location, "parameter '\(name)' is an enum without 'values'")
        }
    }

    private func value(
        _ given: String?, _ fallback: Tree?, _ type: String, _ bounds: Bounds, name: String, at location: SourceLocation
    ) -> (Value, Tree)? {
        if let given {
            let scalar: Value = ["number", "integer", "boolean"].contains(type) ? YAMLScalar.resolve(given) : .string(given)
            let tree = Tree(.scalar(scalar), at: location)
            let directory = FileAccess.currentDirectory
            return converted(tree, type, bounds, "--set \(name)", directory).map { ($0, tree) }
        }
        guard let fallback else {
            diagnostics.error(
                at: location, "parameter '\(name)' has no default and was not given", suggestion: "pass --set \(name)=…")
            return nil
        }
        if fallback.isUnresolved { return nil }
        return converted(fallback, type, bounds, "the default of '\(name)'", directory).map { ($0, fallback) }
    }

    private func converted(_ tree: Tree, _ type: String, _ bounds: Bounds, _ what: String, _ directory: String) -> Value? {
        func fail(_ message: String) -> Value? {
            diagnostics.error(at: tree.location, "\(what) \(message)")
            return nil
        }
        guard let scalar = tree.scalar else { return fail("must be a \(type), but it is \(tree.kindText)") }
        switch type {
        case "string": return scalar.string.map(Value.string) ?? fail("must be text, but it is \(tree.shownText)")
        case "boolean": return scalar.bool.map(Value.bool) ?? fail("must be true or false, but it is \(tree.shownText)")
        case "integer":
            guard let int = scalar.int else { return fail("must be a whole number, but it is \(tree.shownText)") }
            return inBounds(Double(int), bounds, fail) ? .int(int) : nil
        case "number":
            guard let double = scalar.double, double.isFinite else {
                return fail("must be a number, but it is \(tree.shownText)")
            }
            return inBounds(double, bounds, fail) ? scalar : nil
        case "duration":
            guard let text = scalar.string, Duration(text: text) != nil else {
                return fail("must be a duration such as 250ms, 5s or 2m, but it is \(tree.shownText)")
            }
            return .string(text)
        case "url":
            guard let text = scalar.string, text.urlScheme != nil else {
                return fail("must be a URL such as mqtt://host, but it is \(tree.shownText)")
            }
            return .string(text)
        case "path":
            guard let text = scalar.string else { return fail("must be a path, but it is \(tree.shownText)") }
            // An empty one stands for none.
            return .string(text.isEmpty || text.urlScheme != nil ? text : FileAccess.absolute(text, in: directory))
        default:
            // Without values, which has been reported, there is nothing to choose from.
            guard let values = bounds.values?.items?.compactMap(\.string) else { return nil }
            guard let text = scalar.string, values.contains(text) else {
                return fail("must be one of \(values.joined(separator: ", ")), but it is \(tree.shownText)")
            }
            return .string(text)
        }
    }

    private static func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }

    private func inBounds(_ number: Double, _ bounds: Bounds, _ fail: (String) -> Value?) -> Bool {
        if let minimum = bounds.minimum?.scalar?.double, number < minimum {
            _ = fail("must be at least \(Self.text(minimum)), but it is \(Self.text(number))")
            return false
        }
        if let maximum = bounds.maximum?.scalar?.double, number > maximum {
            _ = fail("must be at most \(Self.text(maximum)), but it is \(Self.text(number))")
            return false
        }
        return true
    }
}

extension String {
    /// The scheme of `scheme:rest`, in lower case; at least two characters, so that it is no drive letter.
    var urlScheme: String? {
        guard let colon = firstIndex(of: ":") else { return nil }
        let scheme = self[..<colon]
        guard scheme.count >= 2, scheme.first?.isLetter == true,
            scheme.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
        else { return nil }
        return scheme.lowercased()
    }
}
