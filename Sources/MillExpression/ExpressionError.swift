/// Why an expression or a template was refused, or failed.
public enum ExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// An expression that cannot be read; `offset` counts code points from its start.
    case syntax(offset: Int, expected: String, found: String)
    case unknownVariable(offset: Int, name: String, suggestion: String?)
    case unknownFunction(offset: Int, name: String, suggestion: String?)
    /// A call with the wrong number or kind of arguments, or a pattern that is no pattern.
    case invalidCall(offset: Int, message: String)
    /// An expression that has no value for these variables.
    case evaluation(offset: Int, message: String)
    /// A bound on work, depth or size was reached.
    case limit(what: String, limit: Int)
    /// Whoever asked for the value no longer wants it.
    case cancelled
    /// A template that cannot be read; lines count from 1.
    case template(line: Int, message: String)
    /// A template that fails for this context.
    case rendering(line: Int, message: String)
    /// The template itself refuses the context with `raise_exception`.
    case raised(line: Int, message: String)

    public var description: String {
        switch self {
        case .syntax(let offset, let expected, let found):
            "expected \(expected) at offset \(offset), found \(found)"
        case .unknownVariable(let offset, let name, let suggestion):
            "unknown variable '\(name)' at offset \(offset)\(Self.hint(suggestion))"
        case .unknownFunction(let offset, let name, let suggestion):
            "unknown function '\(name)' at offset \(offset)\(Self.hint(suggestion))"
        case .invalidCall(let offset, let message): "\(message) (at offset \(offset))"
        case .evaluation(let offset, let message): "\(message) (at offset \(offset))"
        case .limit(let what, let limit): "stopped after \(limit) \(what)"
        case .cancelled: "cancelled"
        case .template(let line, let message): "template, line \(line): \(message)"
        case .rendering(let line, let message): "template, line \(line): \(message)"
        case .raised(let line, let message): "the template refuses this, line \(line): \(message)"
        }
    }

    /// Where in an expression, in code points from its start.
    public var offset: Int? {
        switch self {
        case .syntax(let offset, _, _), .unknownVariable(let offset, _, _), .unknownFunction(let offset, _, _),
            .invalidCall(let offset, _), .evaluation(let offset, _):
            offset
        case .limit, .cancelled, .template, .rendering, .raised: nil
        }
    }

    /// Whether the evaluation itself was stopped, so that nothing may make up for it.
    var stops: Bool {
        switch self {
        case .limit, .cancelled: true
        default: false
        }
    }

    private static func hint(_ suggestion: String?) -> String { suggestion.map { "; did you mean '\($0)'?" } ?? "" }
}
