import MillTensor

/// What can be wrong with a weight file, and where.
public enum WeightsError: Error, Sendable, Equatable {
    /// The file or folder cannot be opened.
    case unreadable(path: String, reason: String)
    /// The file does not begin as a GGUF file does.
    case notGGUF(path: String)
    /// The content breaks the format's rules. `item` is the key, tensor or field; `offset` counts bytes from the file's start.
    case malformed(path: String, item: String, offset: Int, reason: String)
    /// The content is valid but uses something that is not supported.
    case unsupported(path: String, item: String, reason: String)
    case missingKey(path: String, key: String)
    /// A setting of a readable file that is of the wrong type or out of range.
    case invalidSetting(path: String, key: String, reason: String)
    case wrongType(path: String, key: String, expected: String, actual: String)
    case missingTensor(path: String, name: String, closest: String?)
    /// A tensor's view, shape or memory is wrong.
    case tensor(name: String, TensorError)
    /// A file cannot be written.
    case unwritable(path: String, reason: String)
    /// What is there of an unfinished file belongs to another run: one that is writing it, or one of other sources or options.
    case anothersPart(path: String, reason: String)
    /// What is to be written breaks the format's rules.
    case invalidContent(item: String, reason: String)
}

extension WeightsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .notGGUF(let path):
            "\(path) is not a GGUF file; a safetensors model is a folder with config.json"
        case .malformed(let path, let item, let offset, let reason):
            "\(path) is damaged at byte \(offset), in \(item): \(reason); fetch or convert the file again"
        case .unsupported(let path, let item, let reason): "\(path): \(item): \(reason)"
        case .invalidSetting(let path, let key, let reason): "\(path): \(key): \(reason)"
        case .missingKey(let path, let key): "\(path): the metadata lack the key \(key)"
        case .wrongType(let path, let key, let expected, let actual):
            "\(path): key \(key) must be \(expected), but it is \(actual)"
        case .missingTensor(let path, let name, let closest):
            "\(path): there is no tensor \(name)" + (closest.map { "; did you mean \($0)?" } ?? "")
        case .tensor(let name, let error): "tensor \(name): \(error)"
        case .unwritable(let path, let reason), .anothersPart(let path, let reason): "cannot write \(path): \(reason)"
        case .invalidContent(let item, let reason): "\(item) cannot be written: \(reason)"
        }
    }
}
