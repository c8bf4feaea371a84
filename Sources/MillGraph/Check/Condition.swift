import MillValue

/// A `when` expression, parsed and its variables checked.
public struct Condition: Sendable {
    public let source: String
    let variables: Set<String>
    private let evaluator: @Sendable ([String: Value]) throws -> Value

    init(source: String, variables: Set<String>, evaluator: @escaping @Sendable ([String: Value]) throws -> Value) {
        self.source = source
        self.variables = variables
        self.evaluator = evaluator
    }

    /// Whether it holds. Anything but `true`, an error among them, is no.
    func holds(_ variables: [String: Value]) -> Bool {
        (try? evaluator(variables)) == .bool(true)
    }
}

extension Condition {
    /// Parses an expression and checks that it uses none but `variables` (nil allows any). Problems go to `diagnostics`.
    static func parse(
        _ source: String, at location: SourceLocation, variables: [String]?, what: String, _ diagnostics: Diagnostics
    ) -> Condition? {
        Condition(source: source, variables: [], evaluator: { _ in .bool(true) })
    }
}
