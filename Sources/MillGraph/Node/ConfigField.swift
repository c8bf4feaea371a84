import MillValue

/// One key of a node's `config` or of a resource, with its type, bounds and default.
public struct ConfigField: Sendable {
    /// What a field may hold.
    public indirect enum Kind: Sendable {
        case string
        case boolean
        case integer(minimum: Int? = nil, maximum: Int? = nil)
        case number(minimum: Double? = nil, maximum: Double? = nil)
        /// `250ms`, `5s`, `2m`, `1h`.
        case duration
        /// `2Hz`, `12/min`.
        case rate
        case url
        /// A file or folder; relative ones start at the pipeline file. Nodes see an absolute path.
        case path
        /// One of some words; `hint` says what to do where none of them is near.
        case choice([String], hint: String? = nil)
        /// A CEL expression that may use these variables; nil allows any.
        case expression(variables: [String]?)
        /// A mapping written in place, or the path of a `.json` or `.yaml` file that holds it. Nodes see the mapping.
        case document
        case list(of: Kind)
        /// A mapping with the given fields and no others.
        case object([ConfigField])
        /// A mapping from free names to values of one kind.
        case map(of: Kind)
        /// Text in a form that `check` explains when it is not met; `name` describes it (`3 frames`, a cron line).
        case form(name: String, check: @Sendable (Value) -> String?)
        case any
    }

    public let name: String
    public let kind: Kind
    public let summary: String
    public let isRequired: Bool
    public let defaultValue: Value?

    public init(_ name: String, _ kind: Kind, _ summary: String = "", required: Bool = false, default value: Value? = nil) {
        self.name = name
        self.kind = kind
        self.summary = summary
        self.isRequired = required
        self.defaultValue = value
    }
}
