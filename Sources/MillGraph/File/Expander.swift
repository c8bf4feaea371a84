import MillValue

/// Replaces `${…}` and `!include` in a tree.
///
/// `$${` stands for `${`. Included texts are taken as they are: a prompt may contain `${`.
struct Expander {
    private let environment: [String: String]
    /// Nil while the parameters themselves are read.
    var parameters: [String: Tree]?
    /// Parameters for paths that stand for none: they may be the whole of a value, but lead nowhere as a part of one.
    var emptyPaths: Set<String> = []
    var secrets: Secrets
    private var includes: Includes
    private let diagnostics: Diagnostics
    private let pipelinePath: String
    /// Bytes of all values that `${…}` made.
    private var substitutedBytes = 0

    /// The longest value that `${…}` may make, in bytes: as much as a file that is included.
    static let maximumValueBytes = FileAccess.maximumIncludeBytes
    /// What all values that `${…}` makes may have together, in bytes.
    static let maximumSubstitutedBytes = 4 * maximumValueBytes

    init(options: LoadOptions, pipelinePath: String, diagnostics: Diagnostics) {
        environment = options.environment
        secrets = Secrets(options: options, diagnostics: diagnostics)
        includes = Includes(
            root: FileAccess.directory(of: pipelinePath), allowsOutside: options.allowsIncludesOutside,
            diagnostics: diagnostics)
        self.diagnostics = diagnostics
        self.pipelinePath = pipelinePath
    }

    mutating func expand(_ tree: Tree) -> Tree { expand(tree, stack: [pipelinePath]) }

    private mutating func expand(_ tree: Tree, stack: [String]) -> Tree {
        switch tree.content {
        case .scalar(.string(let text)): return text.contains("${") ? substitute(text, tree) : tree
        case .scalar: return tree
        case .list(let items):
            var expanded: [Tree] = []
            for item in items { expanded.append(expand(item, stack: stack)) }
            return Tree(.list(expanded), at: tree.location)
        case .map(let entries):
            var expanded: [Tree.Entry] = []
            for entry in entries {
                expanded.append(
                    Tree.Entry(key: entry.key, keyLocation: entry.keyLocation, value: expand(entry.value, stack: stack)))
            }
            return Tree(.map(expanded), at: tree.location)
        case .include(let path):
            switch includes.read(path, from: stack, at: tree.location) {
            case nil: return Tree(.scalar(.null), at: tree.location)
            case .text(let text): return Tree(.scalar(.string(text)), at: tree.location)
            case .data(let data, let path): return expand(data, stack: stack + [path])
            }
        }
    }

