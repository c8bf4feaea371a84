import CMillKernels
import Glibc

/// What this machine can do at most on some threads, measured: the roof (Williams, Waterman and Patterson 2009) that a
/// model's speed is held against.
///
/// ```swift
/// let limits = try MachineLimits.measure(threads: 4)
/// ```
/// A measurement takes some hundred milliseconds; on a machine that does other work besides, it gives what is left.
public struct MachineLimits: Sendable, Hashable {
    public let isa: ISA
    /// Threads that were measured together.
    public let threadCount: Int
    /// Bytes per second read from memory, outside the caches.
    public let readBandwidth: Double
    /// Multiply-adds of bytes per second with the instructions that ``isa`` has for them, all operands in registers.
    public let int8Rate: Double
    /// Fused multiply-adds of F32 per second with the vectors of ``isa``.
    public let float32Rate: Double
    /// Multiply-adds of BF16 per second; nil on processors without.
    public let bfloat16Rate: Double?
    /// Multiply-adds of bytes per second in AMX tiles; nil on processors without.
    public let tileInt8Rate: Double?
    /// Multiply-adds of BF16 per second in AMX tiles; nil on processors without.
    public let tileBFloat16Rate: Double?

    /// Measures with the fastest instruction set, or the one that `MILLRACE_ISA` names.
    ///
    /// - Throws: ``ComputeError/isaUnavailable(requested:available:)``, or ``ComputeError/outOfMemory(operation:)`` where the
    ///   buffer to be read does not fit.
    public static func measure(threads: Int? = nil) throws(ComputeError) -> MachineLimits {
        try measure(Compute(threads: threads))
    }

    /// Measures the instruction set and the threads of `compute`.
    ///
    /// - Throws: ``ComputeError/outOfMemory(operation:)`` where the buffer to be read does not fit.
    public static func measure(_ compute: Compute) throws(ComputeError) -> MachineLimits {
        let bandwidth = compute.call { mill_measure_read($0, bufferByteCount) }
        guard bandwidth > 0 else { throw .outOfMemory(operation: "measuring the memory") }
        return MachineLimits(
            isa: compute.isa, threadCount: compute.threadCount, readBandwidth: bandwidth,
            int8Rate: rate(MILL_PEAK_INT8, compute), float32Rate: rate(MILL_PEAK_F32, compute),
            bfloat16Rate: optionalRate(MILL_PEAK_BF16, compute), tileInt8Rate: optionalRate(MILL_PEAK_TILE_INT8, compute),
            tileBFloat16Rate: optionalRate(MILL_PEAK_TILE_BF16, compute))
    }

    private static func rate(_ peak: mill_peak, _ compute: Compute) -> Double {
        compute.call { mill_measure_peak($0, peak) }
    }

    private static func optionalRate(_ peak: mill_peak, _ compute: Compute) -> Double? {
        let rate = rate(peak, compute)
        return rate > 0 ? rate : nil
    }

    /// Nanoseconds of each of `jobs` empty operations of `chunks` chunks, one right after the other, in ascending order.
    public static func jobTimes(_ compute: Compute, jobs: Int, chunks: Int = 4) -> [Int64] {
        var times = [Int64](repeating: 0, count: max(jobs, 0))
        let count = times.count
        times.withUnsafeMutableBufferPointer { buffer in
            if let first = buffer.baseAddress { mill_measure_jobs(compute.pool.pointer, max(chunks, 0), first, count) }
        }
        return times.sorted()
    }

    /// Four times the last cache, so that it holds no more than a small part; at most a quarter of the memory that is free.
    private static var bufferByteCount: Int {
        let cache = max(0, sysconf(Int32(_SC_LEVEL3_CACHE_SIZE)), sysconf(Int32(_SC_LEVEL2_CACHE_SIZE)))
        let wanted = max(4 * cache, 256 << 20)
        return max(1 << 20, min(wanted, MemoryBudget.measured(root: "/").freeByteCount / 4))
    }
}
