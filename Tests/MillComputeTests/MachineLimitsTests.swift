import MillCompute
import Testing

@Suite("What the machine can do at most")
struct MachineLimitsTests {
    @Test("every limit of every instruction set is a positive number", arguments: ISA.available)
    func positive(isa: ISA) throws {
        let limits = try MachineLimits.measure(Compute(threads: 2, isa: isa))
        #expect(limits.isa == isa && (1...2).contains(limits.threadCount))
        let optional = [limits.bfloat16Rate, limits.tileInt8Rate, limits.tileBFloat16Rate].compactMap(\.self)
        for rate in [limits.readBandwidth, limits.int8Rate, limits.float32Rate] + optional {
            #expect(rate > 0 && rate.isFinite)
        }
    }

    @Test("AMX is measured exactly where it is")
    func tiles() throws {
        let limits = try MachineLimits.measure(threads: 1)
        #expect((limits.tileInt8Rate != nil) == ISA.amx.isAvailable)
        #expect((limits.tileBFloat16Rate != nil) == ISA.amx.isAvailable)
        if ISA.avx512bf16.isAvailable { #expect(limits.bfloat16Rate != nil) }
    }

    @Test("every job has a time, and they ascend", arguments: [1, 3])
    func jobs(threads: Int) throws {
        let compute = try Compute(threads: threads)
        let times = MachineLimits.jobTimes(compute, jobs: 500)
        #expect(times.count == 500 && times == times.sorted())
        #expect(times.allSatisfy { $0 >= 0 })
        #expect(MachineLimits.jobTimes(compute, jobs: 0).isEmpty)
    }
}
