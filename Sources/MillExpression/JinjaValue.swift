import MillValue

/// What a template computes with: plain values and the few things that are more than that.
enum JinjaValue {
    case undefined(String)
    case value(Value)
    case namespace(JinjaNamespace)
    case macro(JinjaMacro)
    case function(String)
    case loop(JinjaLoopState)

    /// Whether a condition holds for it, as in Python.
    var isTrue: Bool {
        switch self {
        case .undefined: false
        case .value(.null): false
        case .value(.bool(let bool)): bool
        case .value(.int(let int)): int != 0
        case .value(.double(let double)): double != 0
        case .value(.string(let string)): !string.isEmpty
        case .value(.list(let list)): !list.isEmpty
        case .value(.map(let map)): !map.isEmpty
        case .namespace, .macro, .function, .loop: true
        }
    }

    /// The plain value; null for what has none.
    var plain: Value {
        if case .value(let value) = self { value } else { .null }
    }

    /// How it is printed.
    var text: String {
        switch self {
        case .undefined: ""
        case .value(let value): PythonText.string(value)
        case .namespace, .macro, .function, .loop: ""
        }
    }

    /// For messages.
    var kind: String {
        switch self {
        case .undefined(let name): "'\(name)', which is undefined"
        case .value(let value): value.kind
        case .namespace: "a namespace"
        case .macro: "a macro"
        case .function: "a function"
        case .loop: "'loop'"
        }
    }
}

/// `namespace(…)`: fields that keep what is assigned inside loops.
final class JinjaNamespace {
    var fields: [String: JinjaValue]
    init(_ fields: [String: JinjaValue]) { self.fields = fields }
}

/// `loop` inside a `for`.
struct JinjaLoopState {
    var index: Int
    var items: [Value]
    var depth: Int

    func field(_ name: String) -> JinjaValue {
        switch name {
        case "index": .value(.int(index + 1))
        case "index0": .value(.int(index))
        case "revindex": .value(.int(items.count - index))
        case "revindex0": .value(.int(items.count - index - 1))
        case "first": .value(.bool(index == 0))
        case "last": .value(.bool(index == items.count - 1))
        case "length": .value(.int(items.count))
        case "depth": .value(.int(depth))
        case "depth0": .value(.int(depth - 1))
        case "previtem": index > 0 ? .value(items[index - 1]) : .undefined("loop.previtem")
        case "nextitem": index + 1 < items.count ? .value(items[index + 1]) : .undefined("loop.nextitem")
        default: .undefined("loop.\(name)")
        }
    }
}
