import MillSchema
import MillTensor
import MillTokenizer

/// Turns scores into the next tokens of an answer, and tokens into text.
struct Writer {
    private(set) var text = ""
    private(set) var tokens: [Int32] = []
    /// Tokens that were chosen and that the model has not read yet.
    private(set) var pending: [Int32] = []
    private let options: GenerationOptions
    private let endTokens: Set<Int32>
    private var sampler: Sampler
    private var decoder: StreamingDecoder?
    private var state: JSONGrammar.State?

    /// - Parameter history: the tokens that come before the answer.
    init(
        _ options: GenerationOptions, _ tokenizer: Tokenizer?, _ endTokens: Set<Int32>, history: @autoclosure () -> [Int32]
    ) throws(InferenceError) {
        self.options = options
        self.endTokens = endTokens
        sampler = try Sampler(options.sampling, history: history())
        decoder = tokenizer.map { StreamingDecoder($0) }
        state = options.constraint?.initialState
    }

    /// Chooses the next token, and those after it that the constraint leaves no choice about: reading them together
    /// gives the same numbers as one after the other, and no scores are needed to choose them.
    ///
    /// - Returns: why the answer ends here; nil if it goes on.
    mutating func write(_ logits: Tensor, onText: (String) -> Void) throws(InferenceError) -> StopReason? {
        var next: Int32? = try choose(logits)
        while let token = next {
            if endTokens.contains(token) { return .endToken }
            try accept(token, onText: onText)
            next = nil
            if let constraint = options.constraint, let state {
                let outlook = constraint.outlook(state)
                if outlook.isComplete { return .complete }
                if tokens.count < options.tokenLimit, let forced = outlook.forced, !endTokens.contains(forced) { next = forced }
            }
            if tokens.count >= options.tokenLimit { return .tokenLimit }
        }
        return nil
    }

    private mutating func choose(_ logits: Tensor) throws(InferenceError) -> Int32 {
        var mask: TokenMask?
        if let constraint = options.constraint, let state {
            let mayEnd = constraint.outlook(state).isAccepting
            let likeliest = sampler.chooseLikeliest(logits) { token in
                endTokens.contains(token) ? mayEnd : constraint.allows(token, in: state)
            }
            if let likeliest { return likeliest }
            var allowed = constraint.mask(state)
            for token in endTokens where Int(token) < logits.elementCount && token >= 0 {
                if mayEnd { allowed.insert(token) } else { allowed.remove(token) }
            }
            guard allowed.count > 0 else { throw .noTokenFits(answer: text) }
            mask = allowed
        }
        guard let token = sampler.choose(logits, mask) else { throw .noScores }
        return token
    }

    private mutating func accept(_ token: Int32, onText: (String) -> Void) throws(InferenceError) {
        if let constraint = options.constraint, let before = state {
            guard let after = constraint.advance(before, by: token) else { throw .noTokenFits(answer: text) }
            state = after
        }
        tokens.append(token)
        pending.append(token)
        sampler.note(token)
        guard let piece = decoder?.append(token), !piece.isEmpty else { return }
        text += piece
        onText(piece)
    }

    /// The tokens that the model has to read before the next choice.
    mutating func takePending() -> [Int32] {
        defer { pending.removeAll(keepingCapacity: true) }
        return pending
    }

    /// The text of a character that was left incomplete.
    mutating func finish() -> String {
        let rest = decoder?.finish() ?? ""
        text += rest
        return rest
    }
}
