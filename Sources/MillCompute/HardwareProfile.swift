import CMillKernels
import Glibc

/// What this process may use of the machine.
public struct HardwareProfile: Sendable, Hashable {
    /// `x86_64`, `arm64`.
    public let architecture: String
    /// Instruction sets with kernels of their own, the reference first.
    public let isas: [ISA]
    /// Processors that are online.
    public let processorCount: Int
    /// Processors in this thread's affinity mask.
    public let affinityCount: Int
    /// Processors' worth of time that the cgroups grant; nil without a limit.
    public let quota: Double?
    /// Bytes of physical memory.
    public let memoryByteCount: Int
    /// Bytes that the cgroups grant; nil without a limit.
    public let memoryLimitByteCount: Int?

    /// Whether a file of that size, once it has been read, would crowd out of memory what is needed more.
    package func isLarge(byteCount: Int) -> Bool {
        byteCount > min(memoryByteCount, memoryLimitByteCount ?? .max) / 3
    }

    /// Threads that compute side by side without being throttled: the affinity mask, and the quota rounded up.
    public var threadCount: Int {
        guard let quota, quota < Double(affinityCount) else { return affinityCount }
        return max(1, Int(quota.rounded(.up)))
    }

    /// ``threadCount``, or `MILLRACE_THREADS` if that is less.
    public var usableThreadCount: Int {
        guard let value = getenv("MILLRACE_THREADS").flatMap({ Int(String(cString: $0)) }), value > 0 else { return threadCount }
        return min(value, threadCount)
    }

    /// The profile of this process when it was first asked for.
    public static let current = HardwareProfile(limits: CgroupLimits(root: "/"))

    package init(limits: CgroupLimits) {
        #if arch(x86_64)
            architecture = "x86_64"
        #elseif arch(arm64)
            architecture = "arm64"
        #else
            architecture = "unknown"
        #endif
        isas = ISA.available
        processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        affinityCount = max(1, Int(mill_affinity_count()))
        quota = limits.processors
        memoryByteCount = max(0, sysconf(Int32(_SC_PHYS_PAGES))) * max(0, sysconf(Int32(_SC_PAGESIZE)))
        memoryLimitByteCount = limits.memoryByteCount
    }
}
