import MillValue

/// Takes what a ``Node`` emits during one call. Not to be kept beyond it.
public struct Emitter {
    package let sink: StepSink

    package init(sink: StepSink) { self.sink = sink }

    /// The runtime's clock.
    public var clock: any MillClock { sink.clock }

    /// Emits on `port` (nil: the first output) with the envelope of the packet that made the node run.
    public func callAsFunction(_ payload: Payload, on port: String? = nil) throws(GraphError) {
        try sink.emit(sink.envelope.with(payload), on: port)
    }

    /// Emits a packet with its own envelope, such as one that the node had kept.
    public func callAsFunction(_ packet: Packet, on port: String? = nil) throws(GraphError) {
        try sink.emit(packet, on: port)
    }

    /// Asks for ``Node/wake(_:)`` at that time; of several requests the earliest counts, and each serves once.
    public func wake(at time: Duration) {
        sink.wake = sink.wake.map { min($0, time) } ?? time
    }

    /// Asks for ``Node/wake(_:)`` after a while.
    public func wake(after delay: Duration) { wake(at: clock.now + delay) }

    /// Says that the node keeps a packet beyond this call. In a batch run, what the packet goes back to is not done before
    /// ``letGo(_:)`` is called with it, once for each call of this.
    public func keep(_ packet: Packet) { sink.kept.append(packet) }

    /// Says that a packet is kept no more; what is emitted in the same call is on its way before.
    public func letGo(_ packet: Packet) { sink.released.append(packet) }

    /// Opens or closes an input. While it is closed the executor takes nothing from its queue, so that a full queue
    /// with `policy: block` holds up the sender. Inputs are open at first; what is set here outlives the call. When
    /// nothing is left on its way that could open a closed input, it is opened before the node finishes.
    public func setReady(_ isReady: Bool, input: String) {
        sink.gates[input] = isReady
    }
}

/// What one call of a node has emitted, before the executor delivers it.
package final class StepSink {
    let clock: any MillClock
    let node: String
    let ports: [String]
    package internal(set) var envelope: Packet
    package internal(set) var emitted: [(port: Int, packet: Packet)] = []
    package internal(set) var wake: Duration?
    package internal(set) var gates: [String: Bool] = [:]
    var kept: [Packet] = []
    var released: [Packet] = []

    package init(clock: any MillClock, node: String, ports: [String], envelope: Packet) {
        self.clock = clock
        self.node = node
        self.ports = ports
        self.envelope = envelope
    }

    /// Makes ready for the next call.
    func reset(envelope: Packet) {
        self.envelope = envelope
        emitted.removeAll(keepingCapacity: true)
        wake = nil
        gates.removeAll(keepingCapacity: true)
        kept.removeAll(keepingCapacity: true)
        released.removeAll(keepingCapacity: true)
    }

    func emit(_ packet: Packet, on port: String?) throws(GraphError) {
        emitted.append((try portIndex(port, of: ports, node: node), packet))
    }
}

/// Emits from ``SourceNode`` and ``AsyncNode``; waits, without holding a thread, while a queue with `policy: block` is full.
public struct AsyncEmitter: Sendable {
    package let node: String
    package let ports: [String]
    /// The envelope that payloads inherit; nil at sources and in background work, where each packet starts a stream.
    package let envelope: Packet?
    public let clock: any MillClock
    package let deliver: @Sendable (_ port: Int, _ packet: NewPacket) async throws -> Void
    /// For sources that know it: tells how many packets will come in all, for whoever shows progress.
    public let announce: @Sendable (_ count: Int) -> Void
    private let tellKeepers: @Sendable (_ items: [ExpectedItem]) -> Void

    package init(
        node: String, ports: [String], envelope: Packet?, clock: any MillClock, announce: @escaping @Sendable (Int) -> Void,
        expect: @escaping @Sendable ([ExpectedItem]) -> Void = { _ in },
        deliver: @escaping @Sendable (Int, NewPacket) async throws -> Void
    ) {
        self.node = node
        self.ports = ports
        self.envelope = envelope
        self.clock = clock
        self.announce = announce
        tellKeepers = expect
        self.deliver = deliver
    }

    /// For sources of a batch that know all that they will send before they send the first of it: tells it to whoever keeps
    /// results (``ItemKeeper``) or shows progress.
    public func expect(_ items: [ExpectedItem]) {
        tellKeepers(items)
        announce(items.count)
    }

    /// Emits on `port` (nil: the first output).
    ///
    /// - Parameters:
    ///   - key: what the packet is about; nil keeps the envelope's key, or the node's name at a source.
    ///   - identity: for packets of a source that can be played again, what tells this one from all others (see
    ///     ``Packet/identity``); nil takes the time.
    ///   - deadline: when it stops being worth processing.
    /// - Throws: `CancellationError` when the run stops, and then the source should return.
    public func callAsFunction(
        _ payload: Payload, on port: String? = nil, key: String? = nil, identity: String? = nil, deadline: Duration? = nil
    ) async throws {
        let index = try portIndex(port, of: ports, node: node)
        guard var packet = envelope?.with(payload) else {
            return try await deliver(index, .fresh(payload, key: key, identity: identity, deadline: deadline))
        }
        if let key { packet.key = key }
        if let deadline { packet.deadline = deadline }
        try await deliver(index, .derived(packet))
    }

    /// Emits a packet with its own envelope.
    public func callAsFunction(_ packet: Packet, on port: String? = nil) async throws {
        try await deliver(try portIndex(port, of: ports, node: node), .derived(packet))
    }
}

/// What an asynchronous node hands to the runtime.
package enum NewPacket: Sendable {
    /// The runtime gives it timestamp, sequence and trace.
    case fresh(Payload, key: String?, identity: String?, deadline: Duration?)
    case derived(Packet)
}

func portIndex(_ port: String?, of ports: [String], node: String) throws(GraphError) -> Int {
    guard let port else {
        guard !ports.isEmpty else { throw .unknownOutput(node: node, port: "", known: ports) }
        return 0
    }
    guard let index = ports.firstIndex(of: port) else { throw .unknownOutput(node: node, port: port, known: ports) }
    return index
}
