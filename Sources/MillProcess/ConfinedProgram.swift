import CMillSystem
import Glibc

/// A program of the system that works on a stranger's bytes: without network, files to write or children of its own, with
/// little memory and time, and killed with the process that wants its answer.
///
/// Its input are files in memory that it opens as `/proc/self/fd/3` and `/proc/self/fd/4` or reads as standard input. How many
/// run at once is up to the caller.
package struct ConfinedProgram: Sendable {
    package struct Limits: Sendable, Hashable {
        /// Of the processor.
        package var cpuSeconds = 60
        /// Of address space.
        package var memoryByteCount = 2 << 30
        package var outputByteCount = 256 << 20
        /// From the start to the end.
        package var seconds: Double = 60

        package init() {}
    }

    /// What a program left behind.
    package struct Answer: Sendable {
        package let output: SecretBytes
        /// The last 4 KiB of what it said on standard error.
        package let message: String
        package let status: Int
        package let cpuSeconds: Double
        package let peakByteCount: Int

        package var text: String { String(decoding: output.bytes, as: UTF8.self) }
        package var lastLine: String {
            message.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        }
    }

    package let name: String
    /// Absolute.
    package let path: String

    /// Looks for a program on the `PATH`.
    ///
    /// - Parameter package: the Debian package that it comes in, for the error.
    /// - Throws: ``ProgramError/programMissing(program:package:)``.
    package init(_ name: String, package: String) throws(ProgramError) {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in folders.split(separator: ":") where folder.hasPrefix("/") {
            let path = "\(folder)/\(name)"
            if access(path, X_OK) == 0 {
                self.name = name
                self.path = path
                return
            }
        }
        throw .programMissing(program: name, package: package)
    }

    /// Runs the program to its end. Cancelling the task kills it.
    ///
    /// - Parameters:
    ///   - standardInput: what it reads as standard input, else nothing.
    ///   - input3: what it finds at `/proc/self/fd/3`.
    ///   - input4: what it finds at `/proc/self/fd/4`.
    ///   - accepting: the exit statuses that are no failure.
    /// - Throws: ``ProgramError``.
    package func run(
        _ arguments: [String], standardInput: SecretBytes? = nil, input3: SecretBytes? = nil, input4: SecretBytes? = nil,
        limits: Limits, accepting: Set<Int> = [0]
    ) async throws(ProgramError) -> Answer {
        let run = try ConfinedRun(
            arguments: [name] + arguments, path: path, standardInput: try standardInput?.asFile(), input3: try input3?.asFile(),
            input4: try input4?.asFile(), limits: limits)
        let end = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in run.start { continuation.resume(returning: $0) } }
        } onCancel: {
            run.cancel()
        }
        return try answer(end, limits: limits, accepting: accepting)
    }

    private func answer(
        _ end: ConfinedRun.End, limits: Limits, accepting: Set<Int>
    ) throws(ProgramError) -> Answer {
        switch end.outcome {
        case MILL_CONFINED_EXITED:
            let answer = Answer(
                output: end.output, message: end.message, status: end.code, cpuSeconds: end.cpuSeconds,
                peakByteCount: end.peakByteCount)
            guard accepting.contains(end.code) else {
                if Self.ranOutOfMemory(end.message) { throw memory(limits) }
                throw .programFailed(program: name, status: end.code, message: answer.lastLine)
            }
            return answer
        case MILL_CONFINED_KILLED:
            switch end.code {
            case Int(SIGXCPU): throw .programOverLimit(program: name, limit: "\(limits.cpuSeconds) s of the processor")
            case Int(SIGKILL) where end.cpuSeconds >= Double(limits.cpuSeconds) - 1:
                throw .programOverLimit(program: name, limit: "\(limits.cpuSeconds) s of the processor")
            case Int(SIGXFSZ): throw .programOverLimit(program: name, limit: "0 bytes of files")
            default:
                if Self.ranOutOfMemory(end.message) { throw memory(limits) }
                throw .programCrashed(program: name, signal: end.code)
            }
        case MILL_CONFINED_TIMED_OUT: throw .programTimedOut(program: name, seconds: limits.seconds)
        case MILL_CONFINED_CANCELLED: throw .cancelled
        case MILL_CONFINED_TOO_MUCH_OUTPUT:
            throw .programOverLimit(program: name, limit: "\(limits.outputByteCount) bytes of output")
        default: throw .programNotStarted(program: name, reason: String(cString: strerror(CInt(end.code))))
        }
    }

    private func memory(_ limits: Limits) -> ProgramError {
        .programOverLimit(program: name, limit: "\(limits.memoryByteCount >> 20) MiB of memory")
    }

    private static func ranOutOfMemory(_ message: String) -> Bool {
        ["bad_alloc", "ut of memory", "Cannot allocate", "malloc failed"].contains { message.contains($0) }
    }
}
