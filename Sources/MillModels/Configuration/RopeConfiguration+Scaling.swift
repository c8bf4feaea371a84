import Glibc

/// YaRN (arXiv:2309.00071): pairs that turn often in the original context are kept, those that turn seldom divided, with a ramp
/// between; cosine and sine grow a little.
public struct YaRN: Sendable, Hashable {
    public let factor: Double
    public let originalContext: Double
    /// Turns in the original context from which on a pair is kept, and up to which it is divided.
    public let fast: Double
    public let slow: Double
    /// Whether the ramp begins and ends at whole pairs.
    public let isTruncated: Bool
    /// What cosine and sine are multiplied with.
    public let attentionFactor: Double

    /// 0.1 m ln(factor) + 1: what the paper recommends for `attentionFactor`, with m = 1.
    static func attentionFactor(_ factor: Double, _ m: Double = 1) -> Double { factor <= 1 ? 1 : 0.1 * m * log(factor) + 1 }

    func ramp(_ rope: RopeConfiguration) -> RopeConfiguration.Ramp {
        let size = Double(rope.rotaryDimension)
        func pair(turning count: Double) -> Double {
            size * log(originalContext / (count * 2 * .pi)) / (2 * log(rope.theta))
        }
        var (low, high) = (pair(turning: fast), pair(turning: slow))
        if isTruncated { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        return RopeConfiguration.Ramp(low: max(low, 0), high: min(high, size - 1))
    }
}

/// LongRoPE (arXiv:2402.13753): a divisor for each pair, others for sequences beyond the original context.
public struct LongRoPE: Sendable, Hashable {
    /// By pair; empty where all are 1, as in GGUF, which has them as tensors.
    public let short: [Double]
    public let long: [Double]
    public let originalContext: Double
    /// What cosine and sine are multiplied with.
    public let attentionFactor: Double

    /// sqrt(1 + ln(factor) / ln(originalContext)): what the paper recommends for `attentionFactor`.
    static func attentionFactor(_ factor: Double, _ originalContext: Double) -> Double {
        factor <= 1 ? 1 : (1 + log(factor) / log(originalContext)).squareRoot()
    }

    func divisor(_ pair: Int, isLong: Bool) -> Double {
        let divisors = isLong ? long : short
        return divisors.indices.contains(pair) ? divisors[pair] : 1
    }
}

extension RopeConfiguration {
    /// How far each pair is divided: not at all up to `low`, wholly from `high` on.
    struct Ramp {
        let low: Double
        let high: Double

        func share(_ pair: Int) -> Double {
            let width = low == high ? 0.001 : high - low
            return min(1, max(0, (Double(pair) - low) / width))
        }
    }
}
