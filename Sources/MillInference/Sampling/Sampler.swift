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
    /// The last tokens whose scores are lowered, the oldest first; more than the window, so that it is cut now and then only.
    private var recent: [Int32] = []
    /// Scores with repeated ones lowered.
    private var lowered: [Float] = []

    /// - Parameter history: the tokens that the sequence holds, or will when it is continued; those below 0 are none.
    package init(_ sampling: Sampling, history: @autoclosure () -> [Int32] = []) throws(InferenceError) {
        try sampling.check()
        self.sampling = sampling
        generator = SeededGenerator(seed: sampling.seed)
        if sampling.repeatPenalty != 1 { recent = history() }
    }

    /// Notes a token that was chosen.
    package mutating func note(_ token: Int32) {
        guard sampling.repeatPenalty != 1 else { return }
        recent.append(token)
        let window = sampling.repeatWindow
        if window > 0, recent.count / 2 > window { recent.removeFirst(recent.count - window) }
    }

    /// Gives `body` the scores, with those of repeated tokens lowered.
    private mutating func withScores<Result>(
        _ logits: Tensor, _ body: (inout Sampler, UnsafeBufferPointer<Float>) -> Result
    ) -> Result {
        let scores = UnsafeBufferPointer(
            start: logits.pointer.assumingMemoryBound(to: Float.self), count: logits.elementCount)
        return withExtendedLifetime(logits.storage) {
            guard sampling.repeatPenalty != 1, !recent.isEmpty else { return body(&self, scores) }
            var lowered = exchange(&self.lowered, with: [Float]())
            lowered.removeAll(keepingCapacity: true)
            lowered.append(contentsOf: scores)
            let window = sampling.repeatWindow == 0 ? recent.count : sampling.repeatWindow
            for token in Set(recent.suffix(window)) where lowered.indices.contains(Int(token)) {
                let score = lowered[Int(token)]
                lowered[Int(token)] = score > 0 ? score / sampling.repeatPenalty : score * sampling.repeatPenalty
            }
            let result = lowered.withUnsafeBufferPointer { body(&self, $0) }
            self.lowered = lowered
            return result
        }
    }

    /// The next token; nil when the scores of all allowed tokens are NaN.
    ///
    /// - Parameters:
    ///   - logits: F32 `[vocabulary]`, dense.
    ///   - mask: the tokens that may be chosen; nil means all.
    package mutating func choose(_ logits: Tensor, _ mask: TokenMask?) -> Int32? {
        withScores(logits) { sampler, scores in
            sampler.sampling.temperature == 0 ? sampler.likeliest(scores, mask) : sampler.draw(scores, mask)
        }
    }

    /// For greedy choices, the likeliest token that `isAllowed` admits, if it is among the first few; otherwise nil.
    ///
    /// It is the token that ``choose(_:_:)`` would find under a mask, without the need to work out the mask.
    package mutating func chooseLikeliest(_ logits: Tensor, where isAllowed: (Int32) -> Bool) -> Int32? {
        guard sampling.temperature == 0 else { return nil }
        return withScores(logits) { _, scores in
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
