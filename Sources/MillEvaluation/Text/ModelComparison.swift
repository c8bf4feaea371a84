import Glibc
import MillModels
import MillTensor
import MillValue

/// How far the scores of a model are from those of the model that it was made of, over a text.
///
/// The measures are those of llama.cpp's `--kl-divergence`; which tokens count, ``TextWindows`` says.
public struct ModelComparison: Sendable {
    public let before: Perplexity
    public let after: Perplexity
    /// Mean of the Kullback-Leibler divergence of the new probabilities from the old ones, in nats.
    public let divergence: Double
    /// The largest of any token.
    public let largestDivergence: Double
    /// Squared difference of all scores over the squared old ones.
    public let nmse: Double
    /// How often the likeliest token is the same, 0 to 1.
    public let agreement: Double

    /// Sums over the tokens that count.
    private struct Sums {
        var divergence = 0.0
        var largest = 0.0
        var difference = 0.0
        var squares = 0.0
        var agreed = 0
        var count = 0

        /// - Parameters: rows of scores, `[count, width]`.
        mutating func add(_ old: [Float], _ new: [Float], width: Int) {
            for start in stride(from: 0, to: old.count, by: width) {
                let range = start..<start + width
                let (top, newTop) = (Self.top(old, range), Self.top(new, range))
                let (oldSum, newSum) = (Self.sum(old, range, top), Self.sum(new, range, newTop))
                let shift = Double(new[newTop]) - Double(old[top]) + log(newSum / oldSum)
                var divergence = 0.0
                for index in range {
                    let (x, y) = (Double(old[index]), Double(new[index]))
                    difference += (x - y) * (x - y)
                    squares += x * x
                    let probability = exp(x - Double(old[top])) / oldSum
                    // ln p - ln q
                    if probability > 0 { divergence += probability * (x - y + shift) }
                }
                self.divergence += max(0, divergence)
                largest = max(largest, divergence)
                agreed += top == newTop ? 1 : 0
                count += 1
            }
        }

        private static func top(_ values: [Float], _ range: Range<Int>) -> Int {
            range.max { values[$0] < values[$1] } ?? range.lowerBound
        }

        private static func sum(_ values: [Float], _ range: Range<Int>, _ top: Int) -> Double {
            range.reduce(0) { $0 + exp(Double(values[$1]) - Double(values[top])) }
        }
    }

    /// Checks a text before there is a new model that it could be measured with.
    ///
    /// - Parameter old: the model that another one is to be made of, with the same tokenizer and context.
    /// - Throws: what ``measure(_:_:_:path:length:adapter:isCancelled:progress:)`` would for a text that is too short, windows
    ///   that are too long, and a model that is none of text.
    public static func check(_ text: String, path: String, for old: LoadedModel, length: Int? = nil) throws(EvaluationError) {
        let (network, tokenizer) = try Perplexity.parts(of: old)
        _ = try TextWindows(text, path: path, tokenizer: tokenizer, contextLength: network.contextLength, length: length)
    }

    /// Measures two models with the same vocabulary.
    ///
    /// - Parameters: as of ``Perplexity/measure(_:_:path:length:stride:adapter:isCancelled:progress:)``; `adapter` is the old
    ///   model's.
    public static func measure(
        _ old: LoadedModel, _ new: LoadedModel, _ text: String, path: String, length: Int? = nil, adapter: LoRAAdapter? = nil,
        isCancelled: () -> Bool = { false }, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) throws -> ModelComparison {
        let ((network, tokenizer), newNetwork) = (try Perplexity.parts(of: old), try Perplexity.parts(of: new).0)
        guard network.vocabularySize == newNetwork.vocabularySize else {
            throw EvaluationError.unsuitableModel(
                reason:
                    "the models have \(network.vocabularySize) and \(newNetwork.vocabularySize) tokens, and cannot be compared")
        }
        let windows = try TextWindows(
            text, path: path, tokenizer: tokenizer, contextLength: min(network.contextLength, newNetwork.contextLength),
            length: length)
        var (sums, before, after) = (Sums(), Surprise(), Surprise())
        for (index, window) in windows.windows.enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            var rows: [[Float]] = []
            try TextScorer(network).scores(window, from: windows.first, adapter: adapter) { scores, next in
                rows.append(try scores.floats())
                before = before + (try Surprise(scores, of: next, on: network.compute))
            }
            rows.reverse()
            try TextScorer(newNetwork).scores(window, from: windows.first) { scores, next in
                if let row = rows.popLast() { sums.add(row, try scores.floats(), width: network.vocabularySize) }
                after = after + (try Surprise(scores, of: next, on: newNetwork.compute))
            }
            progress(index + 1, windows.windows.count)
        }
        return ModelComparison(
            before: Perplexity(try Perplexity.number(before, old), windows),
            after: Perplexity(try Perplexity.number(after, new), windows), sums)
    }

    private init(before: Perplexity, after: Perplexity, _ sums: Sums) {
        self.before = before
        self.after = after
        let count = Double(max(1, sums.count))
        divergence = sums.divergence / count
        largestDivergence = sums.largest
        nmse = sums.squares > 0 ? sums.difference / sums.squares : 0
        agreement = Double(sums.agreed) / count
    }

    /// The same facts for programs.
    public var value: Value {
        [
            "before": before.value, "after": after.value, "kl_divergence": .double(divergence),
            "kl_divergence_max": .double(largestDivergence), "nmse": .double(nmse), "same_top": .double(agreement),
        ]
    }
}

extension ModelComparison: CustomStringConvertible {
    public var description: String {
        func short(_ number: Double) -> String {
            guard number > 0, number.isFinite else { return "\(number)" }
            let scale = pow(10, 3 - floor(log10(number)))
            return "\((number * scale).rounded() / scale)"
        }
        let change = 100 * (after.perplexity / before.perplexity - 1)
        return """
            before  \(before)
            after   \(after)
            change  \(change < 0 ? "" : "+")\((change * 1000).rounded() / 1000) % of the perplexity
            scores  KL divergence \(short(divergence)) nats on average, \(short(largestDivergence)) at most; NMSE \(short(nmse)); \
            the likeliest token is the same for \((agreement * 1000).rounded() / 10) %
            """
    }
}
