/// Counts latencies in buckets of at most 3 % width, so that percentiles need a fixed amount of memory.
struct LatencyHistogram {
    /// 32 buckets per power of two of nanoseconds, up to 2^44 ns (about five hours).
    private static let bucketsPerOctave = 32
    private var buckets = [UInt32](repeating: 0, count: 40 * bucketsPerOctave)
    private(set) var count = 0
    private var total: Int64 = 0
    private var maximum: Int64 = 0

    mutating func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = max(0, min(seconds, 1 << 30) * 1_000_000_000 + attoseconds / 1_000_000_000)
        buckets[Self.bucket(of: nanoseconds)] &+= 1
        count += 1
        total &+= nanoseconds
        maximum = max(maximum, nanoseconds)
    }

    var summary: LatencySummary {
        guard count > 0 else { return .empty }
        return LatencySummary(
            count: count, p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99),
            maximum: .nanoseconds(maximum), total: .nanoseconds(total))
    }

    /// The upper end of the bucket in which the percentile lies, at most the maximum.
    private func percentile(_ fraction: Double) -> Duration {
        let rank = max(1, Int((Double(count) * fraction).rounded(.up)))
        var seen = 0
        for (index, bucket) in buckets.enumerated() {
            seen += Int(bucket)
            if seen >= rank { return .nanoseconds(min(Self.upperEnd(of: index), maximum)) }
        }
        return .nanoseconds(maximum)
    }

    private static func bucket(of value: Int64) -> Int {
        guard value >= Int64(bucketsPerOctave) else { return Int(value) }
        let octave = 63 - value.leadingZeroBitCount - 5
        let index = (octave << 5) + Int(value >> octave)
        return min(index, 40 * bucketsPerOctave - 1)
    }

    private static func upperEnd(of index: Int) -> Int64 {
        guard index >= 2 * bucketsPerOctave else { return Int64(index) }
        let octave = (index >> 5) - 1
        return (Int64(index - octave << 5) + 1) << octave - 1
    }
}
