import MillValue

/// A part of a template.
indirect enum JinjaStatement: Sendable {
    case text(String)
    case output(JinjaExpression)
    case conditional([(test: JinjaExpression, body: [JinjaStatement])], otherwise: [JinjaStatement])
    case loop(JinjaLoop)
    case set([JinjaTarget], JinjaExpression)
    case setBlock(JinjaTarget, [JinjaStatement])
    case macro(JinjaMacro)
    case group([JinjaStatement])
    case `break`
    case `continue`
}

struct JinjaLoop: Sendable {
    var line: Int
    var names: [String]
    var items: JinjaExpression
    var filter: JinjaExpression?
    var body: [JinjaStatement]
    var otherwise: [JinjaStatement]
}

/// What `set` assigns to: a name, or a field of a namespace.
struct JinjaTarget: Sendable {
    var name: String
    var field: String?
    var line: Int
}

struct JinjaMacro: Sendable {
    var name: String
    var parameters: [(name: String, standard: JinjaExpression?)]
    var body: [JinjaStatement]
}

struct JinjaExpression: Sendable {
    var line: Int
    var kind: Kind

    indirect enum Kind: Sendable {
        case literal(Value)
        case name(String)
        case attribute(JinjaExpression, String)
        case subscripted(JinjaExpression, JinjaExpression)
        case slice(JinjaExpression, start: JinjaExpression?, end: JinjaExpression?, step: JinjaExpression?)
        case list([JinjaExpression])
        case tuple([JinjaExpression])
        case map([(key: JinjaExpression, value: JinjaExpression)])
        case not(JinjaExpression)
        case negative(JinjaExpression)
        case binary(String, JinjaExpression, JinjaExpression)
        /// `a < b <= c`: each comparison between neighbours.
        case comparison(JinjaExpression, [(operation: String, operand: JinjaExpression)])
        case and(JinjaExpression, JinjaExpression)
        case or(JinjaExpression, JinjaExpression)
        case conditional(test: JinjaExpression, JinjaExpression, otherwise: JinjaExpression?)
        case call(JinjaExpression, JinjaArguments)
        case filter(JinjaExpression, String, JinjaArguments)
        case test(JinjaExpression, String, JinjaArguments)
    }
}

struct JinjaArguments: Sendable {
    var positional: [JinjaExpression] = []
    var named: [(name: String, value: JinjaExpression)] = []
}