    /// A scalar that is one `${params.x}` takes the parameter's type; otherwise the result is text, which is read
    /// like any other scalar when it was written without quotes.
    private mutating func substitute(_ text: String, _ tree: Tree) -> Tree {
        var result = ""
        var isSecret = false
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    diagnostics.error(at: tree.location, "'${' without '}'", suggestion: "write $${ for the characters ${")
                    return unresolved(tree)
                }
                let reference = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
                guard let replacement = value(of: reference, at: tree.location) else { return unresolved(tree) }
                if replacement.string == nil || reference.hasPrefix("params."), text == "${\(reference)}" {
                    var whole = Tree(replacement.content, at: tree.location)
                    (whole.isSecret, whole.isSubstituted) = (replacement.isSecret, true)
                    return isWithinBounds(replacement.string?.utf8.count ?? 0, at: tree.location) ? whole : unresolved(tree)
                }
                if reference.hasPrefix("params."), emptyPaths.contains(String(reference.dropFirst("params.".count))) {
                    diagnostics.error(
                        at: tree.location,
                        "parameter '\(reference.dropFirst("params.".count))' is empty, and '\(text)' needs a path",
                        suggestion: "give it a path")
                    return unresolved(tree)
                }
                isSecret = isSecret || replacement.isSecret
                let inserted = Self.text(of: replacement.value)
                guard result.utf8.count + inserted.utf8.count <= Self.maximumValueBytes else {
                    diagnostics.error(
                        at: tree.location,
                        "with what stands for '${…}' this text has more than \(Self.maximumValueBytes >> 20) MiB")
                    return unresolved(tree)
                }
                result += inserted
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        result += rest
        guard isWithinBounds(result.utf8.count, at: tree.location) else { return unresolved(tree) }
        var expanded = Tree(
            .scalar(tree.isPlain && !isSecret ? YAMLScalar.resolve(result) : .string(result)), at: tree.location)
        (expanded.isSecret, expanded.isSubstituted, expanded.isPlain) = (isSecret, true, tree.isPlain)
        return expanded
    }

    /// Counts the bytes of a value that `${…}` made; false, with an error, when all of them have too many.
    private mutating func isWithinBounds(_ byteCount: Int, at location: SourceLocation) -> Bool {
        substitutedBytes += byteCount
        guard substitutedBytes > Self.maximumSubstitutedBytes else { return true }
        diagnostics.error(
            at: location,
            "the values that '${…}' makes have more than \(Self.maximumSubstitutedBytes >> 20) MiB together")
        return false
    }

    /// What stands in for a reference that has been reported already, so that nothing else is reported for it.
    private func unresolved(_ tree: Tree) -> Tree {
        var result = Tree(.scalar(.null), at: tree.location)
        result.isSubstituted = true
        return result
    }

    private mutating func value(of reference: String, at location: SourceLocation) -> Tree? {
        let parts = reference.split(separator: ":-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let path = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let fallback = parts.count == 2 ? parts[1] : nil
        guard path.count == 2, !path[1].isEmpty else {
            diagnostics.error(
                at: location, "'${\(reference)}' names nothing",
                suggestion: "write ${params.x}, ${env.X:-default} or ${secret.x:-default}")
            return nil
        }
        switch path[0] {
        case "params": return parameter(path[1], fallback, at: location)
        case "env":
            if let text = environment[path[1]] ?? fallback { return Tree(.scalar(.string(text)), at: location) }
            diagnostics.error(
                at: location, "the environment variable \(path[1]) is not set",
                suggestion: "set it, or write ${env.\(path[1]):-default}")
        case "secret":
            if let text = secrets.value(of: path[1]) {
                var tree = Tree(.scalar(.string(text)), at: location)
                tree.isSecret = true
                return tree
            }
            if let fallback { return Tree(.scalar(.string(fallback)), at: location) }
            diagnostics.error(
                at: location, "there is no secret '\(path[1])'",
                suggestion:
                    "set MILLRACE_SECRET_\(path[1].uppercased()), name a file of secrets with --secrets, "
                    + "or write ${secret.\(path[1]):-default}")
        default:
            diagnostics.error(
                at: location, "'${\(path[0]).…}' is unknown",
                suggestion: suggestion(for: path[0], among: ["params", "env", "secret"], "there are"))
        }
        return nil
    }

    private func parameter(_ name: String, _ fallback: String?, at location: SourceLocation) -> Tree? {
        guard let parameters else {
            diagnostics.error(at: location, "a parameter cannot use another parameter", suggestion: "use ${env.X} or a value")
            return nil
        }
        guard fallback == nil else {
            diagnostics.error(
                at: location, "a parameter takes its default from 'params', not from ':-'",
                suggestion: "write ${params.\(name)} and give \(name) a default")
            return nil
        }
        guard let value = parameters[name] else {
            diagnostics.error(
                at: location, "there is no parameter '\(name)'",
                suggestion: suggestion(for: name, among: parameters.keys.sorted(), "parameters")
                    ?? "declare it under 'params'")
            return nil
        }
        return value
    }

    private static func text(of value: Value) -> String {
        switch value {
        case .string(let text): text
        case .null: ""
        default: value.json()
        }
    }
}
