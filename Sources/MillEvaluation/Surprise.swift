import Glibc
import MillCompute
import MillTensor

/// How unlikely a model held tokens that came.
package struct Surprise: Sendable, Hashable {
    package private(set) var tokenCount = 0
    /// The sum of `-ln p`.
    package private(set) var nats = 0.0
    /// The sum of `(ln p)^2`.
    package private(set) var squaredNats = 0.0
    /// How often another token was likelier than the one that came; with 0 of them greedy decoding writes just these.
    package private(set) var missCount = 0

    package init() {}

    /// - Parameters:
    ///   - scores: `[tokens, vocabulary]`, overwritten.
    ///   - tokens: what came after each row.
    package init(_ scores: Tensor, of tokens: [Int32], on compute: Compute) throws {
        let width = scores.shape[1]
        let values = UnsafeBufferPointer(
            start: scores.pointer.assumingMemoryBound(to: Float.self), count: scores.elementCount)
        // The likeliest token's probability is 1 over the sum of all, and never too small for F32.
        let leads = tokens.indices.map { row in
            let likeliest = values[row * width..<(row + 1) * width].indices.max { values[$0] < values[$1] } ?? row * width
            return (likeliest, Double(values[likeliest]) - Double(values[row * width + Int(tokens[row])]))
        }
        try compute.softmax(scores)
        tokenCount = tokens.count
        missCount = tokens.indices.count { leads[$0].0 != $0 * width + Int(tokens[$0]) }
        for (likeliest, lead) in leads {
            let surprise = lead - log(Double(values[likeliest]))
            nats += surprise
            squaredNats += surprise * surprise
        }
    }

    /// The number of tokens between which the model wavers on average.
    package var perplexity: Double { tokenCount == 0 ? .nan : exp(nats / Double(tokenCount)) }

    /// The standard error of the mean of `-ln p`; 0 for fewer than two tokens.
    package var standardError: Double {
        guard tokenCount > 1 else { return 0 }
        let mean = nats / Double(tokenCount)
        return (max(0, squaredNats / Double(tokenCount) - mean * mean) / Double(tokenCount - 1)).squareRoot()
    }

    package static func + (first: Surprise, second: Surprise) -> Surprise {
        var sum = first
        sum.tokenCount += second.tokenCount
        sum.nats += second.nats
        sum.squaredNats += second.squaredNats
        sum.missCount += second.missCount
        return sum
    }
}
