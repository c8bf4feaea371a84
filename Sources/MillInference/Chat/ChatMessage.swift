public import MillValue

/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks; the names are those that templates know.
    public enum Role: String, Sendable, Hashable, CaseIterable { case system, user, assistant, tool }

    public let role: Role
    public var text: String
    /// The calls that an assistant makes: `[{"type": "function", "function": {"name", "arguments"}}]`; null where it makes none.
    public var toolCalls: Value
    /// The name of the tool whose result this is.
    public var name: String?

    public init(_ role: Role, _ text: String, toolCalls: Value = .null, name: String? = nil) {
        self.role = role
        self.text = text
        self.toolCalls = toolCalls
        self.name = name
    }
}
