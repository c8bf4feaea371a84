import MillExpression
import MillValue

/// A `when` expression (CEL), parsed and its variables checked.
public struct Condition: Sendable {
    private let expression: CELExpression

    public var source: String { expression.source }

    /// What an evaluation came to. Only ``holds`` lets a packet pass.
    enum Verdict {
        case holds
        case fails
        /// It has no answer, for example because of a missing field, or one that is neither true nor false.
        case isUndecided(reason: String)

        var isTrue: Bool { if case .holds = self { true } else { false } }
    }

    func verdict(_ variables: [String: Value]) -> Verdict {
        do throws(ExpressionError) {
            let value = try expression.evaluate(variables)
            guard let answer = value.bool else {
                return .isUndecided(reason: "'\(source)' must be true or false, but it is \(Self.describe(value))")
            }
            return answer ? .holds : .fails
        } catch {
            return .isUndecided(reason: "'\(source)': \(error)")
        }
    }

    private static func describe(_ value: Value) -> String { value.isNull ? "null" : "of type \(value.kind)" }

    /// The longest expression, in bytes.
    private static let maximumLength = 8192

    /// Parses an expression and checks that it uses none but `variables` (nil allows any). Problems go to `diagnostics`.
    static func parse(
        _ source: String, at location: SourceLocation, variables: [String]?, what: String, _ diagnostics: Diagnostics
    ) -> Condition? {
        guard source.utf8.count <= maximumLength else {
            diagnostics.error(at: location, "\(what) has more than \(maximumLength) bytes")
            return nil
        }
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
