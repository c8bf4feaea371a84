import Glibc
import MillTensor
import MillValue

/// Chooses tokens, keeping its candidates' memory from one to the next.
package struct Sampler {
    private struct Candidate {
        let token: Int32
        let score: Float
        var weight: Double = 0
    }

    private let sampling: Sampling
    private var generator: SeededGenerator
    private var candidates: [Candidate] = []

    package init(_ sampling: Sampling) throws(InferenceError) {
        try sampling.check()
        self.sampling = sampling
        generator = SeededGenerator(seed: sampling.seed)
    }

    /// The next token; nil when the scores of all allowed tokens are NaN.
    ///
    /// - Parameters:
    ///   - logits: F32 `[vocabulary]`, dense.
    ///   - mask: the tokens that may be chosen; nil means all.
    package mutating func choose(_ logits: Tensor, _ mask: TokenMask?) -> Int32? {
        let scores = UnsafeBufferPointer(
            start: logits.pointer.assumingMemoryBound(to: Float.self), count: logits.elementCount)
        return withExtendedLifetime(logits.storage) {
            sampling.temperature == 0 ? likeliest(scores, mask) : draw(scores, mask)
        }
    }

    /// For greedy choices, the likeliest token that `isAllowed` admits, if it is among the first few; otherwise nil.
    ///
    /// It is the token that ``choose(_:_:)`` would find under a mask, without the need to work out the mask.
    package func chooseLikeliest(_ logits: Tensor, where isAllowed: (Int32) -> Bool) -> Int32? {
        guard sampling.temperature == 0 else { return nil }
        let scores = UnsafeBufferPointer(
            start: logits.pointer.assumingMemoryBound(to: Float.self), count: logits.elementCount)
        return withExtendedLifetime(logits.storage) {
            var last: (score: Float, token: Int) = (.infinity, -1)
            for _ in 0..<8 {
                var best: (score: Float, token: Int) = (-.infinity, -1)
                for (token, score) in scores.enumerated() where score > best.score {
                    if score < last.score || (score == last.score && token > last.token) { best = (score, token) }
                }
                guard best.token >= 0 else { return nil }
                if isAllowed(Int32(best.token)) { return Int32(best.token) }
                last = best
            }
            return nil
        }
    }

    /// The allowed token with the greatest score; the first of equals.
    private func likeliest(_ scores: UnsafeBufferPointer<Float>, _ mask: TokenMask?) -> Int32? {
        var best: Int?
        var top = -Float.infinity
        func consider(_ token: Int) {
            if scores[token] > top || (best == nil && !scores[token].isNaN) { (best, top) = (token, scores[token]) }
        }
        if let mask {
            mask.forEach { if $0 < scores.count { consider($0) } }
        } else {
            for token in scores.indices { consider(token) }
        }
        return best.map { Int32($0) }
    }

    private mutating func draw(_ scores: UnsafeBufferPointer<Float>, _ mask: TokenMask?) -> Int32? {
        collect(scores, mask)
        guard let first = candidates.first else { return nil }
        if candidates.count == 1 { return first.token }
        var sum = 0.0
        for index in candidates.indices {
            candidates[index].weight = exp(Double(candidates[index].score - first.score) / Double(sampling.temperature))
            if candidates[index].weight < Double(sampling.minP) {
                candidates.removeSubrange(index...)
                break
            }
            sum += candidates[index].weight
        }
        if sampling.topP < 1 {
            var kept = 0.0
            for index in candidates.indices {
                kept += candidates[index].weight
                if kept >= Double(sampling.topP) * sum {
                    candidates.removeSubrange((index + 1)...)
                    sum = kept
                    break
                }
            }
        }
        var rest = generator.unit() * sum
        for candidate in candidates {
            rest -= candidate.weight
            if rest < 0 { return candidate.token }
        }
        return candidates.last?.token
    }

    /// The `topK` best allowed tokens, best first, equals by token.
    private mutating func collect(_ scores: UnsafeBufferPointer<Float>, _ mask: TokenMask?) {
        candidates.removeAll(keepingCapacity: true)
        func consider(_ token: Int) {
            if scores[token] > -.infinity { candidates.append(Candidate(token: Int32(token), score: scores[token])) }
        }
        if let mask {
            mask.forEach { if $0 < scores.count { consider($0) } }
        } else {
            for token in scores.indices { consider(token) }
        }
        candidates.sort { ($1.score, $0.token) < ($0.score, $1.token) }
        if sampling.topK > 0, candidates.count > sampling.topK { candidates.removeSubrange(sampling.topK...) }
    }
}
