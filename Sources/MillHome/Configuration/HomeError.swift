import MillStore

/// One thing that is wrong in a section of the pipeline file.
public struct ConfigurationIssue: Sendable, Hashable, CustomStringConvertible {
    /// The keys that lead to the place, list positions (from 0) among them: `["rules", "0", "when"]`.
    public let path: [String]
    /// What is wrong and what is allowed.
    public let message: String
    /// The name that was probably meant.
    public let suggestion: String?
    /// Where in the text at `path` it is wrong, in code points from its start; nil when it is about the whole.
    public let offset: Int?

    public init(path: [String], message: String, suggestion: String? = nil, offset: Int? = nil) {
        self.path = path
        self.message = message
        self.suggestion = suggestion
        self.offset = offset
    }

    public var description: String {
        let hint = suggestion.map { "; did you mean '\($0)'?" } ?? ""
        return "\(path.isEmpty ? "here" : path.joined(separator: ".")): \(message)\(hint)"
    }
}

/// What can go wrong around the home.
public enum HomeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The pipeline file asks for something that does not exist; all places at once.
    case configuration([ConfigurationIssue])
    /// The other side cannot be reached.
    case unreachable(url: String, reason: String)
    /// The other side was reached and does not let us in; trying again will not help.
    case rejected(url: String, reason: String)
    /// The outbox cannot be used.
    case store(StoreError)
    /// A scene, event or action is not of the shape it must have.
    case malformed(what: String, reason: String)

    public var description: String {
        switch self {
        case .configuration(let issues):
            issues.map(\.description).joined(separator: "\n")
        case .unreachable(let url, let reason):
            "\(url): cannot be reached (\(reason)); is it running, and are host and port right?"
        case .rejected(let url, let reason):
            "\(url): refused the connection (\(reason)); check user name, password and certificates"
        case .store(let error):
            error.description
        case .malformed(let what, let reason):
            "\(what): \(reason)"
        }
    }
}
