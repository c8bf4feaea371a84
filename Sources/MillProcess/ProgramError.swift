/// What can be wrong with a program of the system that works for this one.
public enum ProgramError: Error, Sendable, Hashable {
    /// It is not installed.
    case programMissing(program: String, package: String)
    /// It could not be started.
    case programNotStarted(program: String, reason: String)
    case programTimedOut(program: String, seconds: Double)
    /// It was ended by a limit (processor time, memory, output).
    case programOverLimit(program: String, limit: String)
    case programCrashed(program: String, signal: Int)
    /// It gave up; the message is the last line of what it said.
    case programFailed(program: String, status: Int, message: String)
    case cancelled
    case outOfMemory(byteCount: Int)
}

extension ProgramError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .programMissing(let program, let package):
            "the program \(program) is missing; install it with: apt-get install \(package)"
        case .programNotStarted(let program, let reason): "\(program) cannot be started: \(reason)"
        case .programTimedOut(let program, let seconds): "\(program) was stopped after \(seconds) s"
        case .programOverLimit(let program, let limit): "\(program) was stopped at its limit of \(limit)"
        case .programCrashed(let program, let signal): "\(program) crashed with signal \(signal)"
        case .programFailed(let program, let status, let message):
            "\(program) ended with status \(status)\(message.isEmpty ? "" : ": \(message)")"
        case .cancelled: "the work was cancelled"
        case .outOfMemory(let byteCount): "cannot allocate \(byteCount) bytes"
        }
    }
}
