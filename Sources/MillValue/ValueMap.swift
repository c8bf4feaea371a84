/// A map from strings to values that remembers the order in which keys were first set.
///
/// Two maps are equal when they hold the same entries, in whatever order. Keys are the same when their code points are, as
/// in JSON: `Å` (U+00C5) and `Å` (U+212B) are two keys, though they are one `String`.
public struct ValueMap: Sendable {
    public private(set) var keys: [String] = []
    private var values: [Value] = []
    /// Where the keys are; nil as long as there are so few that looking through them is faster.
    private var positions: [CodePoints: Int]?
    private static let fewest = 16

    public init() {}

    /// Later entries replace earlier ones of the same key.
    public init(_ entries: some Sequence<(String, Value)>) {
        for (key, value) in entries { self[key] = value }
    }

    public var count: Int { keys.count }
    public var isEmpty: Bool { keys.isEmpty }

    /// The value of `key`; setting nil removes the entry.
    public subscript(key: String) -> Value? {
        get { position(of: key).map { values[$0] } }
        set {
            let position = position(of: key)
            if let newValue {
                if let position { values[position] = newValue } else { append(key, newValue) }
            } else if let position {
                keys.remove(at: position)
                values.remove(at: position)
                if positions != nil { indexKeys() }
            }
        }
    }

    private func position(of key: String) -> Int? {
        if let positions { return positions[CodePoints(key)] }
        let key = CodePoints(key)
        return keys.firstIndex { CodePoints($0) == key }
    }

    private mutating func append(_ key: String, _ value: Value) {
        keys.append(key)
        values.append(value)
        if positions != nil { positions?[CodePoints(key)] = keys.count - 1 } else if keys.count >= Self.fewest { indexKeys() }
    }

    private mutating func indexKeys() {
        positions = Dictionary(uniqueKeysWithValues: keys.enumerated().map { (CodePoints($0.element), $0.offset) })
    }
}

extension ValueMap: Sequence {
    public func makeIterator() -> some IteratorProtocol<(key: String, value: Value)> {
        zip(keys, values).lazy.map { (key: $0, value: $1) }.makeIterator()
    }
}

extension ValueMap: Hashable {
    public static func == (lhs: ValueMap, rhs: ValueMap) -> Bool {
        lhs.count == rhs.count && lhs.allSatisfy { rhs[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        var common = 0
        for (key, value) in self {
            // Whatever the order of the entries is.
            var entry = Hasher()
            entry.combine(CodePoints(key))
            entry.combine(value)
            common ^= entry.finalize()
        }
        hasher.combine(common)
    }
}

extension ValueMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}
