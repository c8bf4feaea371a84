/// A byte-level pushdown automaton that accepts compact JSON documents of a schema, for constrained decoding.
///
/// What it accepts is a subset of what the schema allows, chosen so that generation always ends: no white space,
/// properties in the order of the schema, and bounds on strings, numbers, arrays and nesting. Every accepted document
/// validates, and from every state that can be reached some continuation is accepted.
///
/// ```swift
/// let grammar = try JSONGrammar(schema)
/// var state: JSONGrammar.State? = grammar.initialState
/// for byte in text.utf8 { state = state.flatMap { grammar.advance($0, byte) } }
/// let isDocument = state.map(grammar.isAccepting) ?? false
/// ```
public struct JSONGrammar: Sendable {
    /// Bounds on what is generated where the schema sets none or wider ones, and on the automaton itself.
    public struct Limits: Sendable, Hashable {
        /// Code points in a string.
        public var stringLength = 256
        /// Items in an array.
        public var items = 64
        /// Digits of an integer.
        public var integerDigits = 15
        /// Digits before and after the point of a number.
        public var wholeDigits = 9
        public var fractionDigits = 6
        /// Values inside values.
        public var depth = 32
        /// Positions in the automaton.
        public var nodes = 65_536

        public init() {}
    }

    let nodes: [GrammarNode]
    let rules: [GrammarRule]
    let limits: Limits
    public let initialState: State

    /// Compiles `schema`; throws if it describes nothing, or something that no such automaton can guarantee.
    public init(_ schema: JSONSchema, limits: Limits = Limits()) throws(SchemaError) {
        var builder = GrammarBuilder(schema: schema, limits: limits)
        let root = try builder.build()
        nodes = builder.nodes
        rules = builder.rules
        self.limits = limits
        let machine = GrammarMachine(nodes: builder.nodes, rules: builder.rules, depth: Int32(clamping: limits.depth))
        var state = State()
        machine.enter(root, below: nil, into: &state)
        guard !state.threads.isEmpty else { throw builder.omission ?? .unsatisfiable(path: "#") }
        initialState = state
    }

    /// The state after `byte`, or nil if no document continues so.
    public func advance(_ state: State, _ byte: UInt8) -> State? {
        var result = State()
        let machine = machine
        for thread in state.threads { machine.advance(thread, byte, into: &result) }
        return result.threads.isEmpty && !result.isAccepting ? nil : result
    }

    /// The state after all of `bytes`, or nil if no document continues so.
    public func advance(_ state: State, bytes: some Sequence<UInt8>) -> State? {
        var current = state
        for byte in bytes {
            guard let next = advance(current, byte) else { return nil }
            current = next
        }
        return current
    }

    /// Whether the text so far is a complete document. A number may still go on after that.
    public func isAccepting(_ state: State) -> Bool { state.isAccepting }

    /// The bytes that some document continues with.
    public func allowedBytes(_ state: State) -> ByteSet {
        var result = ByteSet()
        let machine = machine
        for thread in state.threads { machine.insertAllowed(of: thread, into: &result) }
        return result
    }

    /// The bytes that every document continues with, as far as there is no choice; at most 4096.
    public func forcedBytes(_ state: State) -> [UInt8] {
        var result: [UInt8] = []
        var current = state
        while !current.isAccepting, result.count < 4096, let byte = allowedBytes(current).single,
            let next = advance(current, byte)
        {
            result.append(byte)
            current = next
        }
        return result
    }

    private var machine: GrammarMachine {
        GrammarMachine(nodes: nodes, rules: rules, depth: Int32(clamping: limits.depth))
    }
}
