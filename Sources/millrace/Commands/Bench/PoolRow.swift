import MillNodes
import MillValue

/// How long operations without work take on one number of threads.
struct PoolRow {
    let threadCount: Int
    /// Nanoseconds, ascending; at least one.
    let times: [Int64]

    /// The time that the share `quantile` of operations does not exceed, in microseconds.
    private func microseconds(_ quantile: Double) -> Double {
        Double(times[min(Int(Double(times.count) * quantile), times.count - 1)]) / 1000
    }

    static func text(_ rows: [PoolRow]) -> String {
        var table = TextTable(header: ["threads", "p50 µs", "p99 µs", "most µs"])
        for row in rows {
            table.add(["\(row.threadCount)"] + [0.5, 0.99, 1].map { RunSummary.decimal(row.microseconds($0)) })
        }
        return table.text
    }

    static func value(_ rows: [PoolRow]) -> Value {
        [
            "pool": .list(
                rows.map { row in
                    [
                        "threads": .int(row.threadCount), "jobs": .int(row.times.count),
                        "p50Microseconds": .double(row.microseconds(0.5)),
                        "p99Microseconds": .double(row.microseconds(0.99)), "mostMicroseconds": .double(row.microseconds(1)),
                    ]
                })
        ]
    }
}
