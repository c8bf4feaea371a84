import MillTensor
import MillWeights

extension ModelError {
    /// Whether a model's or an adapter's files are not there or not valid; false for what goes wrong when they are used, and when
    /// others are written.
    package var isInvalidFile: Bool {
        switch self {
        case .notFound, .notAModel, .nothingToVerify, .unsupported, .configuration, .tensor, .tokenizer, .image, .audio: true
        case .weights(.unwritable), .weights(.invalidContent), .weights(.tensor(_, .outOfMemory)): false
        case .weights, .memory(.fileUnreadable): true
        case .contextFull, .unknownToken, .misuse, .doesNotFit, .cancelled, .compute, .memory: false
        }
    }
}
