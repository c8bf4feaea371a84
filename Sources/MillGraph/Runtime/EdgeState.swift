/// What the engine knows of an edge. Guarded by the engine's lock.
final class EdgeState: @unchecked Sendable {
    let checked: CheckedEdge
    var queue = PacketQueue()
    /// What a full queue with `policy: block` did not take yet; while there is any, the sender does not run.
    var overflow = PacketQueue()
    /// Whether the sender has ended.
    var isClosed = false
    /// For `sync: latest`: the newest packet, and whether a run has seen it.
    var newest: Packet?
    var newestIsSeen = false
    /// Whether any packet ever came.
    var hasDelivered = false

    var sent = 0
    var delivered = 0
    var dropped = 0
    var skipped = 0
    var undecided = 0
    var unmatched = 0
    var expired = 0
    var superseded = 0
    var maximumDepth = 0

    init(_ checked: CheckedEdge) { self.checked = checked }

    /// Everything that waits here, in order.
    var waitingPackets: [Packet] { queue.packets + overflow.packets }

    /// Takes out everything that goes back to one of these items.
    func leave(_ traces: Set<UInt64>) {
        queue.removeAll { traces.contains($0.trace) }
        overflow.removeAll { traces.contains($0.trace) }
        while queue.count < checked.queue.size, let waiting = overflow.popFirst() { queue.append(waiting) }
    }

    var isDrained: Bool { queue.isEmpty && overflow.isEmpty }

    var report: EdgeReport {
        EdgeReport(
            from: checked.from, to: checked.to, type: checked.type, sent: sent, delivered: delivered, dropped: dropped,
            skipped: skipped, undecided: undecided, unmatched: unmatched, expired: expired, superseded: superseded,
            depth: queue.count + overflow.count, maximumDepth: maximumDepth, queue: checked.queue)
    }
}
