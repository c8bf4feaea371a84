/// What can go wrong when values are read from a document.
public enum ExtractionError: Error, Sendable, Equatable {
    /// The model that reads the text refused it.
    case model(reason: String)
    /// The text is longer than a model reads; both in code points.
    case tooLong(count: Int, limit: Int)
}

extension ExtractionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .model(let reason): "the text was not read: \(reason)"
        case .tooLong(let count, let limit):
            "the text has \(count) code points and at most \(limit) are read; split the document or raise `textLimit`"
        }
    }
}
