/// What happens to a packet for which an edge's queue has no room.
public enum QueuePolicy: String, Sendable, Hashable, CaseIterable {
    /// The sender waits.
    case block
    /// The oldest packet of the queue makes room and is counted as dropped.
    case dropOldest = "drop_oldest"
    /// The new packet is counted as dropped.
    case dropNewest = "drop_newest"
    /// The run fails.
    case error
}

/// The queue of an edge.
public struct QueueSettings: Sendable, Hashable {
    /// How many packets it holds.
    public let size: Int
    public let policy: QueuePolicy

    public static let `default` = QueueSettings(size: 4, policy: .block)
    public static let maximumSize = 65_536
}

/// What happens when an `exact` input has waited for the others of its set longer than its timeout.
public enum TimeoutAction: String, Sendable, Hashable, CaseIterable {
    /// The incomplete set is dropped and counted.
    case skip
    /// The node runs without the missing packets.
    case partial
    /// The run fails.
    case fail
}

/// What happens when a node throws.
public enum ErrorPolicy: Sendable, Hashable {
    /// The run fails.
    case fail
    /// The packet is dropped and counted as failed.
    case skip
    /// The node is called again with the same packet, after a delay; when all attempts have failed, the run fails.
    case retry(attempts: Int, delay: Duration)
    /// The packet is counted as failed, and a record of it goes to the node's output `dead_letter`.
    case deadLetter
}

/// Whether and when a source that failed is started again.
public struct RestartPolicy: Sendable, Hashable {
    /// Whether it is restarted at all.
    public let onFailure: Bool
    /// The first wait; it doubles with each failure in a row, with up to ± 20 % of jitter.
    public let delay: Duration
    public let maximumDelay: Duration
    /// How long a (re)started source may take to send its first packet; nil: as long as it likes.
    public let startupTimeout: Duration?
    /// After so many failures in a row the run fails; nil never gives up.
    public let maximumAttempts: Int?
}

/// How many packets a node takes at once.
public struct BatchSettings: Sendable, Hashable {
    /// At most so many.
    public let size: Int
    /// How long the first of them waits for the others; zero takes what is there.
    public let timeout: Duration

    public static let maximumSize = 4096
}

/// The file's `run` section.
public struct RunSettings: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Packets flow as they come, and a failure ends the run unless a node says otherwise.
        case stream
        /// Each packet of a source is an item that succeeds or fails by itself; see ``ItemReport``.
        case batch
    }

    public enum Network: String, Sendable, Hashable, CaseIterable {
        case allow
        /// Connections that leave the process are refused when the file is checked, and `millrace run` has the kernel refuse
        /// them while it runs; a program that embeds the graph sees to that itself.
        case deny
    }

    public let mode: Mode
    public let network: Network
    /// The longest time that the run may take.
    public let deadline: Duration?
    /// In a batch run, the longest time in which nodes may work on an item; its time in queues does not count.
    public let documentTimeout: Duration?
    /// In a batch run, the absolute path of the file that remembers which items are done; nil remembers nothing.
    public let ledger: String?
    /// For nodes that do not say it themselves.
    public let onError: ErrorPolicy

    public static let `default` = RunSettings(
        mode: .stream, network: .allow, deadline: nil, documentTimeout: nil, ledger: nil, onError: .fail)
}
