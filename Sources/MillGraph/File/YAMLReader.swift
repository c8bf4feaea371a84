import MillValue
import Yams

/// Reads one YAML document into a ``Tree``.
///
/// The parser below knows no bounds for aliases, gives no place for them and stops at the first duplicate key. So it
/// never sees an alias: every `*` is replaced by a character that the text does not use, a plain scalar that starts
/// with it is an alias, and everywhere else the star is put back. Likewise the first of two equal keys is renamed
/// until the document is read, and found again afterwards.
struct YAMLReader {
    static let maximumDepth = 64
    /// Values in a document after its aliases are expanded.
    static let maximumSize = 100_000
    /// Bytes of text that aliases may stand for.
    private static let maximumAliasBytes = 4 << 20
    private static let maximumDuplicates = 20

    private let source: SourceText
    private let star: Unicode.Scalar
    /// By offset in the text, the characters of keys that were replaced.
    private var renamed: [Int: Unicode.Scalar] = [:]
    private let substitute: Unicode.Scalar
    private let diagnostics: Diagnostics
    private var anchors: [String: Tree] = [:]
    private var size = 0
    private var aliasByteCount = 0

    /// - Throws: a syntax error; other problems go to `diagnostics`. Nil for an empty document.
    static func read(_ source: SourceText, diagnostics: Diagnostics) throws(PipelineErrors) -> Tree? {
        var reader = try YAMLReader(source, diagnostics)
        return try reader.document()
    }

    private init(_ source: SourceText, _ diagnostics: Diagnostics) throws(PipelineErrors) {
        self.source = source
        self.diagnostics = diagnostics
        let used = Set(source.scalars.lazy.filter { (0xE000...0xF8FF).contains($0.value) })
        let free = (0xE000...0xF8FF as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init).filter { !used.contains($0) }
        guard let star = free.first, let substitute = free.dropFirst().first else {
            throw PipelineErrors([
                PipelineProblem(
                    at: SourceLocation(file: source.file, line: 1, column: 1),
                    "the file uses every private-use character; leave some of U+E000 to U+F8FF unused")
            ])
        }
        self.star = star
        self.substitute = substitute
    }

    private mutating func document() throws(PipelineErrors) -> Tree? {
        for _ in 0...Self.maximumDuplicates {
            do {
                let parser = try Parser(yaml: parserText, resolver: .basic, encoding: .utf8)
                guard let root = try parser.singleRoot() else { return nil }
                // The parser owns the anchors' names, to which nodes hold weak references.
                return withExtendedLifetime(parser) { tree(of: root, depth: 0) }
            } catch let error as YamlError {
                if case .duplicatedKeysInMapping(_, let context) = error, rename(at: context.mark) { continue }
                throw PipelineErrors([YAMLSyntax.problem(of: error, in: source)])
            } catch {
                throw PipelineErrors([problem("\(error)")])
            }
        }
        throw PipelineErrors([problem("the file has more than \(Self.maximumDuplicates) duplicate keys")])
    }

    private func problem(_ message: String) -> PipelineProblem {
        PipelineProblem(at: SourceLocation(file: source.file, line: 1, column: 1), message)
    }

    /// The text without stars and with renamed keys. It ends in a comment because the parser keeps a pointer into the
    /// string, which only strings above 15 bytes have.
    private var parserText: String {
        var view = String.UnicodeScalarView()
        for (offset, scalar) in source.scalars.enumerated() {
            if renamed[offset] != nil {
                view.append(substitute)
            } else {
                view.append(scalar == "*" ? star : scalar)
            }
        }
        if source.scalars.count < 16 { view.append(contentsOf: "\n# end of the text".unicodeScalars) }
        return String(view)
    }

    /// Renames the key at `mark`; false if that cannot work.
    private mutating func rename(at mark: Mark) -> Bool {
        guard var offset = source.offset(line: mark.line, column: mark.column) else { return false }
        if source.scalars[offset] == "\"" || source.scalars[offset] == "'" { offset += 1 }
        guard source.scalars.indices.contains(offset), renamed[offset] == nil else { return false }
        let scalar = source.scalars[offset]
        guard scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" else { return false }
        renamed[offset] = scalar
        return true
    }

    // MARK: From the parser's nodes

    private mutating func tree(of node: Yams.Node, depth: Int) -> Tree {
        let location = location(node.mark)
        guard depth < Self.maximumDepth else {
            diagnostics.error(at: location, "nesting is deeper than \(Self.maximumDepth) levels")
            return Tree(.scalar(.null), at: location)
        }
        size += 1
        let (result, anchor): (Tree, Yams.Anchor?) =
            switch node {
            case .scalar(let scalar): (self.scalar(scalar, at: location), scalar.anchor)
            case .sequence(let sequence): (list(sequence, at: location, depth: depth), sequence.anchor)
            case .mapping(let mapping): (map(mapping, at: location, depth: depth), mapping.anchor)
            case .alias(let alias): (self.alias(alias.anchor.rawValue, at: location), nil)
            }
        if let anchor { anchors[anchor.rawValue] = result }
        return result
    }

