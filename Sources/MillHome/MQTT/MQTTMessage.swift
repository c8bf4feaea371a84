/// A message on a broker.
struct MQTTMessage: Sendable, Hashable {
    var topic: String
    var payload: [UInt8]
    /// Delivery between us and the broker.
    var quality = Quality.atLeastOnce
    var isRetained = false
    /// Where an answer is wanted, and what it must carry.
    var responseTopic: String?
    var correlation: [UInt8]?
    /// How long the broker may keep it for somebody who is away, in seconds.
    var expirySeconds: UInt32?

    enum Quality: Int32, Sendable, Hashable {
        case atMostOnce = 0
        case atLeastOnce = 1
    }

    init(topic: String, payload: [UInt8]) {
        self.topic = topic
        self.payload = payload
    }

    init(topic: String, text: String, isRetained: Bool = false) {
        self.init(topic: topic, payload: Array(text.utf8))
        self.isRetained = isRetained
    }

    /// The payload as text; nil when it is no UTF-8.
    var text: String? { String(validating: payload, as: UTF8.self) }
}

/// What became of a message that was given to the client.
enum MQTTPublishResult: Sendable, Hashable {
    /// Acknowledged; without acknowledgement (``MQTTMessage/Quality/atMostOnce``), written to the line.
    case accepted
    /// Acknowledged, but nobody subscribes to the topic.
    case noSubscribers
    case refused(reason: String)
    /// Never written.
    case notConnected
    /// Written, and the line broke before the acknowledgement.
    case interrupted
}

/// What a client has to say.
enum MQTTEvent: Sendable {
    case connected
    case disconnected(reason: String)
    /// The broker answered and will not have us.
    case rejected(reason: String)
    case message(MQTTMessage)
}
