/// The words of a template.
struct JinjaToken {
    enum Kind: Equatable {
        case text(String)
        case openOutput, closeOutput
        case openStatement, closeStatement
        case int(Int)
        case double(Double)
        case string(String)
        case name(String)
        case symbol(String)
        case end
    }

    var kind: Kind
    /// From 1.
    var line: Int

    var text: String {
        switch kind {
        case .text: "text"
        case .openOutput: "'{{'"
        case .closeOutput: "'}}'"
        case .openStatement: "'{%'"
        case .closeStatement: "'%}'"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string: "a string"
        case .name(let name): "'\(name)'"
        case .symbol(let symbol): "'\(symbol)'"
        case .end: "the end"
        }
    }
}
