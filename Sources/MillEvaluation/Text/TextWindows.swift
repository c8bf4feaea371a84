import MillModels
import MillTokenizer

/// A text cut into windows of one length, each of which a model reads on its own: the measure of llama.cpp's
/// `llama-perplexity`.
///
/// Without a stride the windows follow each other, and the tokens of the second half of each count: those at
/// `length / 2 + 1 ..< length`, so that each that counts has at least half a window before it. With a stride (as the option
/// `--ppl-stride` there) a window begins every `stride` tokens, and the last `stride` tokens of each count. Where the model's
/// tokenizer begins a text with a special token, each window begins with it, in its first token's place. What is left at the
/// end of the text and fills no window is not read.
package struct TextWindows: Sendable {
    /// Tokens of a window.
    package let length: Int
    /// The first token of a window that counts.
    package let first: Int
    package let windows: [[Int32]]
    /// All tokens of the text.
    package let tokenCount: Int

    /// Tokens that count, in all windows.
    package var countedCount: Int { windows.count * (length - first) }

    /// - Parameters:
    ///   - length: nil means 512, or the model's context where that is less.
    ///   - path: of the text, for messages.
    /// - Throws: ``EvaluationError/noTestSet(path:reason:)`` for a text that is too short,
    ///   ``EvaluationError/unsuitableWindows(reason:)`` for windows that the model cannot read.
    package init(
        _ text: String, path: String, tokenizer: Tokenizer, contextLength: Int, length: Int? = nil, stride: Int? = nil
    ) throws(EvaluationError) {
        let length = length ?? min(512, contextLength)
        guard length <= contextLength else {
            throw .unsuitableWindows(
                reason: "windows of \(length) tokens are longer than the model's context of \(contextLength)")
        }
        guard length >= 4, stride.map({ (1..<length).contains($0) }) ?? true else {
            throw .unsuitableWindows(
                reason: "windows have at least 4 tokens, and a stride is less than their length of \(length)")
        }
        let begin = tokenizer.prefixIDs
        let tokens = begin + tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        let needed = stride == nil ? 2 * length : length + 1
        guard tokens.count >= needed else {
            throw .text(
                path: path,
                reason:
                    "the text has \(tokens.count) tokens, and windows of \(length) need at least \(needed); choose shorter ones")
        }
        let step = stride ?? length
        let count = stride.map { (tokens.count - length + $0 - 1) / $0 } ?? tokens.count / length
        windows = (0..<count).map { index in
            var window = Array(tokens[index * step..<index * step + length])
            if let token = begin.first { window[0] = token }
            return window
        }
        self.length = length
        first = stride.map { length - $0 } ?? length / 2 + 1
        tokenCount = tokens.count
    }
}