    private mutating func list(_ sequence: Yams.Node.Sequence, at location: SourceLocation, depth: Int) -> Tree {
        checkTag(sequence.tag.description, "seq", at: location)
        var items: [Tree] = []
        for item in sequence { items.append(tree(of: item, depth: depth + 1)) }
        return Tree(.list(items), at: location)
    }

    private mutating func map(_ mapping: Yams.Node.Mapping, at location: SourceLocation, depth: Int) -> Tree {
        checkTag(mapping.tag.description, "map", at: location)
        var entries: [Tree.Entry] = []
        var first: [String: SourceLocation] = [:]
        for (key, value) in mapping {
            let keyLocation = self.location(key.mark)
            guard case .scalar(let scalar) = key, let name = self.key(scalar) else {
                diagnostics.error(at: keyLocation, "a key must be plain text")
                continue
            }
            let value = tree(of: value, depth: depth + 1)
            if let earlier = first[name] {
                diagnostics.error(
                    at: keyLocation, "duplicate key '\(name)'; it stands already in line \(earlier.line)",
                    suggestion: "remove or rename one of them")
            } else {
                first[name] = keyLocation
                entries.append(Tree.Entry(key: name, keyLocation: keyLocation, value: value))
            }
        }
        return Tree(.map(entries), at: location)
    }

    /// A key's text; nil for an alias.
    private func key(_ scalar: Yams.Node.Scalar) -> String? {
        if scalar.style == .plain, scalar.string.unicodeScalars.first == star { return nil }
        guard scalar.string.unicodeScalars.first == substitute, let mark = scalar.mark,
            let offset = source.offset(line: mark.line, column: mark.column),
            let original = renamed[offset] ?? renamed[offset + 1]
        else { return restored(scalar.string) }
        return restored(String(original) + String(scalar.string.unicodeScalars.dropFirst()))
    }

    private mutating func scalar(_ scalar: Yams.Node.Scalar, at location: SourceLocation) -> Tree {
        let tag = scalar.tag.description
        if scalar.style == .plain, tag.isEmpty, scalar.string.unicodeScalars.first == star {
            return alias(restored(String(scalar.string.unicodeScalars.dropFirst())), at: location)
        }
        let text = restored(scalar.string)
        if tag == "!include" { return Tree(.include(text), at: location) }
        guard checkTag(tag, "str", at: location) else { return unreadable(at: location) }
        guard scalar.style == .plain, tag.isEmpty else { return Tree(.scalar(.string(text)), at: location) }
        var tree = Tree(.scalar(YAMLScalar.resolve(text)), at: location)
        tree.isPlain = true
        return tree
    }

    private mutating func alias(_ name: String, at location: SourceLocation) -> Tree {
        guard let tree = anchors[name] else {
            diagnostics.error(
                at: location, "there is no anchor '&\(name)' above this alias",
                suggestion: suggestion(for: name, among: anchors.keys.sorted(), "anchors so far")
                    ?? "put text that starts with * in quotes")
            return Tree(.scalar(.null), at: location)
        }
        size += tree.size
        guard size <= Self.maximumSize else {
            diagnostics.error(at: location, "the aliases expand to more than \(Self.maximumSize) values")
            return Tree(.scalar(.null), at: location)
        }
        aliasByteCount += tree.textByteCount
        guard aliasByteCount <= Self.maximumAliasBytes else {
            diagnostics.error(at: location, "the aliases expand to more than \(Self.maximumAliasBytes >> 20) MiB of text")
            return unreadable(at: location)
        }
        return tree
    }

    /// What stands in for a value that has been reported, so that nothing else is reported for it.
    private func unreadable(at location: SourceLocation) -> Tree {
        var tree = Tree(.scalar(.null), at: location)
        tree.isSubstituted = true
        return tree
    }

    @discardableResult
    private func checkTag(_ tag: String, _ kind: String, at location: SourceLocation) -> Bool {
        guard !tag.isEmpty, tag != "!", tag != "tag:yaml.org,2002:\(kind)" else { return true }
        diagnostics.error(
            at: location, "the tag '\(tag)' is not supported here",
            suggestion: tag == "!include" ? "!include takes the path of a file" : "the only tags are !include and !!str")
        return false
    }

    private func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(star) else { return text }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text.unicodeScalars.lazy.map { $0 == star ? "*" : $0 })
        return String(view)
    }

    private func location(_ mark: Mark?) -> SourceLocation {
        SourceLocation(file: source.file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
}
