import MillValue

/// What a template computes with: the values of Python that templates meet.
enum JinjaValue {
    case undefined(String)
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list(JinjaList)
    case map(JinjaMap)
    /// The number of a `namespace(…)`; the renderer holds its fields, so that namespaces may refer to each other freely.
    case namespace(Int)
    indirect case macro(JinjaMacro)
    case function(String)
    case loop(JinjaLoopState)

    /// A value of the context, whose depth is bounded by whoever read it.
    init(_ value: Value) {
        switch value {
        case .null: self = .null
        case .bool(let bool): self = .bool(bool)
        case .int(let int): self = .int(int)
        case .double(let double): self = .double(double)
        case .string(let string): self = .string(string)
        case .list(let list): self = .list(JinjaList(given: list.map(JinjaValue.init)))
        case .map(let map): self = .map(JinjaMap(given: map))
        }
    }

    /// Whether a condition holds for it, as in Python.
    var isTrue: Bool {
        switch self {
        case .undefined, .null: false
        case .bool(let bool): bool
        case .int(let int): int != 0
        case .double(let double): double != 0
        case .string(let string): !string.isEmpty
        case .list(let list): !list.items.isEmpty
        case .map(let map): !map.keys.isEmpty
        case .namespace, .macro, .function, .loop: true
        }
    }

    /// Null, truth, number or text; nil for all else.
    var scalar: Value? {
        switch self {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .int(let int): .int(int)
        case .double(let double): .double(double)
        case .string(let string): .string(string)
        default: nil
        }
    }

    var bool: Bool? { scalar?.bool }
    var int: Int? { scalar?.int }
    var double: Double? { scalar?.double }

    var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    var list: JinjaList? {
        if case .list(let list) = self { list } else { nil }
    }

    var map: JinjaMap? {
        if case .map(let map) = self { map } else { nil }
    }

    /// The levels of lists and maps; 0 for what is neither.
    var depth: Int {
        switch self {
        case .list(let list): list.depth
        case .map(let map): map.depth
        case .loop(let loop): loop.items.depth
        default: 0
        }
    }

    /// For messages.
    var kind: String {
        switch self {
        case .undefined(let name): "'\(name)', which is undefined"
        case .list(let list): list.isTuple ? "tuple" : "array"
        case .map: "object"
        case .namespace: "a namespace"
        case .macro: "a macro"
        case .function: "a function"
        case .loop: "'loop'"
        default: scalar?.kind ?? "nothing"
        }
    }
}

/// A list, or a tuple.
struct JinjaList {
    let items: [JinjaValue]
    let isTuple: Bool
    let depth: Int

    /// Refuses what is nested too deep.
    init(_ items: [JinjaValue], isTuple: Bool = false) throws(ExpressionError) {
        self.init(given: items, isTuple: isTuple)
        try Nesting.check(depth)
    }

    /// For values that are as they come from outside.
    init(given items: [JinjaValue], isTuple: Bool = false) {
        self.items = items
        self.isTuple = isTuple
        depth = items.reduce(0) { max($0, $1.depth) } + 1
    }
}

/// A dictionary in the order of its keys, which are text.
struct JinjaMap {
    private(set) var keys: [String] = []
    private(set) var depth = 1
    private var values: [CodePoints: JinjaValue] = [:]

    init() {}

    /// A map of the context.
    init(given map: ValueMap) {
        for (key, value) in map { put(JinjaValue(value), for: key) }
    }

    subscript(key: String) -> JinjaValue? { values[CodePoints(key)] }

    var entries: some Sequence<(key: String, value: JinjaValue)> { keys.lazy.map { (key: $0, value: self[$0] ?? .null) } }

    /// Refuses what is nested too deep.
    mutating func set(_ value: JinjaValue, for key: String) throws(ExpressionError) {
        put(value, for: key)
        try Nesting.check(depth)
    }

    private mutating func put(_ value: JinjaValue, for key: String) {
        if values.updateValue(value, forKey: CodePoints(key)) == nil { keys.append(key) }
        depth = max(depth, value.depth + 1)
    }
}

/// `loop` inside a `for`.
struct JinjaLoopState {
    var index: Int
    var items: JinjaList
    var depth: Int

    func field(_ name: String) -> JinjaValue {
        let items = items.items
        return switch name {
        case "index": .int(index + 1)
        case "index0": .int(index)
        case "revindex": .int(items.count - index)
        case "revindex0": .int(items.count - index - 1)
        case "first": .bool(index == 0)
        case "last": .bool(index == items.count - 1)
        case "length": .int(items.count)
        case "depth": .int(depth)
        case "depth0": .int(depth - 1)
        case "previtem": index > 0 ? items[index - 1] : .undefined("loop.previtem")
        case "nextitem": index + 1 < items.count ? items[index + 1] : .undefined("loop.nextitem")
        default: .undefined("loop.\(name)")
        }
    }
}
