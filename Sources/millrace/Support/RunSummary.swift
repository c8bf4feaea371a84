import Glibc
import MillGraph
import MillNodes
import MillValue

/// What a run did, as text, as JSON and as a page.
struct RunSummary {
    let report: RunReport
    let pipeline: CheckedPipeline
    let journal: RunJournal
    /// Where the report page was written.
    private var page: String?

    init(report: RunReport, pipeline: CheckedPipeline, journal: RunJournal) {
        self.report = report
        self.pipeline = pipeline
        self.journal = journal
    }

    private static let nodeHeader = ["node", "type", "runs", "p50 ms", "p95 ms", "per second", "failed"]
    private static let edgeHeader = ["edge", "sent", "dropped", "skipped", "undecided", "deepest queue"]

    /// Empty for a run that failed before anything could be measured.
    var text: String {
        guard hasProcessed else {
            if let items = itemLine { return "\n\(items)" }
            if case .failed = report.outcome { return "" }
            return "No frame was processed."
        }
        var parts: [String] = []
        parts.append(Self.table(Self.nodeHeader, nodeRows))
        let busy = report.edges.filter { $0.dropped + $0.expired + $0.unmatched + $0.skipped + $0.undecided > 0 }
        parts.append(
            busy.isEmpty
                ? "No edge dropped a packet (\(report.edges.count) edges)."
                : Self.table(Self.edgeHeader, busy.map(Self.row)))
        parts += conditionLines
        parts.append(pathLine)
        parts.append("Bytes copied between tensors: \(report.bytesCopied).")
        if let items = itemLine { parts.append(items) }
        if let scores = journal.scores { parts.append(Self.table(ScoreTable.header, ScoreTable.rows(scores))) }
        if let missing = journal.missingScores { parts.append(missing) }
        if let page { parts[parts.count - 1] += "\nReport: \(Self.shown(page).visible(keepingLines: false))" }
        return "\n" + parts.joined(separator: "\n\n")
    }

    /// What became of the items of a batch.
    private var itemLine: String? {
        report.items.map { items in
            let open = items.begun - items.succeeded - items.failed - items.left
            var parts = ["\(items.succeeded) succeeded", "\(items.failed) failed"]
            for (count, what) in [(items.doneBefore, "done before"), (open, "broken off"), (items.left, "not begun")]
            where count > 0 {
                parts.append("\(count) \(what)")
            }
            return "Items: \(parts.joined(separator: ", "))."
        }
    }

    /// Whether a frame came through, or where no report is kept, anything at all; or conditions left something out, which
    /// may be why nothing came.
    private var hasProcessed: Bool {
        let isLeftOut =
            report.nodes.contains { $0.skipped + $0.undecided > 0 } || report.edges.contains { $0.skipped + $0.undecided > 0 }
        guard !isLeftOut else { return true }
        guard !journal.isConfigured else { return !journal.frames.isEmpty }
        return report.nodes.contains { !$0.type.hasPrefix("source.") && $0.count > 0 }
    }

    var json: Value {
        var result: ValueMap = [
            "pipeline": .string(report.pipeline), "seconds": .double(report.duration.inSeconds),
            "outcome": .string(outcome), "bytesCopied": .int(report.bytesCopied), "failedPackets": .int(report.failedPackets),
            "nodes": .list(report.nodes.map(Self.value)), "edges": .list(report.edges.map(Self.value)),
        ]
        if let items = report.items {
            result["items"] = [
                "begun": .int(items.begun), "succeeded": .int(items.succeeded), "failed": .int(items.failed),
                "doneBefore": .int(items.doneBefore), "left": .int(items.left),
            ]
        }
        if let scores = journal.scores { result["score"] = scores }
        if let page { result["page"] = .string(page) }
        return .map(result)
    }

