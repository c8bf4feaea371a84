import MillValue

/// Reads the files that `!include` names: `.yaml`, `.yml` and `.json` as data, everything else as text.
///
/// Paths start at the folder of the file that includes. Files outside the pipeline's folder are refused unless the
/// caller allows them, so that a pipeline file from elsewhere cannot read the machine's files.
struct Includes {
    static let maximumDepth = 8
    static let maximumCount = 200
    /// Bytes of all included files together.
    static let maximumBytes = 16 << 20

    /// The pipeline's folder without links.
    let root: String
    let allowsOutside: Bool
    let diagnostics: Diagnostics
    private var count = 0
    private var byteCount = 0

    init(root: String, allowsOutside: Bool, diagnostics: Diagnostics) {
        self.root = root
        self.allowsOutside = allowsOutside
        self.diagnostics = diagnostics
    }

    /// An included file.
    enum Content {
        case text(String)
        /// The data and the file's path without links.
        case data(Tree, path: String)
    }

    /// - Parameters:
    ///   - stack: the canonical paths of the files that are being included, outermost first.
    mutating func read(_ path: String, from stack: [String], at location: SourceLocation) -> Content? {
        count += 1
        guard count <= Self.maximumCount else { return fail(location, "the file includes more than \(Self.maximumCount) files") }
        let directory = stack.last.map(FileAccess.directory(of:)) ?? root
        let absolute = FileAccess.absolute(path, in: directory)
        guard let canonical = FileAccess.canonical(absolute) else {
            return fail(location, "there is no file '\(path)' in \(directory)")
        }
        guard allowsOutside || root == "/" || canonical.hasPrefix(root + "/") else {
            return fail(location, "'\(path)' lies outside the pipeline's folder", "copy it there")
        }
        guard !stack.contains(canonical) else {
            let cycle = (stack.drop { $0 != canonical } + [canonical]).map { $0.split(separator: "/").last ?? "" }
            return fail(location, "files include one another: \(cycle.joined(separator: " → "))")
        }
        guard stack.count <= Self.maximumDepth else {
            return fail(location, "includes are nested deeper than \(Self.maximumDepth) levels")
        }
        return load(canonical, named: path, at: location)
    }

    private mutating func load(_ canonical: String, named name: String, at location: SourceLocation) -> Content? {
        let isYAML = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        let limit = isYAML ? FileAccess.maximumYAMLBytes : FileAccess.maximumIncludeBytes
        do {
            let bytes = try FileAccess.read(canonical, limit: limit)
            byteCount += bytes.count
            guard byteCount <= Self.maximumBytes else {
                return fail(location, "the files that are included have more than \(Self.maximumBytes >> 20) MiB together")
            }
            let shown = canonical.hasPrefix(root + "/") ? String(canonical.dropFirst(root.count + 1)) : canonical
            if name.hasSuffix(".json") { return json(bytes, file: shown, path: canonical) }
            let source = try SourceText(bytes: bytes, file: shown)
            guard isYAML else { return .text(source.text) }
            let tree = try YAMLReader.read(source, diagnostics: diagnostics)
            return .data(tree ?? Tree(.scalar(.null), at: SourceLocation(file: shown, line: 1, column: 1)), path: canonical)
        } catch let failure as FileAccess.Failure {
            switch failure {
            case .unreadable(let reason): return fail(location, "'\(name)' cannot be read: \(reason)")
            case .tooLarge(let limit): return fail(location, "'\(name)' is larger than \(limit >> 10) KiB")
            }
        } catch let errors as PipelineErrors {
            for problem in errors.problems { diagnostics.add(problem) }
            return nil
        } catch {
            return fail(location, "'\(name)' cannot be read: \(error)")
        }
    }

    private func json(_ bytes: [UInt8], file: String, path: String) -> Content? {
        do throws(JSON.ParseError) {
            let value = try JSON.parse(bytes: bytes, maximumDepth: YAMLReader.maximumDepth)
            let start = SourceLocation(file: file, line: 1, column: 1)
            guard value.size(upTo: YAMLReader.maximumSize) <= YAMLReader.maximumSize else {
                return fail(start, "the file has more than \(YAMLReader.maximumSize) values")
            }
            return .data(Tree(value, at: start), path: path)
        } catch {
            return fail(SourceLocation(file: file, line: error.line, column: error.column), "invalid JSON: \(error.message)")
        }
    }

    private func fail(_ location: SourceLocation, _ message: String, _ suggestion: String? = nil) -> Content? {
        diagnostics.error(at: location, message, suggestion: suggestion)
        return nil
    }
}

extension Tree {
    /// A value all of whose parts have the same place.
    init(_ value: Value, at location: SourceLocation) {
        switch value {
        case .list(let items): self.init(.list(items.map { Tree($0, at: location) }), at: location)
        case .map(let map):
            self.init(
                .map(map.map { Entry(key: $0.key, keyLocation: location, value: Tree($0.value, at: location)) }), at: location)
        default: self.init(.scalar(value), at: location)
        }
    }
}

extension Value {
    /// How many values this is, itself and what it contains; counted no further than a little beyond `limit`.
    fileprivate func size(upTo limit: Int) -> Int {
        var (count, pending) = (0, [self])
        while let value = pending.popLast(), count + pending.count <= limit {
            count += 1
            switch value {
            case .list(let items): pending += items
            case .map(let map): pending += map.map(\.value)
            default: break
            }
        }
        return count + pending.count
    }
}
