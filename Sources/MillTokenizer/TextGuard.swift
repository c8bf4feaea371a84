/// Keeps text of users apart from what steers a model, inside a prompt that a template makes of both.
///
/// A guard is the noncharacter U+FDD0. It is put inside whatever could become a steering token, so that the token no longer
/// matches, and ``Tokenizer/encode(guarded:)`` leaves it out again. Guards that are in the text itself are doubled.
package struct TextGuard: Sendable {
    /// U+FDD0 in UTF-8.
    private static let mark: [UInt8] = [0xEF, 0xB7, 0x90]

    private let spellings: ByteTrie
    /// The same from their ends to their starts.
    private let reversed: ByteTrie
    private let longest: Int
    /// Where normalization may make a steering token of other characters.
    private let normalizer: Normalizer?

    /// - Parameter besides: added tokens that are not special, but steer this model all the same.
    package init(_ tokenizer: Tokenizer, besides: Set<Int32> = []) {
        let tokens = tokenizer.addedTokens.filter { $0.isSpecial || besides.contains($0.id) }
        let texts = tokens.map { Array($0.content.utf8) }
        spellings = ByteTrie(texts.map { ($0, 0) })
        reversed = ByteTrie(texts.map { ($0.reversed(), 0) })
        longest = texts.map(\.count).max() ?? 0
        normalizer = tokens.contains(where: \.isNormalized) ? tokenizer.core.normalizer : nil
    }

    /// The text with guards in all that could match a spelling, also together with what comes before or after it.
    package func guarded(_ text: String) -> String {
        let bytes = Array(text.utf8).replacing(Self.mark, with: Self.mark + Self.mark)
        var breaks = breaks(bytes)
        if let normalizer, !self.breaks(normalizer.apply(bytes)).isEmpty, breaks.isEmpty {
            // Which characters become the token is not known; between guards none do.
            breaks = Set(bytes.indices.filter { bytes[$0] & 0xC0 != 0x80 })
        }
        guard !breaks.isEmpty || bytes.count != text.utf8.count else { return text }
        var (result, position) = ([UInt8](), 0)
        for index in breaks.sorted() {
            result += bytes[position..<index]
            result += Self.mark
            position = index
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }

    /// The text without guards; doubled ones become one.
    static func removed(from text: [UInt8]) -> [UInt8] {
        guard text.contains(mark[0]) else { return text }
        // No text has the byte 0xFF.
        return text.replacing(mark + mark, with: [0xFF]).replacing(mark, with: []).replacing([0xFF], with: mark)
    }

    private func breaks(_ text: [UInt8]) -> Set<Int> {
        text.withUnsafeBufferPointer { bytes in
            let cursor = TextCursor(bytes)
            var result = Set<Int>()
            for start in bytes.indices where bytes[start] & 0xC0 != 0x80 && begins(bytes[start...]) {
                result.insert(cursor.scalar(at: start).next)
            }
            for end in bytes.indices.prefix(longest) where end + 1 == bytes.count || bytes[end + 1] & 0xC0 != 0x80 {
                if reversed.node(of: bytes[...end].reversed()) != nil { result.insert(cursor.scalar(before: end + 1).start) }
            }
            return result
        }
    }

    /// Whether a spelling begins here: whole, or as far as the text goes.
    private func begins(_ text: some Sequence<UInt8>) -> Bool {
        var node = ByteTrie.root
        for byte in text {
            guard let child = spellings.child(of: node, byte) else { return false }
            node = child
            if spellings.value(at: node) != nil { return true }
        }
        return true
    }
}

extension Tokenizer {
    /// The ids of a prompt whose special tokens are meant, and in which a ``TextGuard`` has kept those of users apart. Nothing is
    /// added around it.
    package func encode(guarded text: String) -> [Int32] {
        var ids: [Int32] = []
        core.encode(Array(text.utf8), parseSpecial: true, isGuarded: true, into: &ids)
        return ids
    }
}
