/// What can be wrong with a test set or with the model that is to be examined.
public enum EvaluationError: Error, Sendable, Equatable {
    case invalidGroundTruth(reason: String)
    case noTestSet(path: String, reason: String)
    case unsuitableModel(reason: String)
    case picture(path: String, reason: String)
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidGroundTruth(let reason): "the ground-truth file is not valid: \(reason)"
        case .noTestSet(let path, let reason): "\(path) is no test set: \(reason)"
        case .unsuitableModel(let reason): "the model cannot be examined: \(reason)"
        case .picture(let path, let reason): "\(path): \(reason)"
        }
    }
}
