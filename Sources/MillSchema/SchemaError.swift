import MillValue

/// Why a schema was refused. Paths are JSON pointers into the schema, such as `#/properties/box/items`.
public enum SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text is no JSON at all.
    case invalidJSON(JSON.ParseError)
    /// A keyword that this implementation does not know, and ignoring it could change what the schema means.
    case unsupportedKeyword(path: String, keyword: String, suggestion: String?)
    /// A keyword whose value has the wrong type or range.
    case invalidKeyword(path: String, expected: String, found: String)
    /// A `$ref` that leads nowhere in this document.
    case unresolvedReference(path: String, reference: String)
    /// A `$ref` that leads back to itself without descending into the value.
    case endlessReference(path: String)
    /// The schema, or the automaton compiled from it, exceeds a bound.
    case tooLarge(path: String, what: String, limit: Int)
    /// The schema is valid, but no automaton can be compiled that accepts only what it describes.
    case notGeneratable(path: String, reason: String)
    /// No document at all fits the schema within the bounds of generation.
    case unsatisfiable(path: String)

    public var description: String {
        switch self {
        case .invalidJSON(let error):
            "the schema is \(error)"
        case .unsupportedKeyword(let path, let keyword, let suggestion):
            "schema, at \(path): the keyword '\(keyword)' is not supported"
                + (suggestion.map { "; did you mean '\($0)'?" } ?? "")
        case .invalidKeyword(let path, let expected, let found):
            "schema, at \(path): expected \(expected), found \(found)"
        case .unresolvedReference(let path, let reference):
            "schema, at \(path): '\(reference)' leads nowhere; references look like '#/$defs/name'"
        case .endlessReference(let path):
            "schema, at \(path): the reference leads back to itself without describing anything"
        case .tooLarge(let path, let what, let limit):
            "schema, at \(path): more than \(limit) \(what)"
        case .notGeneratable(let path, let reason):
            "schema, at \(path): answers cannot be constrained to this: \(reason)"
        case .unsatisfiable(let path):
            "schema, at \(path): no value can satisfy it"
        }
    }
}

/// One way in which a value does not fit a schema.
public struct SchemaViolation: Sendable, Hashable, CustomStringConvertible {
    /// JSON pointer to the offending part of the value; empty for the whole value.
    public let path: String
    public let message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
