import MillProcess

extension DocumentError {
    /// What a program of the system did, as an error of the document that it read.
    init(_ error: ProgramError) {
        switch error {
        case .programMissing(let program, let package): self = .programMissing(program: program, package: package)
        case .programNotStarted(let program, let reason): self = .programNotStarted(program: program, reason: reason)
        case .programTimedOut(let program, let seconds): self = .programTimedOut(program: program, seconds: seconds)
        case .programOverLimit(let program, let limit): self = .programOverLimit(program: program, limit: limit)
        case .programCrashed(let program, let signal): self = .programCrashed(program: program, signal: signal)
        case .programFailed(let program, let status, let message):
            self = .programFailed(program: program, status: status, message: message)
        case .cancelled: self = .cancelled
        case .outOfMemory(let byteCount): self = .outOfMemory(byteCount: byteCount)
        }
    }

    static func wrapping<Result>(_ body: () throws(ProgramError) -> Result) throws(DocumentError) -> Result {
        do { return try body() } catch { throw DocumentError(error) }
    }

}

extension ConfinedProgram {
    /// ``run(_:standardInput:input3:input4:limits:accepting:)`` for a document.
    func answer(
        _ arguments: [String], standardInput: SecretBytes? = nil, input3: SecretBytes? = nil, input4: SecretBytes? = nil,
        limits: Limits, accepting: Set<Int> = [0]
    ) async throws(DocumentError) -> Answer {
        do {
            return try await run(
                arguments, standardInput: standardInput, input3: input3, input4: input4, limits: limits, accepting: accepting)
        } catch { throw DocumentError(error) }
    }
}

extension SecretBytes {
    /// A zeroed file in memory for a document.
    convenience init(documentOf count: Int) throws(DocumentError) {
        do { try self.init(fileOf: count) } catch { throw DocumentError(error) }
    }
}
