import MillValue

/// A payload with its envelope.
public struct Packet: Sendable {
    public var payload: Payload
    /// When the source emitted what this packet goes back to, on the runtime's clock.
    public var timestamp: Duration
    /// The position in the source's stream, from 0. Packets derived from one another keep it; `sync: exact` joins by it.
    public var sequence: Int
    /// What the packet is about: a camera, a document, a page. Sources give their node's name unless they know better.
    public var key: String
    /// Tells what the packet goes back to from everything else: the same again only when the same recording is played
    /// again. Events get their ids from it, and actions their keys.
    public var identity: String
    /// The same for everything that goes back to one source packet.
    public var trace: UInt64
    /// After this time the packet is no longer worth processing; the runtime then drops and counts it.
    public var deadline: Duration?
    /// The index of the source that it goes back to.
    package var origin: Int
    /// How many back edges it has passed.
    package var rounds = 0

    package init(
        payload: Payload, timestamp: Duration, sequence: Int, key: String, identity: String? = nil, trace: UInt64,
        deadline: Duration? = nil, origin: Int = 0
    ) {
        self.payload = payload
        self.timestamp = timestamp
        self.sequence = sequence
        self.key = key
        self.identity = identity ?? "\(key)/\(sequence)"
        self.trace = trace
        self.deadline = deadline
        self.origin = origin
    }

    /// The same envelope around another payload.
    public func with(_ payload: Payload) -> Packet {
        var packet = self
        packet.payload = payload
        return packet
    }

    /// How an expression sees the envelope: `packet.key`, `packet.sequence`, `packet.timestamp` in seconds.
    public var envelopeValue: Value {
        ["key": .string(key), "sequence": .int(sequence), "timestamp": .double(timestamp.inSeconds)]
    }
}
