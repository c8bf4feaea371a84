import MillModels
import MillTokenizer
import MillValue

/// One conversation with a model: a sequence with its keys and values, continued under sampling and a constraint.
///
/// A session is used by one caller at a time, on the model's lane (``ModelHost`` sees to that). Cancellation and
/// deadlines act within one token, or one piece of a prompt.
public final class Session {
    private let context: any DecodingContext
    private let tokenizer: Tokenizer?
    private let endTokens: Set<Int32>
    private let clock: any MillClock
    /// The tokens that the sequence holds; -1 in place of each of a piece with rows of pictures.
    public private(set) var tokens: [Int32] = []

    public init(
        _ context: any DecodingContext, tokenizer: Tokenizer?, endTokens: some Sequence<Int32>,
        clock: any MillClock = SystemClock()
    ) {
        self.context = context
        self.tokenizer = tokenizer
        self.endTokens = Set(endTokens)
        self.clock = clock
    }

    /// Tokens that the sequence holds.
    public var tokenCount: Int { context.position }
    /// The most tokens that fit.
    public var capacity: Int { context.capacity }

    /// Forgets all tokens from `position` on.
    public func rewind(to position: Int) throws(InferenceError) {
        guard position != context.position else { return }
        do { try context.rewind(to: position) } catch { throw .model(error) }
        tokens.removeLast(max(0, tokens.count - position))
    }

    /// Reads a prompt and writes the answer.
    ///
    /// - Parameters:
    ///   - onText: is given pieces of the answer as they come; whole characters only.
    ///   - isCancelled: is asked before every token.
    /// - Throws: ``InferenceError``; a constrained answer that the token limit or the context cuts short throws
    ///   ``InferenceError/answerUnfinished(answer:tokenLimit:)``, since half a document is none.
    public func generate(
        _ prompt: [Int32], _ options: GenerationOptions = GenerationOptions(), onText: (String) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws(InferenceError) -> Generation {
        try generate(SequenceInput(prompt), options, onText: onText, isCancelled: isCancelled)
    }

    /// The same for a prompt with pictures in it, as ``VisionLanguageModel/input(_:)`` gives it.
    public func generate(
        _ prompt: SequenceInput, _ options: GenerationOptions = GenerationOptions(), onText: (String) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws(InferenceError) -> Generation {
        guard !prompt.isEmpty else { throw .unsuitable("a prompt needs at least one token") }
        // Before hours are spent on a part of it.
        guard context.position + prompt.count <= context.capacity else {
            throw .model(.contextFull(capacity: context.capacity, needed: context.position + prompt.count))
        }
        var writer = try Writer(options, tokenizer, endTokens.union(options.stopTokens), history: tokens + prompt.tokens)
        let start = clock.now
        func interruption() -> StopReason? {
            if isCancelled() { return .cancelled }
            if let deadline = options.deadline, clock.now >= deadline { return .deadline }
            return nil
        }
        func generation(_ reason: StopReason, prefillEnd: Duration) -> Generation {
            let rest = writer.finish()
            if !rest.isEmpty { onText(rest) }
            return Generation(
                text: writer.text, tokens: writer.tokens, promptTokenCount: prompt.count, stopReason: reason,
                prefillTime: prefillEnd - start, decodeTime: clock.now - prefillEnd)
        }

        var position = 0
        while position < prompt.count {
            if let reason = interruption() { return generation(reason, prefillEnd: clock.now) }
            let end = min(position + context.chunkLength, prompt.count)
            let piece = prompt[position..<end]
            do { try context.append(piece) } catch { throw .model(error) }
            // No token stands for a picture: another one has other rows.
            tokens += piece.isText ? piece.tokens : [Int32](repeating: -1, count: piece.count)
            position = end
        }
        let prefillEnd = clock.now

        while true {
            if let reason = interruption() { return generation(reason, prefillEnd: prefillEnd) }
            var reason = try writer.write(context.logits, onText: onText)
            if reason == nil, context.position + writer.pending.count > context.capacity { reason = .contextFull }
            if let reason {
                if options.constraint != nil, reason == .tokenLimit || reason == .contextFull {
                    throw .answerUnfinished(answer: writer.text, tokenLimit: writer.tokens.count)
                }
                return generation(reason, prefillEnd: prefillEnd)
            }
            try append(writer.takePending())
        }
    }

    private func append(_ tokens: [Int32]) throws(InferenceError) {
        do { try context.append(tokens) } catch { throw .model(error) }
        self.tokens += tokens
    }
}
