import CoreMetrics

/// The run's swift-metrics instruments, made once; they cost next to nothing while no backend is installed.
struct RuntimeCounters: Sendable {
    let nodeTimers: [Timer]
    let nodeFailures: [Counter]
    let sent: [Counter]
    let dropped: [Counter]

    init(_ pipeline: CheckedPipeline) {
        let nodes = pipeline.nodes.map { [("pipeline", pipeline.name), ("node", $0.name)] }
        let edges = pipeline.edges.map { [("pipeline", pipeline.name), ("from", "\($0.from)"), ("to", "\($0.to)")] }
        nodeTimers = nodes.map { Timer(label: "millrace_node_duration", dimensions: $0) }
        nodeFailures = nodes.map { Counter(label: "millrace_node_failures", dimensions: $0) }
        sent = edges.map { Counter(label: "millrace_packets_sent", dimensions: $0) }
        dropped = edges.map { Counter(label: "millrace_packets_dropped", dimensions: $0) }
    }
}
