/// What a node type's factory makes: a ``Node``, an ``AsyncNode`` or a ``SourceNode``.
public protocol NodeBehavior: AnyObject {}

/// A synchronous state machine. The executor calls it from one worker at a time, so its state needs no lock; it may
/// compute as long as it likes but must not wait for anything outside.
public protocol Node: NodeBehavior {
    /// Called when the firing rule of the node's inputs holds.
    func step(_ inputs: Inputs, _ emit: Emitter) throws
    /// Called at a time asked for with ``Emitter/wake(at:)``.
    func wake(_ emit: Emitter) throws
    /// Called once after the last step, when the inputs have ended; what it emits still flows.
    func finish(_ emit: Emitter) throws
}

extension Node {
    public func wake(_ emit: Emitter) throws {}
    public func finish(_ emit: Emitter) throws {}
}

/// A node that waits: for a network, a device, a file. One set of inputs is in progress at a time.
public protocol AsyncNode: NodeBehavior, Sendable {
    func process(_ inputs: Inputs, _ emit: AsyncEmitter) async throws
    /// Work beside the inputs, such as listening for device reports; started before the first input. It is cancelled
    /// when the inputs have ended and ``finish(_:)`` has returned. Returning early is no error.
    func run(_ emit: AsyncEmitter) async throws
    /// Called once after the last ``process(_:_:)``.
    func finish(_ emit: AsyncEmitter) async throws
}

extension AsyncNode {
    public func run(_ emit: AsyncEmitter) async throws {}
    public func finish(_ emit: AsyncEmitter) async throws {}
}

/// A node that can take several sets of inputs at once, as its `batch` in the pipeline file says.
public protocol BatchNode: AsyncNode {
    /// Takes the place of ``AsyncNode/process(_:_:)``. What is emitted needs its own envelope (`packet.with(…)`); an error fails
    /// all sets of the batch.
    ///
    /// - Parameter batch: at least one set, in the order of their arrival.
    func process(_ batch: [Inputs], _ emit: AsyncEmitter) async throws
}

/// A node that wants to know how each item of a batch run ends, whatever became of it on its way. Its ``Node/finish(_:)`` comes
/// after the end of the last item.
public protocol ItemObserver: Node {
    func itemEnded(_ item: ItemReport, _ emit: Emitter) throws
}

/// What a source will send in a batch run.
public struct ExpectedItem: Sendable, Hashable {
    /// See ``Packet/key``.
    public let key: String
    /// See ``Packet/identity``.
    public let identity: String

    public init(key: String, identity: String) {
        self.key = key
        self.identity = identity
    }
}

/// A node that keeps results of items from one batch run to the next. What it no longer has is done again, whatever the ledger says.
public protocol ItemKeeper: NodeBehavior, Sendable {
    /// Told of all that a source will send, before it sends anything; also of what is done. Not all sources know it.
    func expect(_ items: [ExpectedItem])
    /// Whether it has what an earlier run has made of an item; called from any thread, for items that may be new.
    ///
    /// - Parameters:
    ///   - key: of the source's packet.
    ///   - identity: of the source's packet.
    func keeps(_ key: String, identity: String) -> Bool
}

extension ItemKeeper {
    public func expect(_ items: [ExpectedItem]) {}
}

/// A node without inputs that brings packets into the graph.
public protocol SourceNode: NodeBehavior {
    /// Emits until its stream ends, then returns. Cancelled when the run stops; an error restarts it or fails the run,
    /// as its `restart` says. A restart makes a new node through the type's factory.
    func run(_ emit: AsyncEmitter) async throws
}

/// The packets that made a node run, and the newest ones of its `latest` inputs.
public struct Inputs: Sendable {
    package var ports: [String]
    package var packets: [Packet?]
    package var triggerIndex: Int

    package init(ports: [String], packets: [Packet?], triggerIndex: Int) {
        self.ports = ports
        self.packets = packets
        self.triggerIndex = triggerIndex
    }

    /// The packet at an input; nil when an optional one has none.
    public subscript(port: String) -> Packet? {
        ports.firstIndex(of: port).flatMap { packets[$0] }
    }

    /// The packet at an input that the node needs.
    public func packet(_ port: String) throws(GraphError) -> Packet {
        guard let packet = self[port] else { throw .missingInput(port: port) }
        return packet
    }

    /// The input whose packet made the node run; with several `exact` inputs, the first of them.
    public var triggerPort: String { ports[triggerIndex] }

    /// The packet that made the node run; what the node emits inherits its envelope.
    public var trigger: Packet? { packets[triggerIndex] }
}
