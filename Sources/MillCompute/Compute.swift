import CMillKernels
import Glibc
import MillTensor

/// The kernels of one instruction set on one pool of worker threads.
///
/// All operations are synchronous, safe to call from any thread, and share the pool fairly with concurrent callers.
/// Results depend neither on the number of threads nor on how many rows are computed in one call.
public final class Compute: Sendable {
    /// How weights are multiplied that are not F32.
    public enum Activations: String, Sendable, Hashable, CaseIterable {
        /// Weights are taken exactly, products and sums are F32: the reference.
        case float32
        /// Activations are quantized to 8 bits per block of 32, and blocks are summed as integers. F16 and BF16 weights are
        /// multiplied in BF16 arithmetic on instruction sets that have it (``ISA/hasBFloat16``), in F32 on others.
        case int8
        /// As ``int8``, but Q8_0 weights are multiplied in BF16 arithmetic as well where that is faster for many tokens at
        /// once (``ISA/multipliesQ8InBFloat16``): for models that always have many.
        case bfloat16
    }

    /// All processors that this process may use, and the fastest instruction set, or what the environment says instead.
    public static let shared: Compute = {
        // Here there is nobody to tell of a wrong value; `checkEnvironment()` does.
        let requested = (try? environmentISA()) ?? .best
        return Compute(
            kernels: requested.isAvailable ? requested : .best, threadCount: HardwareProfile.current.usableThreadCount,
            activations: .int8)
    }()

    public let isa: ISA
    public let activations: Activations
    let pool: WorkerPool

    /// - Parameters:
    ///   - threads: at most this many threads, the caller's among them; nil means as many as affinity mask and cgroup
    ///     quota allow. `MILLRACE_THREADS` in the environment is a limit as well.
    ///   - isa: nil means the fastest available. `MILLRACE_ISA` in the environment takes the place of nil.
    /// - Throws: ``ComputeError/isaUnavailable(requested:available:)``.
    public convenience init(threads: Int? = nil, isa: ISA? = nil, activations: Activations = .int8) throws(ComputeError) {
        let kernels = if let isa { isa } else { try Self.environmentISA() ?? .best }
        guard kernels.isAvailable else {
            throw .isaUnavailable(requested: kernels.rawValue, available: ISA.available.map(\.rawValue))
        }
        let usable = HardwareProfile.current.usableThreadCount
        self.init(kernels: kernels, threadCount: min(threads ?? usable, usable), activations: activations)
    }

    private init(kernels: ISA, threadCount: Int, activations: Activations) {
        self.isa = kernels
        self.activations = activations
        self.pool = WorkerPool(threadCount: threadCount)
    }

    /// The same instruction set and threads with other activations; both share the pool.
    public convenience init(_ other: Compute, activations: Activations) {
        self.init(isa: other.isa, activations: activations, pool: other.pool)
    }

    private init(isa: ISA, activations: Activations, pool: WorkerPool) {
        self.isa = isa
        self.activations = activations
        self.pool = pool
    }

    /// Threads that work on one operation, the caller's among them.
    public var threadCount: Int { pool.threadCount }

    /// Whether the environment names an instruction set that is there and a number of threads; programs ask at their start.
    ///
    /// - Throws: ``ComputeError/isaUnavailable(requested:available:)`` or ``ComputeError/invalidThreads(_:)``.
    public static func checkEnvironment() throws(ComputeError) {
        if let isa = try environmentISA(), !isa.isAvailable {
            throw .isaUnavailable(requested: isa.rawValue, available: ISA.available.map(\.rawValue))
        }
        guard let value = getenv("MILLRACE_THREADS").map({ String(cString: $0) }), !value.isEmpty else { return }
        guard let threads = Int(value), threads > 0 else { throw .invalidThreads(value) }
    }

    private static func environmentISA() throws(ComputeError) -> ISA? {
        guard let value = getenv("MILLRACE_ISA").map({ String(cString: $0) }), !value.isEmpty else { return nil }
        guard let isa = ISA(rawValue: value) else {
            throw .isaUnavailable(requested: value, available: ISA.available.map(\.rawValue))
        }
        return isa
    }

    /// Calls a kernel with what every one of them needs.
    func call<Result>(_ kernel: (UnsafePointer<mill_context>) -> Result) -> Result {
        let context = mill_context(
            pool: pool.pointer, isa: isa.kernelISA, int8_activations: activations != .float32,
            bf16_q8: activations == .bfloat16)
        return withUnsafePointer(to: context, kernel)
    }
}
