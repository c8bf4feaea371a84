import MillValue

/// Reads a mapping with known keys: each key is taken once with its type, and what is left over is an error.
struct MapReader {
    let tree: Tree
    /// What messages call it: `node 'scene'`.
    let what: String
    let diagnostics: Diagnostics
    private let entries: [Tree.Entry]
    private var known: [String] = []

    /// Nil, with an error, when `tree` is no mapping.
    init?(_ tree: Tree, _ what: String, _ diagnostics: Diagnostics) {
        guard let entries = tree.entries else {
            if !tree.isUnresolved {
                diagnostics.error(at: tree.location, "\(what) must be a mapping, but it is \(tree.kindText)")
            }
            return nil
        }
        self.tree = tree
        self.what = what
        self.diagnostics = diagnostics
        self.entries = entries
    }

    /// The value of `key`; nil if it is absent.
    mutating func take(_ key: String) -> Tree? {
        known.append(key)
        return entries.first { $0.key == key }?.value
    }

    func keyLocation(_ key: String) -> SourceLocation {
        entries.first { $0.key == key }?.keyLocation ?? tree.location
    }

    mutating func string(_ key: String) -> String? {
        guard let value = take(key) else { return nil }
        return read(value, key, "text") { $0.string }
    }

    mutating func bool(_ key: String) -> Bool? {
        guard let value = take(key) else { return nil }
        return read(value, key, "true or false") { $0.scalar?.bool }
    }

    mutating func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = take(key) else { return nil }
        return read(value, key, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            $0.scalar?.int.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func duration(_ key: String) -> Duration? {
        guard let value = take(key) else { return nil }
        return read(value, key, "a duration such as 250ms, 5s or 2m") { $0.string.flatMap { Duration(text: $0) } }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Choice.Type = Choice.self
    ) -> Choice? where Choice.RawValue == String {
        guard let value = take(key) else { return nil }
        let names = Choice.allCases.map(\.rawValue)
        if let text = value.string, let choice = Choice(rawValue: text) { return choice }
        if !value.isUnresolved {
            let given = value.scalar.map { $0.string ?? $0.json() }
            diagnostics.error(
                at: value.location, "'\(key)' of \(what) must be one of: \(names.joined(separator: ", "))",
                suggestion: given.flatMap { Suggestion.closest(to: $0, among: names) }.map { "did you mean '\($0)'?" })
        }
        return nil
    }

    private func read<Result>(_ value: Tree, _ key: String, _ expected: String, _ get: (Tree) -> Result?) -> Result? {
        if let result = get(value) { return result }
        if !value.isUnresolved {
            diagnostics.error(at: value.location, "'\(key)' of \(what) must be \(expected), but it is \(value.shownText)")
        }
        return nil
    }

    /// Reports the keys that were never asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            diagnostics.error(
                at: entry.keyLocation, "unknown key '\(entry.key)' in \(what)",
                suggestion: suggestion(for: entry.key, among: known, "known keys"))
        }
    }
}

extension Tree {
    /// Whether this stands in for a `${…}` that has been reported already.
    var isUnresolved: Bool { isSubstituted && scalar == .null }

    /// What a message shows of a value that does not fit: short scalars themselves, never secrets.
    var shownText: String {
        guard !isSecret, let scalar, !scalar.isNull else { return isSecret ? "a secret" : kindText }
        let text = scalar.json()
        return text.count <= 60 ? text : kindText
    }
}
