import MillModels
import MillSchema

/// What can go wrong while a model writes.
public enum InferenceError: Error, Sendable {
    case model(ModelError)
    /// The answer's schema cannot be turned into a constraint.
    case schema(SchemaError)
    /// The model's files have no tokenizer, which text and constraints need.
    case noTokenizer(path: String)
    /// A sampling parameter outside its range.
    case sampling(parameter: String, value: String, allowed: String)
    /// No token of the vocabulary continues the answer as its schema asks.
    case noTokenFits(answer: String)
    /// All scores are NaN: the weights or the input are broken.
    case noScores
    /// The limit of tokens was reached before a constrained answer was complete.
    case answerUnfinished(answer: String, tokenLimit: Int)
    /// The model's chat template cannot be read, or refuses a conversation.
    case template(String)
    /// The request does not fit the model.
    case unsuitable(String)
}

extension InferenceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .model(let error): "\(error)"
        case .schema(let error): "\(error)"
        case .noTokenizer(let path): "\(path) has no tokenizer; put tokenizer.json beside the weights"
        case .sampling(let parameter, let value, let allowed): "\(parameter) is \(value); allowed is \(allowed)"
        case .noTokenFits(let answer): "no token of the vocabulary continues \(answer) as the schema asks"
        case .noScores:
            "the model gave no usable scores (NaN); its weights are damaged or were converted wrongly, or their laid-out copy is"
                + " damaged, which millrace models cache --verify tells"
        case .answerUnfinished(let answer, let limit):
            "the answer was not complete after \(limit) tokens: \(answer); raise the limit or tighten the schema"
        case .template(let message): message
        case .unsuitable(let message): message
        }
    }
}
