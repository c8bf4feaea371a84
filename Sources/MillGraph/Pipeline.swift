import Glibc

/// Reads and checks pipeline files.
public enum Pipeline {
    /// Reads the file at `path`, checks everything that can be checked without running it, and returns the graph.
    ///
    /// - Parameters:
    ///   - parameters: values for the file's `params`, as text (`--set`).
    ///   - registry: the node types, models and connections that the file may use.
    /// - Throws: ``PipelineErrors`` with every problem found.
    public static func load(
        path: String, parameters: [String: String] = [:], registry: NodeRegistry, options: LoadOptions = LoadOptions()
    ) throws(PipelineErrors) -> CheckedPipeline {
        let start = SourceLocation(file: path, line: 1, column: 1)
        let bytes: [UInt8]
        do throws(FileAccess.Failure) {
            bytes = try FileAccess.read(path, limit: FileAccess.maximumYAMLBytes)
        } catch {
            switch error {
            case .unreadable(let reason):
                throw PipelineErrors([PipelineProblem(at: start, "the file cannot be read: \(reason)")])
            case .tooLarge(let limit):
                throw PipelineErrors([
                    PipelineProblem(
                        at: start, "the file is larger than \(limit >> 10) KiB",
                        suggestion: "move long texts into files and !include them")
                ])
            }
        }
        let source = try SourceText(bytes: bytes, file: path)
        var loader = PipelineLoader(path: path, registry: registry, options: options, diagnostics: Diagnostics())
        return try loader.load(source, parameters: parameters)
    }
}

/// What `Pipeline.load` may use besides the file.
public struct LoadOptions: Sendable {
    /// Where `${env.NAME}` and `MILLRACE_SECRET_NAME` come from.
    public var environment: [String: String]
    /// A file of `name: value` lines (YAML) for `${secret.name}`; environment variables win.
    public var secretsPath: String?
    /// Whether `!include` may leave the folder of the pipeline file.
    public var allowsIncludesOutside: Bool

    /// - Parameter environment: nil takes that of the process.
    public init(
        environment: [String: String]? = nil, secretsPath: String? = nil, allowsIncludesOutside: Bool = false
    ) {
        self.environment = environment ?? Self.processEnvironment()
        self.secretsPath = secretsPath
        self.allowsIncludesOutside = allowsIncludesOutside
    }

    private static func processEnvironment() -> [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return result
    }
}
