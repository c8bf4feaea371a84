/// Splits text into words as the regular expressions of byte-level vocabularies do, in one pass and linear time.
///
/// Each family's expression is a list of alternatives that is tried at every position; the functions below are those
/// alternatives in order.
struct WordScanner: Sendable, Hashable {
    enum Family: Sendable, Hashable {
        /// GPT-2's expression: one space sticks to the letters, digits or symbols after it.
        case gpt2
        /// Llama 3's expression, also of GLM, Qwen 2 and cl100k: any one character sticks to the letters after it, and
        /// digits come in groups.
        case llama3(maximumDigits: Int)
    }

    let family: Family

    /// The end of the word that starts at `index`.
    func wordEnd(_ text: TextCursor, from index: Int) -> Int {
        switch family {
        case .gpt2:
            contraction(text, index, ignoringCase: false) ?? gpt2Word(text, index) ?? spaces(text, index)
        case .llama3(let maximumDigits):
            contraction(text, index, ignoringCase: true) ?? llama3Word(text, index, maximumDigits)
                ?? lineBreaks(text, index) ?? spaces(text, index)
        }
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`
    private func contraction(_ text: TextCursor, _ index: Int, ignoringCase: Bool) -> Int? {
        guard text.bytes[index] == UInt8(ascii: "'") else { return nil }
        func letter(_ offset: Int) -> UInt8 {
            guard index + offset < text.bytes.count else { return 0 }
            let byte = text.bytes[index + offset]
            return ignoringCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        switch (letter(1), letter(2)) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _): return index + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return index + 3
        // The long s folds to s when case is ignored.
        case (0xC5, 0xBF) where ignoringCase: return index + 3
        default: return nil
        }
    }

    /// ` ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+`
    private func gpt2Word(_ text: TextCursor, _ index: Int) -> Int? {
        let start = text.bytes[index] == UInt8(ascii: " ") ? index + 1 : index
        guard let (kind, next) = text.characterClass(at: start), !kind.isSpace else { return nil }
        return text.run(from: next) { $0 == kind }
    }

    /// `[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,n}| ?[^\s\p{L}\p{N}]+[\r\n]*`
    private func llama3Word(_ text: TextCursor, _ index: Int, _ maximumDigits: Int) -> Int? {
        guard let (kind, next) = text.characterClass(at: index) else { return nil }
        if kind == .letter { return text.run(from: next) { $0 == .letter } }
        if kind == .number { return text.run(from: index, limit: maximumDigits) { $0 == .number } }
        let following = text.characterClass(at: next)?.kind
        if kind != .newline, following == .letter { return text.run(from: next) { $0 == .letter } }
        guard kind == .other || text.bytes[index] == UInt8(ascii: " ") && following == .other else { return nil }
        return text.run(from: text.run(from: next) { $0 == .other }) { $0 == .newline }
    }

    /// `\s*[\r\n]+`: up to the last line break of a run of white space.
    private func lineBreaks(_ text: TextCursor, _ index: Int) -> Int? {
        var (end, position) = (index, index)
        while let (kind, next) = text.characterClass(at: position), kind.isSpace {
            position = next
            if kind == .newline { end = next }
        }
        return end > index ? end : nil
    }

    /// `\s+(?!\S)|\s+`: white space, of which the last character is left to the word after it.
    private func spaces(_ text: TextCursor, _ index: Int) -> Int {
        let end = text.run(from: index) { $0.isSpace }
        guard end > index else { return text.scalar(at: index).next }
        guard end < text.bytes.count else { return end }
        let last = text.scalar(before: end).start
        return last > index ? last : end
    }
}
