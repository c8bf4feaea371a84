import MillValue

/// Follows what goes back to each packet of a source through a batch run, and says when all of it has been processed.
/// Guarded by the engine's lock.
struct ItemTracker {
    private struct Item {
        let packet: Packet
        let begun: Duration
        /// Packets that wait in queues or are inside a node.
        var inFlight = 1
        var failures: [PacketFailure] = []
        var failureCount = 0
        var work = WorkTime()
    }

    /// How long nodes have worked on an item, not counting the time in which all of it waits in queues.
    private struct WorkTime {
        var runs = 0
        var since = Duration.zero
        var sum = Duration.zero

        func spent(at time: Duration) -> Duration { runs > 0 ? sum + (time - since) : sum }
    }

    /// By trace. One that has ended is forgotten.
    private var items: [UInt64: Item] = [:]
    private(set) var counts = ItemCounts()

    /// A source is about to send a packet; ``leave(_:at:)`` follows when it is on its way.
    mutating func begin(_ packet: Packet, at time: Duration) {
        guard items[packet.trace] == nil else { return enter(packet) }
        counts.begun += 1
        items[packet.trace] = Item(packet: packet, begun: time)
    }

    mutating func noteDoneBefore() { counts.doneBefore += 1 }

    /// A packet that goes back to an item was put on an edge.
    mutating func enter(_ packet: Packet) { items[packet.trace]?.inFlight += 1 }

    /// A packet was processed or dropped.
    ///
    /// - Returns: the item, when this was the last of its packets.
    mutating func leave(_ packet: Packet, at time: Duration) -> ItemReport? {
        guard var item = items[packet.trace] else { return nil }
        item.inFlight -= 1
        guard item.inFlight == 0 else {
            items[packet.trace] = item
            return nil
        }
        items[packet.trace] = nil
        if item.failureCount == 0 { counts.succeeded += 1 } else { counts.failed += 1 }
        return ItemReport(
            key: item.packet.key, identity: item.packet.identity, trace: item.packet.trace, sequence: item.packet.sequence,
            failures: item.failures,
            failureCount: item.failureCount, duration: time - item.begun)
    }

    /// How many packets of an item are still on their way if something of it has failed; nil otherwise.
    func inFlightOfFailed(_ trace: UInt64) -> Int? {
        items[trace].flatMap { $0.failureCount > 0 ? $0.inFlight : nil }
    }

    /// Runs of nodes take up work on some items, or go on with it.
    mutating func beginWork(_ traces: [UInt64], at time: Duration) {
        for trace in traces {
            if items[trace]?.work.runs == 0 { items[trace]?.work.since = time }
            items[trace]?.work.runs += 1
        }
    }

    /// They are done with it, or wait for others.
    mutating func endWork(_ traces: [UInt64], at time: Duration) {
        for trace in traces {
            guard let work = items[trace]?.work, work.runs > 0 else { continue }
            items[trace]?.work.sum = work.runs == 1 ? work.spent(at: time) : work.sum
            items[trace]?.work.runs -= 1
        }
    }

    /// What is left of the time that an item may take; nil for one that has ended.
    func timeLeft(_ trace: UInt64, of limit: Duration, at time: Duration) -> Duration? {
        items[trace].map { limit - $0.work.spent(at: time) }
    }

    /// How many packets of an item are on their way; nil for one that has ended.
    func inFlight(_ trace: UInt64) -> Int? { items[trace]?.inFlight }

    /// Lets go of an item that no node is at work on: it is neither done nor failed.
    mutating func leaveUndone(_ trace: UInt64) {
        guard items.removeValue(forKey: trace) != nil else { return }
        counts.left += 1
    }

    /// Whether every item that was begun has ended.
    var isEmpty: Bool { items.isEmpty }

    /// Something that goes back to an item was lost. The first failures are kept.
    mutating func fail(_ packet: Packet, node: String, reason: String) {
        guard var item = items[packet.trace] else { return }
        item.failureCount += 1
        if item.failures.count < 20 {
            item.failures.append(PacketFailure(node: node, key: packet.key, sequence: packet.sequence, reason: reason))
        }
        items[packet.trace] = item
    }
}

/// What became of one packet of a source in a batch run, and of everything that went back to it.
public struct ItemReport: Sendable, Hashable {
    public let key: String
    /// See ``Packet/identity``.
    public let identity: String
    /// See ``Packet/trace``.
    public let trace: UInt64
    public let sequence: Int
    /// The first 20 things that failed.
    public let failures: [PacketFailure]
    public let failureCount: Int
    /// From the source's emission to the end of the last node that had to do with it.
    public let duration: Duration

    public var hasSucceeded: Bool { failureCount == 0 }
}

/// How many items a batch run has dealt with so far.
public struct ItemCounts: Sendable, Hashable {
    /// Sent by sources.
    public internal(set) var begun = 0
    public internal(set) var succeeded = 0
    public internal(set) var failed = 0
    /// Left out because an earlier run had finished them.
    public internal(set) var doneBefore = 0
    /// Sent by sources, but left for the next run, since this one was stopped while no node was at work on them.
    public internal(set) var left = 0

    public init() {}
}
