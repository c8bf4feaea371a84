import Foundation
import MillCompute
import Testing

@Suite("Hardware profile")
struct HardwareProfileTests {
    /// Limits read from a folder that holds these files.
    private func limits(_ files: [String: String]) throws -> CgroupLimits {
        let root = FileManager.default.temporaryDirectory.appending(path: "mill-cgroup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, content) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content.utf8).write(to: file)
        }
        return CgroupLimits(root: root.path)
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
}
