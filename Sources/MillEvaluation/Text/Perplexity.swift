import Glibc
import MillModels
import MillTokenizer
import MillValue

/// How well a text model foretells a text.
///
/// ```swift
/// let report = try Perplexity.measure(model, text, path: "wiki.txt")
/// print(report.perplexity, report.deviation)
/// ```
public struct Perplexity: Sendable {
    /// The model's perplexity: e to the mean of `-ln p` over the tokens that count.
    public let perplexity: Double
    /// The standard error of ``perplexity``.
    public let deviation: Double
    /// Tokens that counted.
    public let countedCount: Int
    /// Tokens of the text.
    public let tokenCount: Int
    public let windowCount: Int
    public let windowLength: Int

    init(_ surprise: Surprise, _ windows: TextWindows) {
        perplexity = surprise.perplexity
        deviation = surprise.perplexity * surprise.standardError
        countedCount = surprise.tokenCount
        tokenCount = windows.tokenCount
        windowCount = windows.windows.count
        windowLength = windows.length
    }

    /// Measures a model. ``TextWindows`` says which tokens count.
    ///
    /// - Parameters:
    ///   - length: tokens of a window; nil means 512, or the model's context where that is less.
    ///   - stride: from one window's begin to the next one's; nil means that they do not overlap.
    ///   - progress: told after each window how many of how many are done, and the perplexity so far.
    /// - Throws: ``EvaluationError``, `ModelError`; `CancellationError` once `isCancelled`, which is asked before each window.
    public static func measure(
        _ model: LoadedModel, _ text: String, path: String, length: Int? = nil, stride: Int? = nil, adapter: LoRAAdapter? = nil,
        isCancelled: () -> Bool = { false }, progress: (_ done: Int, _ all: Int, _ perplexity: Double) -> Void = { _, _, _ in }
    ) throws -> Perplexity {
        let (network, tokenizer) = try parts(of: model)
        let windows = try TextWindows(
            text, path: path, tokenizer: tokenizer, contextLength: network.contextLength, length: length, stride: stride)
        let scorer = TextScorer(network)
        var sum = Surprise()
        for (index, window) in windows.windows.enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            sum = sum + (try scorer.surprise(window, from: windows.first, adapter: adapter))
            progress(index + 1, windows.windows.count, sum.perplexity)
        }
        return Perplexity(try number(sum, model), windows)
    }

    /// Refuses sums that are no numbers: what they came from is damaged.
    static func number(_ sum: Surprise, _ model: LoadedModel) throws(EvaluationError) -> Surprise {
        guard sum.perplexity.isNaN else { return sum }
        throw .unsuitableModel(reason: "the scores of \(model.description.path) are no numbers; its weights are damaged")
    }

    /// The network and tokenizer of a text model.
    static func parts(of model: LoadedModel) throws(EvaluationError) -> (TextModel, Tokenizer) {
        guard let network = model.network.text else {
            throw .unsuitableModel(
                reason: "\(model.description.path) is a \(model.description.family) model, not one of text")
        }
        guard let tokenizer = model.tokenizer else {
            throw .unsuitableModel(reason: "\(model.description.path) has no tokenizer, and a text has to be cut into tokens")
        }
        return (network, tokenizer)
    }

    /// The same facts for programs.
    public var value: Value {
        [
            "perplexity": .double(perplexity), "standard_error": .double(deviation), "counted": .int(countedCount),
            "tokens": .int(tokenCount), "windows": .int(windowCount), "context": .int(windowLength),
        ]
    }
}

extension Perplexity: CustomStringConvertible {
    public var description: String {
        "perplexity \(Self.rounded(perplexity)) ± \(Self.rounded(deviation)) over \(countedCount) of \(tokenCount) tokens"
            + " (\(windowCount) windows of \(windowLength))"
    }

    static func rounded(_ number: Double) -> Double { (number * 1e4).rounded() / 1e4 }
}
