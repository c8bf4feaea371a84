import Glibc

/// The limits that control groups, version 1 or 2, set on this process: the smallest on the way to the root.
package struct CgroupLimits: Sendable, Hashable {
    /// Processors' worth of time; nil without a limit.
    package var processors: Double?
    package var memoryByteCount: Int?
    /// Bytes that this process may still take, of what the groups grant: less what they use, but for pages of files, which
    /// make room; nil without a limit.
    package var freeMemoryByteCount: Int?

    /// - Parameter root: the folder in which `proc` and `sys` are looked up.
    package init(root: String) {
        let root = root.hasSuffix("/") ? String(root.dropLast()) : root
        for line in (Self.read("\(root)/proc/self/cgroup") ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            for path in Self.ancestors(String(fields[2])) {
                if fields[1].isEmpty {
                    addVersion2(folder: "\(root)/sys/fs/cgroup\(path)")
                } else {
                    if controllers.contains("cpu") { addProcessors1(folder: "\(root)/sys/fs/cgroup/cpu\(path)") }
                    if controllers.contains("memory") {
                        let folder = "\(root)/sys/fs/cgroup/memory\(path)"
                        addMemory(
                            limit: "\(folder)/memory.limit_in_bytes", usage: "\(folder)/memory.usage_in_bytes",
                            statistics: "\(folder)/memory.stat", files: ["total_inactive_file", "total_active_file"])
                    }
                }
            }
        }
    }

    private mutating func addVersion2(folder: String) {
        if let fields = Self.read("\(folder)/cpu.max")?.split(whereSeparator: \.isWhitespace), fields.count == 2 {
            addProcessors(quota: Double(fields[0]), period: Double(fields[1]))
        }
        addMemory(
            limit: "\(folder)/memory.max", usage: "\(folder)/memory.current", statistics: "\(folder)/memory.stat",
            files: ["inactive_file", "active_file"])
    }

    private mutating func addProcessors1(folder: String) {
        addProcessors(
            quota: Self.read("\(folder)/cpu.cfs_quota_us").flatMap(Self.number),
            period: Self.read("\(folder)/cpu.cfs_period_us").flatMap(Self.number))
    }

    private mutating func addProcessors(quota: Double?, period: Double?) {
        guard let quota, let period, quota > 0, period > 0, quota.isFinite else { return }
        processors = min(processors ?? .infinity, quota / period)
    }

    private mutating func addMemory(limit: String, usage: String, statistics: String, files: Set<Substring>) {
        // Version 1 writes "no limit" as the greatest multiple of a page.
        guard let limit = Self.read(limit).flatMap(Self.number), limit > 0, limit < 0x1p60 else { return }
        memoryByteCount = min(memoryByteCount ?? .max, Int(limit))
        let used = Self.read(usage).flatMap(Self.number) ?? 0
        var reclaimable = 0.0
        for line in (Self.read(statistics) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, files.contains(words[0]), let bytes = Double(words[1]), bytes > 0 { reclaimable += bytes }
        }
        let free = limit - max(0, used - reclaimable)
        freeMemoryByteCount = min(freeMemoryByteCount ?? .max, free > 0 ? Int(min(free, limit)) : 0)
    }

    private static func number(_ text: String) -> Double? { Double(text.prefix { !$0.isWhitespace }) }

    /// `/a/b` gives `/a/b`, `/a` and the root, which is empty.
    private static func ancestors(_ path: String) -> [String] {
        let parts = path.split(separator: "/")
        return (0...parts.count).reversed().map { parts.prefix($0).map { "/\($0)" }.joined() }
    }

    private static func read(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
