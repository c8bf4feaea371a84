import MillValue

/// What a connection has to say, in the order in which it happened.
public enum HomeMessage: Sendable, Hashable {
    /// Commands can be sent, and the last known states were read.
    case connected
    case disconnected(reason: String)
    case report(StateReport)
    case availability(device: String, isAvailable: Bool)
    /// The device answered a command; `refusal` says why it will not do it.
    case answer(key: String, refusal: String?)
}

/// What became of a command that was given to the connection.
public enum Handover: Sendable, Hashable {
    /// It is with the other side.
    case handedOver
    /// It was not sent at all.
    case notConnected
    /// It was sent, but the connection broke before the other side acknowledged it.
    case interrupted
    /// The broker knows nobody who listens to it: it had no effect.
    case nobodyListens
    /// The other side does not let us send it.
    case refused(reason: String)
}

/// Something to tell everybody who listens to the home's broker.
public struct HomePublication: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case event, scene, outcome }
    public let kind: Kind
    public let value: Value

    public init(_ kind: Kind, _ value: Value) {
        self.kind = kind
        self.value = value
    }
}

/// A way to reach devices: the simulated home in this process, or a broker.
public protocol HomeConnection: Sendable {
    /// For messages, without user name and password.
    var url: String { get }

    /// Connects, subscribes to the devices' states and keeps connected until ``stop()``.
    ///
    /// Returns after the first ``HomeMessage/connected``. `receive` is called from one thread at a time.
    /// - Throws: ``HomeError/rejected(url:reason:)`` where trying again is in vain, ``HomeError/unreachable(url:reason:)``
    ///   when there was no connection within `timeout`.
    func start(
        registry: DeviceRegistry, timeout: Duration, receive: @escaping @Sendable (HomeMessage) -> Void
    ) async throws(HomeError)

    /// Sends a command once.
    ///
    /// - Parameters:
    ///   - key: comes back with ``HomeMessage/answer(key:refusal:)`` where the device answers.
    ///   - expires: how long the command still makes sense, for whoever stores it on the way.
    func send(_ command: DeviceCommand, to device: Device, key: String, expires: Duration) async -> Handover

    /// Tells listeners; lost while not connected.
    func publish(_ publication: HomePublication)

    /// Says good-bye and ends.
    func stop() async
}
