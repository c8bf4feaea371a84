import MillTokenizer

/// The bytes of all tokens as a tree: tokens with a common beginning share its nodes, so that an automaton reads that
/// beginning once for all of them.
package struct VocabularyTrie: Sendable {
    package struct Node: Sendable {
        let byte: UInt8
        var children: Range<Int32>
        /// In ``VocabularyTrie/tokens``.
        var tokens: Range<Int32>
    }

    /// Tokens longer than this are left out, which bounds the depth of the tree.
    static let longestToken = 256

    let vocabularySize: Int
    /// The root first; the children of a node lie together.
    package let nodes: [Node]
    let tokens: [Int32]

    /// Special tokens and tokens without bytes spell nothing and are left out.
    package init(_ tokenizer: Tokenizer, vocabularySize: Int) {
        let spelled: [(bytes: [UInt8], token: Int32)] = (0..<Int32(min(tokenizer.vocabularySize, vocabularySize)))
            .compactMap { token in
                guard !tokenizer.isSpecial(token) else { return nil }
                let bytes = tokenizer.bytes(of: token)
                return bytes.isEmpty || bytes.count > Self.longestToken ? nil : (bytes, token)
            }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) || ($0.bytes == $1.bytes && $0.token < $1.token) }
        self.vocabularySize = vocabularySize
        var nodes = [Node(byte: 0, children: 0..<0, tokens: 0..<0)]
        // Each node stands for a run of the sorted tokens that agree up to its depth.
        var open: [(node: Int, run: Range<Int>, depth: Int)] = [(0, 0..<spelled.count, 0)]
        var next = 0
        while next < open.count {
            let (node, run, depth) = open[next]
            next += 1
            var position = run.lowerBound
            while position < run.upperBound, spelled[position].bytes.count == depth { position += 1 }
            nodes[node].tokens = Int32(run.lowerBound)..<Int32(position)
            let firstChild = nodes.count
            while position < run.upperBound {
                let byte = spelled[position].bytes[depth]
                let start = position
                while position < run.upperBound, spelled[position].bytes[depth] == byte { position += 1 }
                open.append((nodes.count, start..<position, depth + 1))
                nodes.append(Node(byte: byte, children: 0..<0, tokens: 0..<0))
            }
            nodes[node].children = Int32(firstChild)..<Int32(nodes.count)
        }
        self.nodes = nodes
        tokens = spelled.map(\.token)
    }
}
