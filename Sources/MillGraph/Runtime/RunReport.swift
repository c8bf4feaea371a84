/// What a run did, for people and for machines.
public struct RunReport: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// The sources ended and everything was processed.
        case finished
        /// Stopped from outside; what was on its way was processed.
        case stopped
        /// Stopped from outside at once; what was on its way was dropped and counted.
        case aborted
        case failed(GraphError)
    }

    public let pipeline: String
    public let outcome: Outcome
    /// From the start of the sources to the end.
    public let duration: Duration
    public let nodes: [NodeReport]
    public let edges: [EdgeReport]
    public let paths: [PathReport]
    /// Bytes that were copied between tensors in this process during the run.
    public let bytesCopied: Int
    /// Packets whose processing failed and did not end the run.
    public let failedPackets: Int
    /// The first failures that did not end the run.
    public let failures: [PacketFailure]
    /// What became of the items of a batch run; nil in other runs.
    public let items: ItemCounts?
}

/// A packet that a node could not process.
public struct PacketFailure: Sendable, Hashable {
    public let node: String
    public let key: String
    public let sequence: Int
    public let reason: String

    public init(node: String, key: String, sequence: Int, reason: String) {
        self.node = node
        self.key = key
        self.sequence = sequence
        self.reason = reason
    }
}

public struct NodeReport: Sendable {
    public let name: String
    public let type: String
    /// How often it ran; for sources, how many packets they sent.
    public let count: Int
    /// Runs left out because `when` was false.
    public let skipped: Int
    /// Runs left out because `when` could not be evaluated, or was neither true nor false.
    public let undecided: Int
    public let failed: Int
    public let retried: Int
    public let restarts: Int
    /// Time inside the node.
    public let latency: LatencySummary
    /// Runs per second of the whole run's duration.
    public let perSecond: Double
}

public struct EdgeReport: Sendable {
    public let from: PortReference
    public let to: PortReference
    public let type: PortType
    /// What the sender put on it.
    public let sent: Int
    /// What reached the receiving node.
    public let delivered: Int
    /// Lost to a full queue, or to a receiver that had ended, or to an abort.
    public let dropped: Int
    /// Left out because `when` was false.
    public let skipped: Int
    /// Left out because `when` could not be evaluated, or was neither true nor false.
    public let undecided: Int
    /// Left out by an `exact` join: the others of their set never came.
    public let unmatched: Int
    /// Left out because their deadline had passed.
    public let expired: Int
    /// Replaced by a newer packet before a `latest` input looked at them.
    public let superseded: Int
    public let depth: Int
    public let maximumDepth: Int
    public let queue: QueueSettings
}

/// Latency from a source's emission to the end of a last node's run.
public struct PathReport: Sendable {
    public let source: String
    public let sink: String
    public let latency: LatencySummary
}

/// Percentiles of a latency.
public struct LatencySummary: Sendable, Hashable {
    public let count: Int
    public let p50: Duration
    public let p95: Duration
    public let p99: Duration
    public let maximum: Duration
    public let total: Duration

    public static let empty = LatencySummary(count: 0, p50: .zero, p95: .zero, p99: .zero, maximum: .zero, total: .zero)
}
