/// What can be wrong with a tokenizer's description.
public enum TokenizerError: Error, Sendable, Equatable {
    /// A part that must be there is absent.
    case missing(field: String)
    /// A part breaks the format's rules.
    case invalid(field: String, reason: String)
    /// The description asks for something that is not supported.
    case unsupported(field: String, value: String, supported: String)
}

extension TokenizerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(let field): "the tokenizer lacks \(field)"
        case .invalid(let field, let reason): "tokenizer, \(field): \(reason)"
        case .unsupported(let field, let value, let supported):
            "tokenizer, \(field): \(value) is not supported; supported are \(supported)"
        }
    }
}
