import Foundation
import MillCompute
import Testing

@Suite("Hardware profile")
struct HardwareProfileTests {
    /// Limits read from a folder that holds these files.
    private func limits(_ files: [String: String]) throws -> CgroupLimits { try read(files, CgroupLimits.init(root:)) }

    private func read<Result>(_ files: [String: String], _ read: (String) -> Result) throws -> Result {
        let root = FileManager.default.temporaryDirectory.appending(path: "mill-cgroup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, content) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content.utf8).write(to: file)
        }
        return read(root.path)
    }

    @Test("version 2: the smallest quota on the way to the root counts")
    func version2() throws {
        let limits = try limits([
            "proc/self/cgroup": "0::/system.slice/app.service\n",
            "sys/fs/cgroup/system.slice/app.service/cpu.max": "max 100000\n",
            "sys/fs/cgroup/system.slice/app.service/memory.max": "max\n",
            "sys/fs/cgroup/system.slice/cpu.max": "150000 100000\n",
            "sys/fs/cgroup/system.slice/memory.max": "536870912\n",
            "sys/fs/cgroup/cpu.max": "300000 100000\n",
        ])
        #expect(limits.processors == 1.5)
        #expect(limits.memoryByteCount == 536_870_912)
        #expect(HardwareProfile(limits: limits).threadCount == min(2, HardwareProfile.current.affinityCount))
    }

    @Test("version 1: quota over period, -1 means none")
    func version1() throws {
        let limits = try limits([
            "proc/self/cgroup": "5:memory:/box\n4:cpu,cpuacct:/box\n1:name=systemd:/box\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ])
        #expect(limits.processors == 0.5)
        #expect(limits.memoryByteCount == nil)
        #expect(HardwareProfile(limits: limits).threadCount == 1)
    }

    @Test(
        "without limits, or with nonsense for limits, the affinity mask decides",
        arguments: ["max 100000", "inf 1", "x", "0 0", ""])
    func none(content: String) throws {
        let limits = try limits(["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": content])
        #expect(limits.processors == nil)
        let profile = HardwareProfile(limits: limits)
        #expect(profile.threadCount == profile.affinityCount)
        #expect(profile.isas.first == .scalar)
        #expect(profile.memoryByteCount > 0)
    }

    @Test("a request for fewer threads is honoured, one for more is limited")
    func request() throws {
        #expect(try Compute(threads: 1).threadCount == 1)
        #expect(try Compute(threads: 100_000).threadCount <= HardwareProfile.current.threadCount)
    }

    @Test("of a memory limit, what is used counts as taken but for pages of files; the tightest group counts")
    func freeMemory() throws {
        let two = try limits([
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/b/memory.max": "1000000\n", "sys/fs/cgroup/a/b/memory.current": "700000\n",
            "sys/fs/cgroup/a/b/memory.stat": "anon 300000\ninactive_file 150000\nactive_file 50000\nfile 250000\n",
            "sys/fs/cgroup/a/memory.max": "2000000\n", "sys/fs/cgroup/a/memory.current": "1900000\n",
        ])
        #expect(two.memoryByteCount == 1_000_000)
        #expect(two.freeMemoryByteCount == 100_000)
        let one = try limits([
            "proc/self/cgroup": "4:memory:/box\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "1000000\n",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": "900000\n",
            "sys/fs/cgroup/memory/box/memory.stat": "inactive_file 1\ntotal_inactive_file 200000\ntotal_active_file 100000\n",
        ])
        #expect(one.freeMemoryByteCount == 400_000)
        let full = try limits([
            "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "10\n", "sys/fs/cgroup/memory.current": "30\n",
        ])
        #expect(full.freeMemoryByteCount == 0)
        #expect(try limits(["proc/self/cgroup": "0::/\n"]).freeMemoryByteCount == nil)
    }

    @Test("the memory budget is the machine's, or the cgroup's where that is less")
    func budget() throws {
        let files = ["proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    2000 kB\n", "proc/self/cgroup": "0::/\n"]
        let machine = try read(files, MemoryBudget.measured(root:))
        #expect(machine.freeByteCount == 2000 << 10 && machine.bound == .machine && machine.totalByteCount > 0)
        let group = try read(
            files.merging(["sys/fs/cgroup/memory.max": "1500000\n", "sys/fs/cgroup/memory.current": "500000\n"]) { $1 },
            MemoryBudget.measured(root:))
        #expect(group.freeByteCount == 1_000_000 && group.totalByteCount == 1_500_000 && group.bound == .cgroup)
        #expect("\(group)".contains("the cgroup's limit"))
        #expect(MemoryBudget.now().freeByteCount > 0)
    }
}
