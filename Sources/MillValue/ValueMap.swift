/// A map from strings to values that remembers the order in which keys were first set.
///
/// Two maps are equal when they hold the same entries, in whatever order. Keys are the same when their code points are, as
/// in JSON: `Å` (U+00C5) and `Å` (U+212B) are two keys, though they are one `String`.
public struct ValueMap: Sendable {
    public private(set) var keys: [String] = []
    private var storage: [CodePoints: Value] = [:]

    public init() {}

    /// Later entries replace earlier ones of the same key.
    public init(_ entries: some Sequence<(String, Value)>) {
        for (key, value) in entries { self[key] = value }
    }

    public var count: Int { keys.count }
    public var isEmpty: Bool { keys.isEmpty }

    /// The value of `key`; setting nil removes the entry.
    public subscript(key: String) -> Value? {
        get { storage[CodePoints(key)] }
        set {
            if let newValue {
                if storage.updateValue(newValue, forKey: CodePoints(key)) == nil { keys.append(key) }
            } else if storage.removeValue(forKey: CodePoints(key)) != nil {
                keys.removeAll { $0.utf8.elementsEqual(key.utf8) }
            }
        }
    }
}

extension ValueMap: Sequence {
    public func makeIterator() -> some IteratorProtocol<(key: String, value: Value)> {
        keys.lazy.map { (key: $0, value: storage[CodePoints($0)] ?? .null) }.makeIterator()
    }
}

extension ValueMap: Hashable {
    public static func == (lhs: ValueMap, rhs: ValueMap) -> Bool { lhs.storage == rhs.storage }
    public func hash(into hasher: inout Hasher) { storage.hash(into: &hasher) }
}

extension ValueMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}
