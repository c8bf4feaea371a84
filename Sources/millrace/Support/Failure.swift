import MillEvaluation
import MillImage
import MillInference
import MillModels

/// An end of the program with a message and an exit code.
struct Failure: Error {
    let message: String
    let code: Int32

    /// The run failed.
    static func run(_ message: String) -> Failure { Failure(message: message, code: 1) }
    /// The usage is wrong or a file is not valid.
    static func usage(_ message: String) -> Failure { Failure(message: message, code: 2) }
    /// Some packets failed.
    static let somePackets = Failure(message: "", code: 3)
    /// Interrupted, and drained.
    static let interrupted = Failure(message: "", code: 130)
}

extension Failure {
    /// The exit code for an error of the layers below: 2 where a test set, a picture, a model or an adapter is not
    /// valid or not there, 130 where loading was interrupted, else 1.
    static func code(of error: any Error) -> Int32 {
        switch error {
        case ModelError.cancelled, InferenceError.model(.cancelled): return interrupted.code
        default: break
        }
        let isInvalidFile =
            switch error {
            case is EvaluationError, is ImageError, InferenceError.noTokenizer, InferenceError.schema: true
            case InferenceError.model(let error): error.isInvalidFile
            case let error as ModelError: error.isInvalidFile
            default: false
            }
        return isInvalidFile ? 2 : 1
    }
}
