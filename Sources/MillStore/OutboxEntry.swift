import MillValue

/// How far an action has come, or how it ended.
public enum ActionState: String, Sendable, Hashable, CaseIterable {
    /// Recorded, not handed to the connection yet.
    case pending
    /// Handed to the connection, or about to be: written *before* the first byte leaves.
    case sent
    /// The device itself reported the state that was asked for.
    case confirmed
    /// Sent, and the device reported nothing fitting in time.
    case timeout
    /// The device, the broker or the policy said no.
    case refused
    /// It could not be delivered.
    case failed
    /// Its time was over before it could be delivered.
    case expired
    /// It was interrupted after sending and must not be repeated: whether it took effect is not known.
    case unknown

    /// Whether nothing more will happen.
    public var isFinal: Bool { self != .pending && self != .sent }
}

/// Whether repeating a command is harmless.
public enum Delivery: String, Sendable, Hashable {
    /// On, off, 40 %: the second time changes nothing. Sent at least once.
    case set
    /// Toggle, dispense: every time counts. Sent at most once.
    case once
}

/// An action as it is first written down.
public struct NewAction: Sendable, Hashable {
    /// The idempotency key: one action per key is ever recorded.
    public var key: String
    public var device: String
    public var command: String
    public var arguments: ValueMap
    public var delivery: Delivery
    public var rule: String?
    public var event: String?
    /// Wall time in seconds since 1970 after which it must not be sent any more.
    public var expires: Double?

    public init(
        key: String, device: String, command: String, arguments: ValueMap = [:], delivery: Delivery,
        rule: String? = nil, event: String? = nil, expires: Double? = nil
    ) {
        self.key = key
        self.device = device
        self.command = command
        self.arguments = arguments
        self.delivery = delivery
        self.rule = rule
        self.event = event
        self.expires = expires
    }
}

/// A row of the outbox.
public struct OutboxEntry: Sendable, Hashable {
    public let id: Int64
    public let action: NewAction
    public let state: ActionState
    /// Why it ended as it did, in words; nil when there is nothing to add.
    public let reason: String?
    /// What the device reported when the action ended.
    public let reported: ValueMap?
    /// How often it was handed to the connection.
    public let attempts: Int
    /// Wall times in seconds since 1970.
    public let created: Double
    public let updated: Double
}
