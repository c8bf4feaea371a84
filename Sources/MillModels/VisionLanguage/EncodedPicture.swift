/// A picture as a model has looked at it; good for any number of answers of that model.
public protocol EncodedPicture: Sendable {
    /// Positions that it takes in a sequence; 0 where the model looks at it from beside the sequence.
    var tokenCount: Int { get }
    /// The memory that it takes.
    var byteCount: Int { get }
}

/// A piece of a prompt.
public enum PromptPart: Sendable {
    case tokens([Int32])
    case picture(any EncodedPicture)
}
