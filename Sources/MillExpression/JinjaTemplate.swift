public import MillValue

/// A template in a subset of Jinja, as in the chat templates of language models and in prompts.
///
/// Names and filters behave as in Jinja2 with the settings that chat templates expect: `trim_blocks`, `lstrip_blocks`,
/// loop controls, `raise_exception`, and `tojson` without escaping of HTML. What is undefined is false and prints nothing.
/// Inheritance, inclusion and recursive loops are refused; work, recursion and output are bounded.
///
/// ```swift
/// let template = try JinjaTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
/// let prompt = try template.render(["messages": messages])
/// ```
public struct JinjaTemplate: Sendable {
    /// What rendering may cost at most.
    public struct Limits: Sendable, Hashable {
        /// Operations, roughly.
        public var steps = 2_000_000
        /// Bytes of output.
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
    public func render(_ context: [String: Value], limits: Limits = Limits()) throws(ExpressionError) -> String {
        var renderer = JinjaRenderer(context: context, limits: limits)
        _ = try renderer.render(statements)
        return renderer.output
    }
}
