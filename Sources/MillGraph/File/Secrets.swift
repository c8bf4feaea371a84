import MillValue

/// Where `${secret.name}` finds its value: the environment variable `MILLRACE_SECRET_NAME`, then the secrets file.
struct Secrets {
    private let environment: [String: String]
    private let file: ValueMap
    /// Every value that was handed out, for redaction.
    private(set) var used: Set<String> = []

    init(options: LoadOptions, diagnostics: Diagnostics) {
        environment = options.environment
        file = options.secretsPath.map { Self.read($0, diagnostics) } ?? [:]
    }

    mutating func value(of name: String) -> String? {
        let variable =
            "MILLRACE_SECRET_"
            + String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        guard let value = environment[variable] ?? text(file[name]) else { return nil }
        used.insert(value)
        return value
    }

    /// Notes a secret that came from elsewhere, such as a password written into the file.
    mutating func remember(_ value: String) { used.insert(value) }

    private func text(_ value: Value?) -> String? {
        switch value {
        case .string(let text): text
        case .int(let number): String(number)
        case .double(let number): String(number)
        default: nil
        }
    }

    private static func read(_ path: String, _ diagnostics: Diagnostics) -> ValueMap {
        let location = SourceLocation(file: path, line: 1, column: 1)
        do {
            let bytes = try FileAccess.read(path, limit: FileAccess.maximumYAMLBytes)
            guard let tree = try YAMLReader.read(try SourceText(bytes: bytes, file: path), diagnostics: diagnostics) else {
                return [:]
            }
            guard case .map(let map) = tree.value else {
                diagnostics.error(at: tree.location, "a secrets file holds lines of the form 'name: value'")
                return [:]
            }
            return map
        } catch let errors as PipelineErrors {
            for problem in errors.problems { diagnostics.add(problem) }
        } catch FileAccess.Failure.unreadable(let reason) {
            diagnostics.error(at: location, "the secrets file cannot be read: \(reason)")
        } catch {
            diagnostics.error(at: location, "the secrets file cannot be read: it is too large")
        }
        return [:]
    }
}
