public import MillValue

/// A template in a subset of Jinja, as in the chat templates of language models and in prompts.
///
/// Names and filters behave as in Jinja2 with the settings that chat templates expect: `trim_blocks`, `lstrip_blocks`,
/// loop controls, `raise_exception`, and `tojson` without escaping of HTML. What is undefined is false and prints nothing.
/// Inheritance, inclusion and recursive loops are refused. Work, recursion, output and the depth of values (256 levels) are
/// bounded; work is counted inside comparisons, searches and conversions too.
///
/// ```swift
/// let template = try JinjaTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
/// let prompt = try template.render(["messages": messages])
/// ```
public struct JinjaTemplate: Sendable {
    /// What rendering may cost at most.
    public struct Limits: Sendable, Hashable {
        /// Operations, roughly: one for each part of the template that is evaluated, and one for every four items or 32
        /// bytes that it goes through.
        public var steps = 2_000_000
        /// Bytes of output, and of any one string.
        public var outputBytes = 4 << 20
        /// Macros inside macros.
        public var macroDepth = 24

        public init() {}
    }

    public let source: String
    private let statements: [JinjaStatement]

    /// Reads a template; throws with the line.
    public init(_ source: String) throws(ExpressionError) {
        var parser = try JinjaParser(source)
        statements = try parser.parse()
        self.source = source
    }

    /// The text for `context`.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970 for `strftime_now(format)`, local time; nil leaves the function undefined, so that the text
    ///     depends on nothing but the context.
    ///   - isCancelled: asked every thousand steps or so; once it says yes, ``ExpressionError/cancelled`` is thrown.
    public func render(
        _ context: [String: Value], limits: Limits = Limits(), now: Int? = nil,
        isCancelled: @escaping @Sendable () -> Bool = { Task.isCancelled }
    ) throws(ExpressionError) -> String {
        let budget = WorkBudget(steps: limits.steps, of: "a template", isCancelled: isCancelled)
        var renderer = JinjaRenderer(context: context, limits: limits, now: now, budget: budget)
        _ = try renderer.render(statements)
        return renderer.output
    }
}
