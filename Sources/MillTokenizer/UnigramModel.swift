/// SentencePiece's unigram model (Kudo 2018): the segmentation with the highest sum of log-probabilities.
struct UnigramModel: TokenModel {
    let table: TokenTable
    /// The log-probability of each token.
    let scores: [Double]
    let unknownID: Int32?
    let byteTokens: ByteTokens?
    private let unknownScore: Double

    init(table: TokenTable, scores: [Double], unknownID: Int32?, byteTokens: ByteTokens?) {
        self.table = table
        self.scores = scores
        self.unknownID = unknownID
        self.byteTokens = byteTokens
        // A character without a token costs ten more than the rarest token, as in SentencePiece.
        unknownScore = (scores.min() ?? 0) - 10
    }

    /// The best way to reach a position.
    private struct Node {
        var score = -Double.infinity
        var start = -1
        var id: Int32 = -1
    }

    func encode(_ word: UnsafeBufferPointer<UInt8>, into ids: inout [Int32], workspace: inout ModelWorkspace) {
        let nodes = bestPaths(word)
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

    private func bestPaths(_ word: UnsafeBufferPointer<UInt8>) -> [Node] {
        let text = TextCursor(word)
        var nodes = [Node](repeating: Node(), count: word.count + 1)
        nodes[0].score = 0
        var start = 0
        while start < word.count {
            let next = text.scalar(at: start).next
            var hasSingle = false
            var end = next
            while end - start <= table.maximumByteCount {
                if let id = table.id(of: UnsafeBufferPointer(rebasing: word[start..<end])), id != unknownID {
                    let score = nodes[start].score + scores[Int(id)]
                    if score > nodes[end].score { nodes[end] = Node(score: score, start: start, id: id) }
                    if end == next { hasSingle = true }
                }
                guard end < word.count else { break }
                end = text.scalar(at: end).next
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
