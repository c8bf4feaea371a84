/// How the next token is chosen from the model's scores.
///
/// First of all, the scores of tokens that were read or written lately are lowered (`repeatPenalty`). With a temperature of 0 the
/// likeliest token is taken. Otherwise tokens are filtered by `topK`, then their
/// probabilities at the temperature by `minP` and `topP`, and one is drawn; the same seed draws the same tokens.
public struct Sampling: Sendable, Hashable {
    /// 0 or more; 1 samples as the model was trained, less is more cautious.
    public var temperature: Float
    /// How many of the likeliest tokens are candidates; 0 means all.
    public var topK: Int
    /// The smallest set of tokens whose probabilities sum up to at least this, above 0; 1 means all.
    public var topP: Float
    /// Tokens less likely than this share of the likeliest are left out; 0 means none (arXiv:2407.01082).
    public var minP: Float
    public var seed: UInt64
    /// Scores of the last `repeatWindow` tokens, those of the prompt among them, are divided by this where they are above 0, and
    /// multiplied with it where they are below (arXiv:1909.05858); 1 changes nothing.
    public var repeatPenalty: Float
    /// 0 means all tokens of the sequence.
    public var repeatWindow: Int

    public init(
        temperature: Float = 0, topK: Int = 0, topP: Float = 1, minP: Float = 0, seed: UInt64 = 0, repeatPenalty: Float = 1,
        repeatWindow: Int = 64
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.seed = seed
        self.repeatPenalty = repeatPenalty
        self.repeatWindow = repeatWindow
    }

    /// Always the likeliest token.
    public static let greedy = Sampling()

    /// - Throws: ``InferenceError/sampling(parameter:value:allowed:)`` for a value outside its range.
    public func check() throws(InferenceError) {
        func require(_ isValid: Bool, _ parameter: String, _ value: some Any, _ allowed: String) throws(InferenceError) {
            guard isValid else { throw .sampling(parameter: parameter, value: "\(value)", allowed: allowed) }
        }
        try require(temperature >= 0 && temperature.isFinite, "temperature", temperature, "0 or more")
        try require(topK >= 0, "top_k", topK, "0 (all) or more")
        try require(topP > 0 && topP <= 1, "top_p", topP, "above 0, up to 1")
        try require(minP >= 0 && minP <= 1, "min_p", minP, "0...1")
        try require(repeatPenalty > 0 && repeatPenalty.isFinite, "repeat_penalty", repeatPenalty, "above 0; 1 changes nothing")
        try require(repeatWindow >= 0, "repeat_window", repeatWindow, "0 (all) or more")
    }
}
