import MillExpression
import MillValue

/// A `when` expression (CEL), parsed and its variables checked.
public struct Condition: Sendable {
    private let expression: CELExpression

    public var source: String { expression.source }

    /// Whether it holds. Anything but `true`, an error such as a missing field among them, is no.
    func holds(_ variables: [String: Value]) -> Bool {
        (try? expression.evaluate(variables)) == .bool(true)
    }

    /// Parses an expression and checks that it uses none but `variables` (nil allows any). Problems go to `diagnostics`.
    static func parse(
        _ source: String, at location: SourceLocation, variables: [String]?, what: String, _ diagnostics: Diagnostics
    ) -> Condition? {
        do throws(ExpressionError) {
            let expression = try CELExpression(source)
            let unknown = variables.map { expression.unknownVariables(declared: Set($0)) } ?? []
            for error in unknown {
                diagnostics.error(
                    at: location, "\(what): \(error)", suggestion: "variables here: \((variables ?? []).joined(separator: ", "))")
            }
            return unknown.isEmpty ? Condition(expression: expression) : nil
        } catch {
            diagnostics.error(at: location, "\(what) is no valid CEL expression: \(error)")
            return nil
        }
    }
}
