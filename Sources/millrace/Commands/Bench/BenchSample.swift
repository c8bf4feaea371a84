import Glibc

/// What one measured piece of work took.
struct BenchSample {
    /// Seconds by the clock.
    let seconds: Double
    /// Seconds of processor time, over all threads.
    let processorSeconds: Double
    /// Pages that had to be read from a file.
    let majorFaults: Int

    static func measure(_ body: () throws -> Void) rethrows -> BenchSample {
        let (wall, processor, faults) = (seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID), majorFaultCount())
        try body()
        return BenchSample(
            seconds: seconds(CLOCK_MONOTONIC) - wall, processorSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID) - processor,
            majorFaults: majorFaultCount() - faults)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func majorFaultCount() -> Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_majflt
    }
}

/// What the kernel says of this process's memory, in bytes.
struct ResidentMemory {
    /// The most that was resident at any time.
    let peak: Int
    /// Memory of its own.
    let anonymous: Int
    /// Pages of mapped files.
    let file: Int

    /// nil where `/proc` does not say.
    static var current: ResidentMemory? {
        guard let stream = fopen("/proc/self/status", "re") else { return nil }
        defer { fclose(stream) }
        var fields: [String: Int] = [:]
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), stream) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                .split(whereSeparator: \.isWhitespace)
            if words.count > 1, let kibibytes = Int(words[1]) { fields[String(words[0])] = kibibytes << 10 }
        }
        guard let peak = fields["VmHWM:"], let anonymous = fields["RssAnon:"], let file = fields["RssFile:"] else { return nil }
        return ResidentMemory(peak: peak, anonymous: anonymous, file: file)
    }
}