    /// Writes the page of the `sink.report` node, where the pipeline has one.
    mutating func writePage() throws {
        guard journal.pagePath != nil else { return }
        page = try journal.writePage(
            title: pipeline.name, summary: pipeline.summary, graph: pipeline.svg(),
            tables: [
                ("Latency per node", Self.nodeHeader, nodeRows), ("Edges", Self.edgeHeader, report.edges.map(Self.row)),
            ], failures: report.failures)
    }

    /// The path as one would type it here.
    private static func shown(_ path: String) -> String {
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        let folder = String(cString: current) + "/"
        return path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
    }

    private var outcome: String {
        switch report.outcome {
        case .finished: "finished"
        case .stopped: "stopped"
        case .aborted: "aborted"
        case .failed(let error): "failed: \(error)"
        }
    }

    /// What the conditions of nodes left out, and which conditions had no answer.
    private var conditionLines: [String] {
        let skipped = report.nodes.filter { $0.skipped > 0 }.map { "\($0.name) \($0.skipped) runs" }
        let undecided =
            report.nodes.filter { $0.undecided > 0 }.map { "node \($0.name) \($0.undecided) times" }
            + report.edges.filter { $0.undecided > 0 }.map { "input \($0.to) \($0.undecided) times" }
        var lines: [String] = []
        if !skipped.isEmpty { lines.append("Left out because 'when' was false: \(skipped.joined(separator: ", ")).") }
        if !undecided.isEmpty {
            lines.append("A 'when' without an answer counted as false: \(undecided.joined(separator: ", ")); the log says why.")
        }
        return lines
    }

    private var pathLine: String {
        let frames = report.nodes.filter { $0.type.hasPrefix("source.") }.map(\.count).reduce(0, +)
        let perSecond = report.duration > .zero ? Double(frames) / report.duration.inSeconds : 0
        return
            "\(frames.counted(report.items == nil ? "frame" : "item")) in \(Self.decimal(report.duration.inSeconds)) s, \(Self.decimal(perSecond)) per second."
    }

    private var nodeRows: [[String]] {
        report.nodes.map { node in
            [
                node.name, node.type, "\(node.count)", Self.decimal(node.latency.p50.inMilliseconds),
                Self.decimal(node.latency.p95.inMilliseconds), Self.decimal(node.perSecond), "\(node.failed)",
            ]
        }
    }

    private static func row(_ edge: EdgeReport) -> [String] {
        [
            "\(edge.from) → \(edge.to) (\(edge.type))", "\(edge.sent)", "\(edge.dropped + edge.expired + edge.unmatched)",
            "\(edge.skipped)", "\(edge.undecided)", "\(edge.maximumDepth) of \(edge.queue.size)",
        ]
    }

    private static func value(_ node: NodeReport) -> Value {
        [
            "name": .string(node.name), "type": .string(node.type), "runs": .int(node.count), "skipped": .int(node.skipped),
            "undecided": .int(node.undecided), "failed": .int(node.failed), "p50ms": .double(node.latency.p50.inMilliseconds),
            "p95ms": .double(node.latency.p95.inMilliseconds), "p99ms": .double(node.latency.p99.inMilliseconds),
            "perSecond": .double(node.perSecond),
        ]
    }

    private static func value(_ edge: EdgeReport) -> Value {
        [
            "from": .string("\(edge.from)"), "to": .string("\(edge.to)"), "type": .string("\(edge.type)"),
            "sent": .int(edge.sent), "delivered": .int(edge.delivered), "dropped": .int(edge.dropped),
            "skipped": .int(edge.skipped), "undecided": .int(edge.undecided), "unmatched": .int(edge.unmatched),
            "expired": .int(edge.expired),
            "superseded": .int(edge.superseded), "maximumDepth": .int(edge.maximumDepth),
        ]
    }

    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        var table = TextTable(header: header)
        for row in rows { table.add(row) }
        return table.text
    }

    static func decimal(_ number: Double) -> String {
        let digits = number < 10 ? 100.0 : 10.0
        return "\((number * digits).rounded() / digits)"
    }
}
