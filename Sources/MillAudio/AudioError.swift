import MillProcess
import MillTensor

/// What can be wrong with a sound file, or with what is needed to read it.
public enum AudioError: Error, Sendable {
    case unreadable(path: String, reason: String)
    /// The file breaks its format's rules.
    case damaged(name: String, reason: String)
    /// A sound of a kind that is not read.
    case unsupported(name: String, reason: String, advice: String)
    /// The program that reads the sound failed.
    case program(name: String, ProgramError)
    /// Something was asked that cannot be.
    case misuse(String)
    case memory(TensorError)
}

extension AudioError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .damaged(let name, let reason): "\(name) is damaged: \(reason)"
        case .unsupported(let name, let reason, let advice): "\(name) \(reason); \(advice)"
        case .program(let name, let error): "\(name): \(error)"
        case .misuse(let message): message
        case .memory(let error): "\(error)"
        }
    }
}
