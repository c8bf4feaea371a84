import Glibc

/// Which tokens may follow what a window's text holds so far (arXiv:2212.04356, section 4.5).
package struct SpeechRules: Sendable {
    package let vocabulary: SpeechVocabulary
    /// Tokens that are never written, and that are not written first.
    let suppressed: [Int32]
    let suppressedFirst: [Int32]
    /// The latest start of the first segment, in steps of 20 ms.
    let initialLimit: Int

    package init(
        _ vocabulary: SpeechVocabulary, suppressed: [Int32] = [], suppressedFirst: [Int32] = [], initialLimit: Int
    ) {
        self.vocabulary = vocabulary
        self.suppressed = suppressed
        self.suppressedFirst = suppressedFirst
        self.initialLimit = initialLimit
    }

    /// Sets the scores of all other tokens to -∞.
    ///
    /// Times stand in pairs around each segment and never go back; the text begins with one; and where times together are likelier
    /// than every other token, one is due.
    /// - Parameters:
    ///   - scores: one for each token of the vocabulary.
    ///   - written: the window's tokens so far, without those that began it.
    package func apply(to scores: inout [Float], after written: [Int32]) {
        func forbid(_ range: Range<Int>) {
            for token in range.clamped(to: scores.indices) { scores[token] = -.infinity }
        }
        for token in suppressed where scores.indices.contains(Int(token)) { scores[Int(token)] = -.infinity }
        for token in vocabulary.steering where scores.indices.contains(Int(token)) { scores[Int(token)] = -.infinity }
        let (first, last) = (Int(vocabulary.firstTimestamp), Int(vocabulary.lastTimestamp))
        forbid(last + 1..<max(scores.count, last + 1))
        guard let newest = written.last else {
            for token in suppressedFirst where scores.indices.contains(Int(token)) { scores[Int(token)] = -.infinity }
            forbid(0..<first)
            forbid(first + min(initialLimit, last - first) + 1..<last + 1)
            return
        }
        let endsInTime = vocabulary.isTimestamp(newest)
        let endsInTwoTimes = endsInTime && (written.count < 2 || vocabulary.isTimestamp(written[written.count - 2]))
        if endsInTwoTimes {
            forbid(first..<last + 1)
        } else if endsInTime {
            forbid(0..<Int(vocabulary.end))
        }
        if let latest = written.last(where: vocabulary.isTimestamp) {
            // A segment takes time; but where one ends the next may begin.
            forbid(first..<Int(latest) + (endsInTime && !endsInTwoTimes ? 0 : 1))
        }
        let times = scores[first...min(last, scores.count - 1)]
        let greatest = times.max() ?? -.infinity
        guard greatest > -.infinity, let text = scores[..<first].max() else { return }
        let sum = times.reduce(0.0) { $0 + exp(Double($1 - greatest)) }
        if Double(greatest) + log(sum) > Double(text) { forbid(0..<first) }
    }
}

/// Probabilities of tokens from their scores.
package struct TokenScores {
    package let scores: [Float]
    private let greatest: Float
    /// log Σ exp(score - greatest).
    private let logSum: Double

    /// nil where no token has a score.
    package init?(_ scores: [Float]) {
        var greatest = -Float.infinity
        for score in scores where score > greatest { greatest = score }
        guard greatest > -.infinity, greatest.isFinite else { return nil }
        var sum = 0.0
        for score in scores where score > -.infinity { sum += exp(Double(score - greatest)) }
        self.scores = scores
        self.greatest = greatest
        logSum = log(sum)
    }

    package func logProbability(_ token: Int32) -> Double {
        scores.indices.contains(Int(token)) ? Double(scores[Int(token)] - greatest) - logSum : -.infinity
    }

    /// The likeliest token; the first of equals.
    package var likeliest: Int32 { Int32(scores.firstIndex(of: greatest) ?? 0) }

    /// The token at `fraction` (0..<1) of the sum of all probabilities at a temperature above 0.
    package func token(at fraction: Double, temperature: Float) -> Int32 {
        let weights = scores.map { $0 > -.infinity ? exp(Double($0 - greatest) / Double(temperature)) : 0 }
        var rest = fraction * weights.reduce(0, +)
        for (token, weight) in weights.enumerated() where weight > 0 {
            rest -= weight
            if rest < 0 { return Int32(token) }
        }
        return likeliest
    }
}
