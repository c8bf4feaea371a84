public import MillValue

/// An expression in a subset of CEL (the Common Expression Language), as in conditions and policies.
///
/// Numbers of either kind mix in arithmetic and comparison; durations and timestamps are numbers of seconds, so
/// `now - event.time > duration("5s")` means what it says. Numbers are compared exactly, text by its code points.
///
/// Every evaluation ends after a bounded number of steps. They are counted wherever work is done, inside comparisons and
/// conversions too: a value that holds another a million times over costs what it takes to go through it. Lists and maps
/// stand at most 256 levels inside each other.
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
    /// - Parameters:
    ///   - maximumSteps: how many operations, roughly, before it is given up.
    ///   - isCancelled: asked every thousand steps or so; once it says yes, ``ExpressionError/cancelled`` is thrown.
    public func evaluate(
        _ variables: [String: Value], maximumSteps: Int = 100_000,
        isCancelled: @escaping @Sendable () -> Bool = { Task.isCancelled }
    ) throws(ExpressionError) -> Value {
        let budget = WorkBudget(steps: maximumSteps, of: "an expression", isCancelled: isCancelled)
        var evaluator = CELEvaluator(variables: variables, budget: budget)
        return try evaluator.evaluate(root)
    }
}
