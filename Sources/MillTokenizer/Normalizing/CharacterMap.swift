/// SentencePiece's `precompiled_charsmap`: what beginnings of a text are written as. A double-array trie (Yata et al.) of 32-bit units
/// over UTF-8, followed by the replacements, each ended by a zero.
struct CharacterMap: Sendable, Hashable {
    private let units: [UInt32]
    private let replacements: [UInt8]
    /// How many times longer a replacement is than what it replaces, at most.
    let growth: Int

    /// - Parameter blob: the length of the trie in bytes as 32 bits, the trie, the replacements; all little-endian.
    init(_ blob: [UInt8], in field: String) throws(TokenizerError) {
        func word(_ index: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(blob[index * 4 + $1]) << UInt32(8 * $1) }
        }
        guard blob.count >= 4, case let size = Int(word(0)), size % 4 == 0, size >= 4, size <= blob.count - 4 else {
            throw .invalid(field: field, reason: "its trie is longer than the \(blob.count) bytes of the map")
        }
        units = (1...size / 4).map(word)
        replacements = Array(blob[(4 + size)...])
        guard replacements.isEmpty || replacements.last == 0 else {
            throw .invalid(field: field, reason: "its last replacement has no end")
        }
        var (longest, start) = (0, 0)
        for (index, byte) in replacements.enumerated() where byte == 0 {
            longest = max(longest, index - start)
            start = index + 1
        }
        growth = max(1, longest)
    }

    /// What a beginning of the text is written as: the range of the replacement, and how long the beginning is.
    private func match(_ text: UnsafeBufferPointer<UInt8>, at start: Int, end: Int, isLongest: Bool) -> (value: Int, end: Int)? {
        var result: (Int, Int)?
        var node = Self.offset(units[0])
        for index in start..<end {
            let byte = Int(text[index])
            guard byte != 0 else { break }
            node ^= byte
            guard node < units.count, units[node] & 0x8000_00FF == UInt32(byte) else { break }
            let unit = units[node]
            node ^= Self.offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard node < units.count else { break }
            result = (Int(units[node] & 0x7FFF_FFFF), index + 1)
            if !isLongest { break }
        }
        return result
    }

    private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & (1 << 9)) >> 6) }

    private func replacement(at value: Int) -> ArraySlice<UInt8> {
        guard value < replacements.count else { return [] }
        return replacements[value...].prefix { $0 != 0 }
    }

    /// As SentencePiece does it: at each place the longest beginning that the map knows, else one character as it is.
    func apply(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        text.withUnsafeBufferPointer { bytes in
            let cursor = TextCursor(bytes)
            var position = 0
            while position < bytes.count {
                if let (value, end) = match(bytes, at: position, end: bytes.count, isLongest: true) {
                    result += replacement(at: value)
                    position = end
                } else {
                    let next = cursor.scalar(at: position).next
                    result += bytes[position..<next]
                    position = next
                }
            }
        }
        return result
    }

    /// As the `tokenizers` library does it: user-perceived characters of less than six bytes by the shortest beginning, all others
    /// code point by code point.
    func applyByCharacter(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        text.withUnsafeBufferPointer { bytes in
            let cursor = TextCursor(bytes)
            var position = 0
            for character in String(decoding: text, as: UTF8.self) {
                let end = min(position + character.utf8.count, bytes.count)
                if end - position < 6, let (value, _) = match(bytes, at: position, end: end, isLongest: false) {
                    result += replacement(at: value)
                    position = end
                    continue
                }
                while position < end {
                    let next = min(cursor.scalar(at: position).next, end)
                    if let (value, _) = match(bytes, at: position, end: next, isLongest: false) {
                        result += replacement(at: value)
                    } else {
                        result += bytes[position..<next]
                    }
                    position = next
                }
            }
        }
        return result
    }
}
