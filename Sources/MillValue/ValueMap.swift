/// A map from strings to values that remembers the order in which keys were first set.
///
/// Two maps are equal when they hold the same entries, in whatever order. Keys are the same when their code points are, as
/// in JSON: `Å` (U+00C5) and `Å` (U+212B) are two keys, though they are one `String`.
public struct ValueMap: Sendable {
    private struct Codepoints: Hashable {
        let text: String

        static func == (lhs: Codepoints, rhs: Codepoints) -> Bool { lhs.text.utf8.elementsEqual(rhs.text.utf8) }

        func hash(into hasher: inout Hasher) {
            var text = text
            text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    public private(set) var keys: [String] = []
    private var storage: [Codepoints: Value] = [:]

    public init() {}

    /// Later entries replace earlier ones of the same key.
    public init(_ entries: some Sequence<(String, Value)>) {
        for (key, value) in entries { self[key] = value }
    }

    public var count: Int { keys.count }
    public var isEmpty: Bool { keys.isEmpty }

    /// The value of `key`; setting nil removes the entry.
    public subscript(key: String) -> Value? {
        get { storage[Codepoints(text: key)] }
        set {
            if let newValue {
                if storage.updateValue(newValue, forKey: Codepoints(text: key)) == nil { keys.append(key) }
            } else if storage.removeValue(forKey: Codepoints(text: key)) != nil {
                keys.removeAll { $0.utf8.elementsEqual(key.utf8) }
            }
        }
    }
}

extension ValueMap: Sequence {
    public func makeIterator() -> some IteratorProtocol<(key: String, value: Value)> {
        keys.lazy.map { (key: $0, value: storage[Codepoints(text: $0)] ?? .null) }.makeIterator()
    }
}

extension ValueMap: Hashable {
    public static func == (lhs: ValueMap, rhs: ValueMap) -> Bool { lhs.storage == rhs.storage }
    public func hash(into hasher: inout Hasher) { storage.hash(into: &hasher) }
}

extension ValueMap: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}
