/// The sequence of tags with the greatest sum of logits in which `I-x` follows only `B-x` or `I-x` (Viterbi, 1967).
///
/// Tokens come one by one; of each only the choices that lead to it are kept. Tag 0 is outside, `2i + 1` begins label `i`,
/// `2i + 2` continues it.
struct LedgerTagPath {
    private var scores: [Double] = []
    /// For each token but the first: the best tag before it, for tags that may follow any.
    private var bestBefore: [UInt8] = []
    /// For each token but the first: bit `i` where label `i` is continued from its own continuation.
    private var continued: [UInt64] = []
    private let labelCount: Int

    init(labelCount: Int) { self.labelCount = labelCount }

    /// Takes the logits of the next token, one for each tag.
    mutating func append(_ logits: UnsafeBufferPointer<Float>) {
        var next = logits.map { Double($0) }
        guard !scores.isEmpty else {
            for label in 0..<labelCount { next[2 * label + 2] = -.infinity }
            scores = next
            return
        }
        let best = Self.greatest(scores)
        var bits: UInt64 = 0
        next[0] += scores[best]
        for label in 0..<labelCount {
            let (begin, inside) = (2 * label + 1, 2 * label + 2)
            next[begin] += scores[best]
            let isContinued = scores[inside] > scores[begin]
            if isContinued { bits |= 1 << UInt64(label) }
            next[inside] += isContinued ? scores[inside] : scores[begin]
        }
        bestBefore.append(UInt8(truncatingIfNeeded: best))
        continued.append(bits)
        scores = next
    }

    /// The tags of all tokens.
    func best() -> [UInt8] {
        guard !scores.isEmpty else { return [] }
        var tags = [UInt8](repeating: 0, count: bestBefore.count + 1)
        var tag = UInt8(truncatingIfNeeded: Self.greatest(scores))
        tags[bestBefore.count] = tag
        for index in bestBefore.indices.reversed() {
            let isInside = tag > 0 && tag.isMultiple(of: 2)
            if !isInside {
                tag = bestBefore[index]
            } else if continued[index] >> UInt64(tag / 2 - 1) & 1 == 0 {
                tag -= 1
            }
            tags[index] = tag
        }
        return tags
    }

    private static func greatest(_ scores: [Double]) -> Int {
        scores.withUnsafeBufferPointer { scores in
            var best = 0
            for index in scores.indices where scores[index] > scores[best] { best = index }
            return best
        }
    }
}
