/// Reads characters out of valid UTF-8 bytes.
struct TextCursor {
    let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The character that starts at `index`, and where the next one starts.
    func scalar(at index: Int) -> (scalar: Unicode.Scalar, next: Int) {
        let first = bytes[index]
        if first < 0x80 { return (Unicode.Scalar(first), index + 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        var value = UInt32(first) & (0x7F >> UInt32(length))
        let end = min(index + length, bytes.count)
        for byte in bytes[index + 1..<end] { value = value << 6 | UInt32(byte & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", end)
    }

    /// The character that ends before `index`, and where it starts.
    func scalar(before index: Int) -> (scalar: Unicode.Scalar, start: Int) {
        var start = index - 1
        while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return (scalar(at: start).scalar, start)
    }

    /// The class of the character at `index`, and where the next one starts; nil at the end.
    func characterClass(at index: Int) -> (kind: CharacterClass, next: Int)? {
        guard index < bytes.count else { return nil }
        let (scalar, next) = scalar(at: index)
        return (CharacterClass(scalar), next)
    }

    /// The end of the run of characters from `index` on that `isMember` accepts.
    func run(from index: Int, limit: Int = .max, where isMember: (CharacterClass) -> Bool) -> Int {
        var (end, count) = (index, 0)
        while count < limit, let (kind, next) = characterClass(at: end), isMember(kind) {
            end = next
            count += 1
        }
        return end
    }
}
