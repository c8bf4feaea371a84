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
        throw PipelineErrors([])
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
