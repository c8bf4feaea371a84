/// Hides the values of secrets in text that is printed, logged or recorded.
public struct Redactor: Sendable {
    private let secrets: [String]

    /// What stands in place of a secret.
    public static let mask = "***"

    init(secrets: Set<String>) {
        self.secrets = secrets.filter { !$0.isEmpty }.sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// The text with every occurrence of a secret replaced by `***`.
    public func redact(_ text: String) -> String {
        secrets.reduce(text) { text, secret in
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: Self.mask)
        }
    }
}
