import MillValue

/// The structure of a CEL expression.
indirect enum CELNode: Sendable {
    case literal(Value)
    case variable(String, offset: Int)
    case field(CELNode, String, offset: Int)
    /// `has(a.b)`.
    case hasField(CELNode, String, offset: Int)
    case element(CELNode, CELNode, offset: Int)
    case list([CELNode])
    case map([(key: CELNode, value: CELNode)], offset: Int)
    case not(CELNode, offset: Int)
    case negative(CELNode, offset: Int)
    case binary(CELOperator, CELNode, CELNode, offset: Int)
    case and(CELNode, CELNode, offset: Int)
    case or(CELNode, CELNode, offset: Int)
    case conditional(CELNode, CELNode, CELNode, offset: Int)
    case call(CELFunction, [CELNode], offset: Int)
    /// `matches` with a pattern known beforehand.
    case matches(CELNode, Pattern, offset: Int)
    case macro(CELMacro, offset: Int)
}

/// `list.all(name, condition)` and its relatives.
struct CELMacro: Sendable {
    enum Kind: String, Sendable, CaseIterable { case all, exists, existsOne = "exists_one", filter, map }

    let kind: Kind
    let range: CELNode
    let name: String
    /// The condition; for `map` the transformation's guard, if there is one.
    let condition: CELNode?
    let transform: CELNode?
}

enum CELOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case `in`

    /// Higher binds tighter.
    var precedence: Int {
        switch self {
        case .multiply, .divide, .remainder: 3
        case .add, .subtract: 2
        default: 1
        }
    }
}

/// The functions that an expression may call, as `f(x, …)` or `x.f(…)`.
enum CELFunction: String, Sendable, CaseIterable {
    case size, startsWith, endsWith, contains, matches, int, double, string, bool, duration, timestamp, dyn
    case lowerAscii, upperAscii, trim, getHours, getMinutes, getDayOfWeek

    /// How many arguments it takes, the receiver included.
    var argumentCount: Int {
        switch self {
        case .startsWith, .endsWith, .contains, .matches: 2
        default: 1
        }
    }
}
