/// Something wrong, or worth a warning, in a pipeline file.
public struct PipelineProblem: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable {
        case error, warning
    }

    public let severity: Severity
    /// The offending key or value.
    public let location: SourceLocation
    /// What is wrong.
    public let message: String
    /// What to do about it.
    public let suggestion: String?

    public init(_ severity: Severity = .error, at location: SourceLocation, _ message: String, suggestion: String? = nil) {
        self.severity = severity
        self.location = location
        self.message = message
        self.suggestion = suggestion
    }
}

extension PipelineProblem: CustomStringConvertible {
    /// `file:line:column: error: message (suggestion)`.
    public var description: String {
        "\(location): \(severity.rawValue): \(message)" + (suggestion.map { "; \($0)" } ?? "")
    }
}

/// Why a pipeline file was refused: all problems found, in the order of the file, warnings among them.
public struct PipelineErrors: Error, Sendable, CustomStringConvertible {
    public let problems: [PipelineProblem]

    public init(_ problems: [PipelineProblem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
