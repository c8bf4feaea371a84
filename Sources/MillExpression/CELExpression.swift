public import MillValue

/// An expression in a subset of CEL (the Common Expression Language), as in conditions and policies.
///
/// Numbers of either kind mix in arithmetic and comparison; durations and timestamps are numbers of seconds, so
/// `now - event.time > duration("5s")` means what it says. Patterns of `matches` take time linear in the text, and
/// every evaluation ends after a bounded number of steps.
///
/// ```swift
/// let condition = try CELExpression(#"event.type == "new" && event.after.label in ["person", "dog"]"#)
/// let holds = try condition.evaluate(["event": event]).bool
/// ```
public struct CELExpression: Sendable {
    public let source: String
    private let root: CELNode
    private let variables: [(name: String, offset: Int)]

    /// Reads an expression; throws with the offset and what was expected there.
    public init(_ source: String) throws(ExpressionError) {
        var parser = try CELParser(source)
        root = try parser.parse()
        variables = parser.variables
        self.source = source
    }

    /// The variables that must be given to evaluate this.
    public var referencedVariables: Set<String> { Set(variables.map(\.name)) }

    /// One error, with a suggestion, for each use of a variable that is not among `declared`.
    public func unknownVariables(declared: Set<String>) -> [ExpressionError] {
        variables.filter { !declared.contains($0.name) }.map {
            .unknownVariable(offset: $0.offset, name: $0.name, suggestion: Suggestion.closest(to: $0.name, among: declared))
        }
    }

    /// The value for `variables`.
    ///
    /// - Parameter maximumSteps: how many operations, roughly, before it is given up.
    public func evaluate(_ variables: [String: Value], maximumSteps: Int = 100_000) throws(ExpressionError) -> Value {
        var evaluator = CELEvaluator(variables: variables, maximumSteps: maximumSteps)
        return try evaluator.evaluate(root)
    }
}
