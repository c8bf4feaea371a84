import Glibc
import MillTensor

/// The memory that this process may use: the machine's, what its control groups grant, or what `MILLRACE_MEMORY` says.
public struct MemoryBudget: Sendable, Hashable {
    /// What sets the limit.
    public enum Bound: String, Sendable, Hashable {
        case machine
        case cgroup
        /// `MILLRACE_MEMORY`.
        case environment
    }

    /// Bytes that new data may take now: pages of files that make room count as free.
    public let freeByteCount: Int
    /// Bytes in all.
    public let totalByteCount: Int
    /// What sets ``totalByteCount``.
    public let bound: Bound

    package init(freeByteCount: Int, totalByteCount: Int, bound: Bound) {
        self.freeByteCount = freeByteCount
        self.totalByteCount = totalByteCount
        self.bound = bound
    }

    /// As of now. `MILLRACE_MEMORY` takes the place of what is measured.
    public static func now() -> MemoryBudget {
        // Here there is nobody to tell of a wrong value; `checkEnvironment()` does.
        if let text = environment, let bytes = ByteCount.parse(text) {
            return MemoryBudget(freeByteCount: max(0, bytes - ownByteCount), totalByteCount: bytes, bound: .environment)
        }
        return measured(root: "/")
    }

    /// Whether the environment's limit can be read; programs ask at their start.
    ///
    /// - Throws: ``ComputeError/invalidMemory(_:)``.
    public static func checkEnvironment() throws(ComputeError) {
        guard let text = environment, ByteCount.parse(text) == nil else { return }
        throw .invalidMemory(text)
    }

    /// - Parameter root: the folder in which `proc` and `sys` are looked up.
    package static func measured(root: String) -> MemoryBudget {
        let limits = CgroupLimits(root: root)
        let page = max(0, sysconf(Int32(_SC_PAGESIZE)))
        let physical = max(0, sysconf(Int32(_SC_PHYS_PAGES))) * page
        // What the kernel estimates to be free for new data; the pages that nothing holds where it does not say.
        let free =
            available(root == "/" ? "/proc/meminfo" : "\(root)/proc/meminfo") ?? max(0, sysconf(Int32(_SC_AVPHYS_PAGES))) * page
        let total = min(physical, limits.memoryByteCount ?? .max)
        return MemoryBudget(
            freeByteCount: min(free, limits.freeMemoryByteCount ?? .max), totalByteCount: total,
            bound: total < physical ? .cgroup : .machine)
    }

    private static var environment: String? {
        getenv("MILLRACE_MEMORY").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What this process holds in memory that is no file's.
    private static var ownByteCount: Int {
        guard let file = fopen("/proc/self/statm", "re") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let pages = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ").compactMap { Int($0) }
        // All pages that are resident, less those that are shared.
        return pages.count > 2 ? max(0, pages[1] - pages[2]) * max(0, sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    private static func available(_ path: String) -> Int? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .split(whereSeparator: \.isWhitespace)
            if words.count > 1, words[0] == "MemAvailable:", let kibibytes = Int(words[1]), kibibytes >= 0 {
                return kibibytes.multipliedReportingOverflow(by: 1024).overflow ? nil : kibibytes << 10
            }
        }
        return nil
    }
}

extension MemoryBudget: CustomStringConvertible {
    /// `3.1 GiB free of 4.0 GiB (cgroup limit)`.
    public var description: String {
        let source =
            switch bound {
            case .machine: "free of \(ByteCount.text(totalByteCount)) in this machine"
            case .cgroup: "free of \(ByteCount.text(totalByteCount)), the cgroup's limit"
            case .environment: "left of \(ByteCount.text(totalByteCount)), as MILLRACE_MEMORY says"
            }
        return "\(ByteCount.text(freeByteCount)) \(source)"
    }
}
