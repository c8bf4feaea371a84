import Glibc

/// Rotary position embedding (RoFormer, arXiv:2104.09864): which part of a head turns, how fast, and how pairs lie.
public struct RopeConfiguration: Sendable, Hashable {
    /// Which two dimensions form a pair that is turned together.
    public enum Layout: Sendable, Hashable {
        /// Neighbours, `2j` and `2j + 1` (GLM; the `llama` architecture of GGUF).
        case interleaved
        /// `j` and `j + rotaryDimension / 2` (Llama, Qwen and others on the hub).
        case halves
    }

    /// How frequencies are stretched for longer contexts than the model was trained on.
    public enum Scaling: Sendable, Hashable {
        case none
        /// All frequencies divided by one factor (arXiv:2306.15595).
        case linear(factor: Double)
        /// Long waves divided, short ones kept, a ramp between (Llama 3.1).
        case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Double)
        case yarn(YaRN)
        case longrope(LongRoPE)
    }

    public let theta: Double
    /// How many leading dimensions of a head turn; even, at most the head's size.
    public let rotaryDimension: Int
    public let layout: Layout
    public let scaling: Scaling
    /// How many pairs turn by time, by line and by column of a picture (M-RoPE); empty where all turn by one position.
    public var sections: [Int] = []

    /// What cosine and sine are multiplied with.
    var scale: Double {
        switch scaling {
        case .none, .linear, .llama3: 1
        case .yarn(let yarn): yarn.attentionFactor
        case .longrope(let longrope): longrope.attentionFactor
        }
    }

    /// The longest sequence whose frequencies are those of short ones; nil where all sequences have the same.
    var shortContext: Int? {
        if case .longrope(let longrope) = scaling { Int(longrope.originalContext) } else { nil }
    }

    /// Radians per position for each pair, `[rotaryDimension / 2]`.
    ///
    /// - Parameters:
    ///   - divisors: one divisor per pair, as GGUF's `rope_freqs.weight` stores a scaling already worked out.
    ///   - isLong: of sequences beyond ``shortContext``.
    func frequencies(dividedBy divisors: [Float]? = nil, isLong: Bool = false) -> [Float] {
        let ramp = if case .yarn(let yarn) = scaling { yarn.ramp(self) } else { Ramp(low: 0, high: 0) }
        return (0..<rotaryDimension / 2).map { pair in
            let frequency = pow(theta, -2 * Double(pair) / Double(rotaryDimension))
            let scaled =
                switch scaling {
                case .none, .llama3, .linear: scaled(frequency)
                case .yarn(let yarn): frequency * (1 + ramp.share(pair) * (1 / yarn.factor - 1))
                case .longrope(let longrope): frequency / longrope.divisor(pair, isLong: isLong)
                }
            return Float(scaled / Double(divisors?[pair] ?? 1))
        }
    }

    private func scaled(_ frequency: Double) -> Double {
        switch scaling {
        case .none, .yarn, .longrope: return frequency
        case .linear(let factor): return frequency / factor
        case .llama3(let factor, let low, let high, let originalContext):
            let waveLength = 2 * Double.pi / frequency
            if waveLength < originalContext / high { return frequency }
            if waveLength > originalContext / low { return frequency / factor }
            let smooth = (originalContext / waveLength - low) / (high - low)
            return (1 - smooth) * frequency / factor + smooth * frequency
        }
    }
}

extension RopeConfiguration {
    /// The rows of a projection to `heads` heads whose pairs lie in halves, in the order in which pairs are neighbours: row
    /// `i` of the new matrix is row `order[i]` of the old one.
    ///
    /// Converters bring Llama's query and key projections into this order for GGUF; attention scores stay the same.
    static func pairOrder(heads: Int, headDimension: Int, rotaryDimension: Int) -> [Int] {
        (0..<heads).flatMap { head in
            (0..<headDimension).map { dimension in
                let source =
                    dimension < rotaryDimension ? dimension / 2 + (dimension % 2) * (rotaryDimension / 2) : dimension
                return head * headDimension + source
            }
        }
    }
}
