/// What can be wrong with a test set or with the model that is to be examined.
public enum EvaluationError: Error, Sendable, Equatable {
    case invalidGroundTruth(reason: String)
    case noTestSet(path: String, reason: String)
    case unsuitableModel(reason: String)
    /// Lengths and steps of windows that nothing can be measured with.
    case unsuitableWindows(reason: String)
    case picture(path: String, reason: String)
    case text(path: String, reason: String)
}

extension EvaluationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidGroundTruth(let reason): "the ground truth is not valid: \(reason)"
        case .noTestSet(let path, let reason): "\(path) is no test set: \(reason)"
        case .unsuitableWindows(let reason): reason
        case .unsuitableModel(let reason): "the model cannot be examined: \(reason)"
        case .picture(let path, let reason), .text(let path, let reason): "\(path): \(reason)"
        }
    }
}

extension EvaluationError {
    /// The same, with the place in front of its reason where it is about a ground truth.
    func at(_ place: String) -> EvaluationError {
        guard case .invalidGroundTruth(let reason) = self else { return self }
        return .invalidGroundTruth(reason: "\(place): \(reason)")
    }
}
