import Glibc
import MillInference
import MillTensor
import MillValue

/// How long a vision-language model takes for one picture, from the file to the finished JSON.
package struct HearthSpeed: EvaluationReport {
    /// The times of one number of threads, in milliseconds: medians over the pictures.
    package struct Row: Sendable {
        let threadCount: Int
        let pictureCount: Int
        let total: Double
        /// Of all threads together; on a busy machine more to be trusted than the clock.
        let processor: Double
        let decoding: Double
        let vision: Double
        /// Text and grounding.
        let text: Double
    }

    private let rows: [Row]

    package init(_ rows: [Row]) { self.rows = rows }

    package var markdown: String {
        Markdown.table(
            ["one picture, median ms", "pictures", "file to JSON", "processor time", "decoding", "vision", "text"],
            rows.map { row in
                ["\(row.threads)", "\(row.pictureCount)"]
                    + [row.total, row.processor, row.decoding, row.vision, row.text].map { Markdown.decimal($0) }
            })
    }

    package var value: Value {
        .map(
            ValueMap(
                rows.map { row in
                    (
                        row.threads,
                        [
                            "pictures": .int(row.pictureCount), "total_ms": .double(row.total),
                            "processor_ms": .double(row.processor), "decoding_ms": .double(row.decoding),
                            "vision_ms": .double(row.vision), "text_ms": .double(row.text),
                        ]
                    )
                }))
    }

    package var headlines: [Headline] { rows.map { Headline("ms, \($0.threads)", $0.total, .amount) } }
}

extension HearthSpeed.Row {
    fileprivate var threads: String { threadCount.counted("thread") }
}

extension HearthExaminer {
    /// Describes the first pictures of a folder one by one, after one that is not counted.
    package func speed(in folder: String, count: Int, isCancelled: () -> Bool) throws -> HearthSpeed.Row {
        let files = try groundTruth(of: folder).frames.keys.sorted().prefix(count)
        if let first = files.first { _ = try describe(try host.look(at: Self.pixels("\(folder)/\(first)"))) }
        var times: [[Double]] = []
        for file in files {
            guard !isCancelled() else { throw CancellationError() }
            let (start, processorStart) = (Self.milliseconds(CLOCK_MONOTONIC), Self.milliseconds(CLOCK_PROCESS_CPUTIME_ID))
            let pixels = try Self.pixels("\(folder)/\(file)")
            let decoded = Self.milliseconds(CLOCK_MONOTONIC)
            let picture = try host.look(at: pixels)
            let seen = Self.milliseconds(CLOCK_MONOTONIC)
            _ = try describe(picture).json()
            let end = Self.milliseconds(CLOCK_MONOTONIC)
            let processor = Self.milliseconds(CLOCK_PROCESS_CPUTIME_ID) - processorStart
            times.append([end - start, processor, decoded - start, seen - decoded, end - seen])
        }
        let medians = (0..<5).map { column in times.map { $0[column] }.sorted()[times.count / 2] }
        return HearthSpeed.Row(
            threadCount: threadCount, pictureCount: times.count, total: medians[0], processor: medians[1],
            decoding: medians[2], vision: medians[3], text: medians[4])
    }

    private static func milliseconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}
