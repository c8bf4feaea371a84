/// What a node can find wrong when it starts or works.
public enum NodeError: Error, Sendable, Equatable {
    case unreadableFolder(path: String, reason: String)
    /// A list of files.
    case unreadableList(path: String, reason: String)
    case noMatchingFiles(folder: String, pattern: String)
    case invalidPattern(pattern: String, reason: String)
    case unwritable(path: String, reason: String)
    case wrongPayload(port: String, expected: String)
    /// The model stopped before the answer was a whole document.
    case unfinishedAnswer(reason: String, text: String)
    /// A file of a batch cannot be read.
    case unreadableDocument(reason: String)
    /// A model of another kind than the node needs.
    case unsuitableModel(node: String, needs: String)
}

extension NodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadableFolder(let path, let reason): "cannot read the folder \(path): \(reason)"
        case .unreadableList(let path, let reason): "cannot read the list of files \(path): \(reason)"
        case .noMatchingFiles(let folder, let pattern):
            "no file in \(folder) matches \(pattern); check the folder and the pattern (`path` and `pattern` of the source)"
        case .invalidPattern(let pattern, let reason): "the pattern \(pattern) is not valid: \(reason)"
        case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
        case .wrongPayload(let port, let expected): "input \(port) needs \(expected)"
        case .unfinishedAnswer(let reason, let text):
            "the answer was cut short (\(reason)): \(text.prefix(200)); raise max_tokens or the deadline"
        case .unreadableDocument(let reason): reason
        case .unsuitableModel(let node, let needs): "the model of \(node) must be \(needs)"
        }
    }
}
