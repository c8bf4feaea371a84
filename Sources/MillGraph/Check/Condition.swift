import MillValue

/// A `when` expression, parsed and its variables checked.
public struct Condition: Sendable {
    public let source: String
    private let evaluator: @Sendable ([String: Value]) throws -> Value

    init(source: String, evaluator: @escaping @Sendable ([String: Value]) throws -> Value) {
        self.source = source
        self.evaluator = evaluator
    }

    /// Whether it holds. Anything but `true`, an error among them, is no.
    func holds(_ variables: [String: Value]) -> Bool {
        (try? evaluator(variables)) == .bool(true)
    }
}
