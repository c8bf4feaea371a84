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
