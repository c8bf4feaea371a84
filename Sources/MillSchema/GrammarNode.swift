/// A position in the automaton.
struct GrammarNode: Sendable {
    /// A byte range that leads to another node.
    struct Edge: Sendable, Hashable {
        var low: UInt8
        var high: UInt8
        var target: Int32
    }

    /// "Read a value by `rule`, then go on at `next`".
    struct Call: Sendable, Hashable {
        var rule: Int32
        var next: GrammarFrame
    }

    enum Kind: Sendable {
        /// Follows edges and calls, or ends.
        case plain
        /// Inside a string, after the opening quote; the frame counts code points.
        case text(minimum: Int32, maximum: Int32)
        /// Inside an array; the frame counts finished items.
        case list(minimum: Int32, maximum: Int32, rule: Int32)
    }

    var kind = Kind.plain
    var edges: [Edge] = []
    var calls: [Call] = []
    /// Whether the value is complete here.
    var isEnd = false
    /// How many further levels of the stack the shortest way to the end of this value takes.
    var need = GrammarNode.never

    /// The need of a node from which no end can be reached.
    static let never: Int32 = 1_000_000

    /// The node at which every value ends.
    static let end: Int32 = 0
}

/// One level of the automaton's stack.
struct GrammarFrame: Sendable, Hashable {
    var node: Int32
    /// Code points or items so far.
    var count: Int32 = 0
    /// Inside a UTF-8 sequence or an escape: where.
    var text: TextPosition = .character
}

/// The entries from which a value of one kind is read.
struct GrammarRule: Sendable {
    var entries: [Int32] = []
    var need = GrammarNode.never
}
