import MillModels
import MillTensor

/// Why a model stopped writing.
public enum StopReason: String, Sendable, Hashable {
    /// The model wrote a token that ends its answer.
    case endToken = "end"
    /// The answer is a whole document of its schema, and nothing can follow.
    case complete
    /// The limit of tokens was reached.
    case tokenLimit = "token_limit"
    /// The sequence has no room left.
    case contextFull = "context_full"
    case cancelled
    case deadline
}

/// What a model wrote.
public struct Generation: Sendable {
    public let text: String
    /// The tokens of the text, without the one that ended it.
    public let tokens: [Int32]
    public let promptTokenCount: Int
    public let stopReason: StopReason
    /// Time until the first token was chosen.
    public let prefillTime: Duration
    /// Time for all further tokens.
    public let decodeTime: Duration

    /// Whether the answer is whole: it was neither cut short by a limit nor broken off.
    public var isFinished: Bool { stopReason == .endToken || stopReason == .complete }
}

/// How an answer is written, and when to stop.
public struct GenerationOptions: Sendable {
    public var sampling: Sampling
    /// The most tokens of an answer.
    public var tokenLimit: Int
    /// What changes the model for this answer; see ``ModelHost/adapter(path:)``.
    public var adapter: LoRAAdapter?
    /// What keys and values are kept in: F32, F16, BF16 or Q8_0; nil means the model's choice. For text models.
    public var cacheType: DType?
    /// Only answers of this constraint are written.
    public var constraint: Constraint?
    /// Tokens that end the answer besides the model's own.
    public var stopTokens: Set<Int32>
    /// The time on the session's clock at which to stop, whatever there is by then.
    public var deadline: Duration?

    public init(
        sampling: Sampling = .greedy, tokenLimit: Int = 512, constraint: Constraint? = nil, adapter: LoRAAdapter? = nil,
        stopTokens: Set<Int32> = [], deadline: Duration? = nil, cacheType: DType? = nil
    ) {
        self.sampling = sampling
        self.tokenLimit = tokenLimit
        self.constraint = constraint
        self.adapter = adapter
        self.stopTokens = stopTokens
        self.deadline = deadline
        self.cacheType = cacheType
    }
}
