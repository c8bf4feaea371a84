/// SentencePiece's unigram model (Kudo 2018): the segmentation with the highest sum of log-probabilities.
struct UnigramModel: TokenModel {
    private let trie: ByteTrie
    /// The log-probability of each token.
    private let scores: [Double]
    private let unknownID: Int32?
    private let byteTokens: ByteTokens?
    private let unknownScore: Double

    /// - Parameter lowestScore: of the tokens that count for what an unknown character costs.
    init(_ tokens: TokenTable, scores: [Double], lowestScore: Double, unknownID: Int32?, byteTokens: ByteTokens?) {
        trie = ByteTrie(tokens.visible.filter { $0.value != unknownID })
        self.scores = scores
        self.unknownID = unknownID
        self.byteTokens = byteTokens
        // A character without a token costs ten more than the rarest token, as in SentencePiece.
        unknownScore = lowestScore - 10
    }

    /// The best way to reach a position.
    private struct Node {
        var score = -Double.infinity
        var start = -1
        var id: Int32 = -1
    }

    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace) {
        let nodes = bestPaths(word, &workspace.steps)
        var path: [(id: Int32, start: Int, end: Int)] = []
        var end = word.count
        while end > 0 {
            path.append((nodes[end].id, nodes[end].start, end))
            end = nodes[end].start
        }
        var isAfterUnknown = false
        for (id, start, end) in path.reversed() {
            guard id < 0 else {
                ids.append(id)
                isAfterUnknown = false
                continue
            }
            if let byteTokens {
                for index in start..<end { ids.append(byteTokens[word[index]]) }
            } else if let unknownID, !isAfterUnknown {
                ids.append(unknownID)
                isAfterUnknown = true
            }
        }
    }

    private func bestPaths(_ word: UnsafeBufferPointer<UInt8>, _ steps: inout Int) -> [Node] {
        let text = TextCursor(word)
        var nodes = [Node](repeating: Node(), count: word.count + 1)
        nodes[0].score = 0
        var start = 0
        while start < word.count {
            let next = text.scalar(at: start).next
            var hasSingle = false
            var node = ByteTrie.root
            for index in start..<word.count {
                guard let child = trie.child(of: node, word[index]) else { break }
                node = child
                steps += 1
                guard let id = trie.value(at: node) else { continue }
                let score = nodes[start].score + scores[Int(id)]
                if score > nodes[index + 1].score { nodes[index + 1] = Node(score: score, start: start, id: id) }
                if index + 1 == next { hasSingle = true }
            }
            if !hasSingle {
                let score = nodes[start].score + unknownScore
                if score > nodes[next].score { nodes[next] = Node(score: score, start: start, id: -1) }
            }
            start = next
        }
        return nodes
    }
}
