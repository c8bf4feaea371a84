/// Finds added tokens in text: at each place the longest, from left to right.
struct AddedTokenMatcher: Sendable {
    /// A part of the text: a token, or what lies between tokens.
    struct Segment: Hashable {
        let range: Range<Int>
        let id: Int32?
    }

    private let tokens: [AddedToken]
    /// (node, byte) to (node, 0); node 0 is the root.
    private var trie = PairTable()
    /// The token that ends at a node, as an index; -1 for none.
    private var terminals: [Int] = [-1]
    private var firstBytes = [Bool](repeating: false, count: 256)

    var isEmpty: Bool { tokens.isEmpty }

    /// - Parameter texts: what to look for, token by token; empty texts never match.
    init(_ tokens: [AddedToken], texts: [[UInt8]]) {
        self.tokens = tokens
        for (index, text) in texts.enumerated() where !text.isEmpty {
            firstBytes[Int(text[0])] = true
            var node: UInt32 = 0
            for byte in text {
                if let (child, _) = trie[node, UInt32(byte)] {
                    node = child
                } else {
                    let child = UInt32(terminals.count)
                    trie.insert(node, UInt32(byte), child, 0)
                    terminals.append(-1)
                    node = child
                }
            }
            if terminals[Int(node)] < 0 { terminals[Int(node)] = index }
        }
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
        var node: UInt32 = 0
        var result: (AddedToken, Int)?
        for index in start..<text.bytes.count {
            guard let (child, _) = trie[node, UInt32(text.bytes[index])] else { break }
            node = child
            if terminals[Int(node)] >= 0 { result = (tokens[terminals[Int(node)]], index + 1) }
        }
        return result
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
