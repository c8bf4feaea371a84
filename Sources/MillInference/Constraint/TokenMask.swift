/// A set of tokens, one bit each.
package struct TokenMask: Sendable {
    private var words: [UInt64]

    /// No token of a vocabulary of this size.
    package init(vocabularySize: Int) { words = [UInt64](repeating: 0, count: (vocabularySize + 63) / 64) }

    package mutating func insert(_ token: Int32) { words[Int(token) >> 6] |= 1 << UInt64(token & 63) }

    mutating func remove(_ token: Int32) { words[Int(token) >> 6] &= ~(1 << UInt64(token & 63)) }

    package func contains(_ token: Int32) -> Bool {
        let word = Int(token) >> 6
        return words.indices.contains(word) && words[word] & (1 << UInt64(token & 63)) != 0
    }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The only member, if there is exactly one.
    var single: Int32? {
        var found: Int32?
        for (index, word) in words.enumerated() where word != 0 {
            guard found == nil, word.nonzeroBitCount == 1 else { return nil }
            found = Int32(index * 64 + word.trailingZeroBitCount)
        }
        return found
    }

    var byteCount: Int { words.count * 8 }

    /// All members in ascending order.
    func forEach(_ body: (Int) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }
}
