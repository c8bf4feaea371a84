import MillTensor
import MillValue

extension Engine {
    /// The figures so far, or of the whole run.
    func report() -> RunReport {
        monitor.withLock {
            let duration = (endTime ?? clock.now) - startTime
            return RunReport(
                pipeline: pipeline.name, outcome: outcome ?? .finished, duration: duration,
                nodes: nodes.map { $0.report(duration: duration) }, edges: edges.map(\.report),
                paths: paths.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { path, latency in
                    PathReport(
                        source: nodes[path[0]].checked.name, sink: nodes[path[1]].checked.name, latency: latency.summary)
                },
                bytesCopied: CopyAccounting.shared.byteCount - copiedAtStart, failedPackets: failedPackets, failures: failures,
                items: items?.counts)
        }
    }
}
