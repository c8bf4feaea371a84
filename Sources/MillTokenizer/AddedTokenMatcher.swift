/// Finds added tokens in text: at each place the longest, from left to right.
struct AddedTokenMatcher: Sendable {
    /// A part of the text: a token, or what lies between tokens.
    struct Segment: Hashable {
        let range: Range<Int>
        let id: Int32?
    }

    private let tokens: [AddedToken]
    /// To indices of `tokens`.
    private let trie: ByteTrie
    private var firstBytes = [Bool](repeating: false, count: 256)

    var isEmpty: Bool { tokens.isEmpty }

    /// - Parameter texts: what to look for, token by token; empty texts never match.
    init(_ tokens: [AddedToken], texts: [[UInt8]]) {
        self.tokens = tokens
        trie = ByteTrie(texts.enumerated().map { ($1, Int32($0)) })
        for text in texts { if let first = text.first { firstBytes[Int(first)] = true } }
    }

    /// Cuts the text into tokens and the pieces between them; no piece is empty.
    func split(_ text: TextCursor) -> [Segment] {
        var segments: [Segment] = []
        let count = text.bytes.count
        var (position, pending) = (0, 0)
        while position < count {
            guard firstBytes[Int(text.bytes[position])], let (token, end) = longestMatch(text, at: position) else {
                position += 1
                continue
            }
            guard !token.singleWord || isSingleWord(text, position..<end) else {
                position = end
                continue
            }
            let start = token.stripsLeft ? spaceStart(text, before: position, notBefore: pending) : position
            let stop = token.stripsRight ? text.run(from: end) { $0.isSpace } : end
            if pending < start { segments.append(Segment(range: pending..<start, id: nil)) }
            segments.append(Segment(range: start..<stop, id: token.id))
            (position, pending) = (stop, stop)
        }
        if pending < count { segments.append(Segment(range: pending..<count, id: nil)) }
        return segments
    }

    private func longestMatch(_ text: TextCursor, at start: Int) -> (token: AddedToken, end: Int)? {
        trie.longestMatch(text.bytes, at: start).map { (tokens[Int($0.value)], $0.end) }
    }

    private func isSingleWord(_ text: TextCursor, _ range: Range<Int>) -> Bool {
        if range.lowerBound > 0, text.scalar(before: range.lowerBound).scalar.isWord { return false }
        return range.upperBound == text.bytes.count || !text.scalar(at: range.upperBound).scalar.isWord
    }

    private func spaceStart(_ text: TextCursor, before index: Int, notBefore limit: Int) -> Int {
        var start = index
        while start > limit {
            let (scalar, previous) = text.scalar(before: start)
            guard scalar.properties.isWhitespace, previous >= limit else { break }
            start = previous
        }
        return start
    }
}
