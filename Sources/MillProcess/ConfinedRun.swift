import CMillSystem
import Glibc

/// One run of a confined program, on a thread of its own that lives as long as the program: the kernel kills the program when
/// that thread ends, whatever ends it.
final class ConfinedRun: @unchecked Sendable {
    struct End: Sendable {
        let outcome: Int
        let code: Int
        let output: SecretBytes
        let message: String
        let cpuSeconds: Double
        let peakByteCount: Int
    }

    private let path: UnsafeMutablePointer<CChar>?
    private var arguments: [UnsafeMutablePointer<CChar>?]
    private var environment: [UnsafeMutablePointer<CChar>?]
    /// Keeps the descriptors open.
    private let inputs: [SecretBytes?]
    private let limits: ConfinedProgram.Limits
    private let cancellation: CInt
    private var completion: (@Sendable (End) -> Void)?

    private static let surroundings = ["LC_ALL=C.UTF-8", "OMP_THREAD_LIMIT=1", "PATH=/usr/bin:/bin", "TZ=UTC"]

    init(
        arguments: [String], path: String, standardInput: SecretBytes?, input3: SecretBytes?, input4: SecretBytes?,
        limits: ConfinedProgram.Limits
    ) throws(ProgramError) {
        cancellation = mill_event()
        guard cancellation >= 0 else { throw .programNotStarted(program: path, reason: String(cString: strerror(-cancellation))) }
        self.path = strdup(path)
        self.arguments = arguments.map { strdup($0) } + [nil]
        environment = Self.surroundings.map { strdup($0) } + [nil]
        inputs = [standardInput, input3, input4]
        self.limits = limits
    }

    deinit {
        close(cancellation)
        for string in arguments + environment { free(string) }
        free(path)
    }

    /// Runs and calls back once, from another thread.
    func start(_ completion: @escaping @Sendable (End) -> Void) {
        self.completion = completion
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 << 10)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                let run = Unmanaged<ConfinedRun>.fromOpaque(context).takeRetainedValue()
                run.finish(run.execute())
                return nil
            }, context.toOpaque())
        if code != 0 {
            context.release()
            var result = mill_confined_result()
            result.outcome = CInt(MILL_CONFINED_NOT_STARTED)
            result.code = code
            finish(end(result, ""))
        }
    }

    /// Kills the program, or keeps it from starting.
    func cancel() {
        var one: UInt64 = 1
        _ = write(cancellation, &one, 8)
    }

    private func finish(_ end: End) {
        let completion = completion
        self.completion = nil
        completion?(end)
    }

    private func execute() -> End {
        var result = mill_confined_result()
        let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(MILL_CONFINED_MESSAGE_BYTES))
        defer { message.deallocate() }
        result.message = message
        let descriptors = inputs.map { $0?.descriptor ?? -1 }
        arguments.withUnsafeMutableBufferPointer { arguments in
            environment.withUnsafeMutableBufferPointer { environment in
                var job = mill_confined_job()
                job.path = UnsafePointer(path)
                job.arguments = UnsafePointer(arguments.baseAddress)
                job.environment = UnsafePointer(environment.baseAddress)
                job.standard_input = descriptors[0]
                job.input3 = descriptors[1]
                job.input4 = descriptors[2]
                job.cancellation = cancellation
                job.limits.cpu_seconds = UInt32(clamping: max(limits.cpuSeconds, 1))
                job.limits.memory_bytes = max(limits.memoryByteCount, 1 << 20)
                job.limits.output_bytes = max(limits.outputByteCount, 0)
                job.limits.deadline = CInt(clamping: Int64(min(max(limits.seconds, 0), 1e6) * 1000))
                mill_run_confined(&job, &result)
            }
        }
        let text = UnsafeRawBufferPointer(start: message, count: result.message_count)
        return end(result, String(decoding: text, as: UTF8.self))
    }

    private func end(_ result: mill_confined_result, _ message: String) -> End {
        let output = SecretBytes(taking: result.output, count: result.output_count, capacity: result.output_capacity)
        return End(
            outcome: Int(result.outcome), code: Int(result.code), output: output, message: message,
            cpuSeconds: result.cpu_seconds, peakByteCount: result.peak_memory)
    }
}
