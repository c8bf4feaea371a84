import MillAudio
import MillCompute
import MillImage
import MillTensor
import MillTokenizer
import MillWeights

/// What can be wrong with a model's files, or with what a model is asked to compute.
public enum ModelError: Error, Sendable {
    /// Nothing was found at any of the places where this model may be.
    case notFound(model: String, searched: [String])
    /// A folder or file that is no model: what it lacks.
    case notAModel(path: String, reason: String)
    /// A folder without test cases.
    case nothingToVerify(path: String, reason: String)
    /// The file asks for something that this version does not compute.
    case unsupported(path: String, key: String, value: String, supported: [String])
    /// A configuration key that is missing, of the wrong type or out of range.
    case configuration(path: String, key: String, problem: String)
    /// A tensor whose shape or type does not fit the configuration.
    case tensor(path: String, name: String, problem: String)
    /// More tokens than the sequence can hold.
    case contextFull(capacity: Int, needed: Int)
    /// A token id that the vocabulary does not have.
    case unknownToken(id: Int, vocabularySize: Int)
    /// Something was asked of a model or a sequence that it cannot do in its state.
    case misuse(String)
    /// The weights, or the keys and values of a sequence, are larger than the memory that is free.
    case doesNotFit(String)
    /// Loading was stopped.
    case cancelled
    case weights(WeightsError)
    case tokenizer(path: String, TokenizerError)
    case compute(ComputeError)
    case image(ImageError)
    case audio(AudioError)
    case memory(TensorError)
}

extension ModelError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let model, let searched):
            "no model at \(model); looked in \(searched.joined(separator: ", "))"
        case .notAModel(let path, let reason): "\(path) is no model: \(reason)"
        case .nothingToVerify(let path, let reason): "\(path) cannot be verified: \(reason)"
        case .unsupported(let path, let key, let value, let supported):
            "\(path): \(key) is \(value), which is not supported; supported: \(supported.joined(separator: ", "))"
        case .configuration(let path, let key, let problem): "\(path): \(key) \(problem)"
        case .tensor(let path, let name, let problem): "\(path): tensor \(name) \(problem)"
        case .contextFull(let capacity, let needed):
            "the model's context holds \(capacity) tokens and \(needed) are wanted; shorten the prompt or lower the limit of tokens"
        case .unknownToken(let id, let size): "token \(id) is outside the vocabulary of \(size)"
        case .misuse(let message), .doesNotFit(let message): message
        case .cancelled: "loading was stopped"
        case .weights(let error): "\(error)"
        case .tokenizer(let path, let error): "\(path): \(error)"
        case .compute(let error): "\(error)"
        case .image(let error): "\(error)"
        case .audio(let error): "\(error)"
        case .memory(let error): "\(error)"
        }
    }
}

extension ModelError {
    /// The error of a lower layer as one of this layer.
    init(_ error: any Error) {
        switch error {
        case let error as ModelError: self = error
        case let error as WeightsError: self = .weights(error)
        case let error as ComputeError: self = .compute(error)
        case let error as ImageError: self = .image(error)
        case let error as AudioError: self = .audio(error)
        case let error as TensorError: self = .memory(error)
        default: self = .misuse("\(error)")
        }
    }

    /// Runs `body` and turns what it throws into a ``ModelError``.
    static func wrapping<Result: ~Copyable>(_ body: () throws -> Result) throws(ModelError) -> Result {
        do { return try body() } catch { throw ModelError(error) }
    }
}
