import Logging
import MillStore
import MillValue
import Synchronization

/// Devices on an MQTT 5 broker, in the conventions of Home Assistant.
///
/// On every connection it subscribes anew, reads the retained states, announces itself (discovery, availability) and
/// only then reports ``HomeMessage/connected``. Commands are never retained; *set* commands go with QoS 1, commands that must
/// not be repeated with QoS 0, which no broker ever delivers twice.
public final class MQTTConnection: HomeConnection {
    struct State {
        var client: MQTTClient?
        var registry: DeviceRegistry?
        var receive: (@Sendable (HomeMessage) -> Void)?
        /// Counts connections, so that what belongs to an earlier one is recognised.
        var session = 0
        var isReady = false
        var stateTopics: [String: [String]] = [:]
        var availabilityTopics: [String: [String]] = [:]
        var announcedDevices: [String: String] = [:]
        var lastScene: Value?
        /// The first result: connected, or why not.
        let started = OneShot<HomeError?>()
        var lastProblem = "no answer"
    }

    let settings: MQTTSettings
    let log: Logger
    let state = Mutex(State())

    /// Nobody has to answer a publication longer than this.
    private static let acknowledgementTimeout = Duration.seconds(10)
    /// How long to wait for the retained states where the broker does not let us mark their end.
    private static let readingTimeout = Duration.seconds(2)
    static let maximumStateSize = 64 << 10

    public init(settings: MQTTSettings, log: Logger = Logger(label: "millrace.mqtt")) {
        self.settings = settings
        self.log = log
    }

    deinit { state.withLock { $0.client }?.end() }

    public var url: String { settings.url }

    public func start(
        registry: DeviceRegistry, timeout: Duration, receive: @escaping @Sendable (HomeMessage) -> Void
    ) async throws(HomeError) {
        var will = MQTTMessage(topic: availabilityTopic, text: "offline", isRetained: true)
        will.quality = .atLeastOnce
        let client = MQTTClient(settings: settings, will: will) { [weak self] in self?.handle($0) }
        let started = state.withLock { state in
            state.client = client
            state.registry = registry
            state.receive = receive
            return state.started
        }
        index(registry)
        client.start()
        let clock = SystemClock()
        let silence = HomeError.unreachable(url: url, reason: "no answer within \(timeout.inSeconds) s")
        var problem = await started.value(until: clock.now + timeout, clock: clock, otherwise: silence)
        if problem == silence { problem = .unreachable(url: url, reason: state.withLock { $0.lastProblem }) }
        if let problem {
            await stop()
            throw problem
        }
    }

    public func send(_ command: DeviceCommand, to device: Device, key: String, expires: Duration) async -> Handover {
        guard let client = state.withLock({ $0.isReady ? $0.client : nil }) else { return .notConnected }
        let payloads = device.payloads(for: command)
        guard !payloads.isEmpty else { return .refused(reason: "\(device.id) has no topic for \(command.name)") }
        for payload in payloads {
            var message = MQTTMessage(topic: payload.topic, text: payload.text)
            message.quality = command.delivery == .once ? .atMostOnce : .atLeastOnce
            message.responseTopic = answerTopic(client)
            message.correlation = Array(key.utf8)
            message.expirySeconds = UInt32(min(max(expires.inSeconds.rounded(.up), 1), 4e9))
            switch await client.publish(message, timeout: Self.acknowledgementTimeout) {
            case .accepted: continue
            case .noSubscribers: return .nobodyListens
            case .refused(let reason): return .refused(reason: "the broker refused \(payload.topic): \(reason)")
            case .notConnected: return .notConnected
            case .interrupted: return .interrupted
            }
        }
        return .handedOver
    }

    public func publish(_ publication: HomePublication) {
        let client = state.withLock { state in
            if publication.kind == .scene { state.lastScene = publication.value }
            return state.client
        }
        client?.publish(message(publication)) { [log] result in
            if result != .accepted, result != .noSubscribers {
                log.debug("\(publication.kind.rawValue) was not published: \(result)")
            }
        }
    }

    public func stop() async {
        let client = state.withLock { state in
            defer { state.client = nil }
            state.isReady = false
            state.receive = nil
            return state.client
        }
        await client?.stop(farewell: MQTTMessage(topic: availabilityTopic, text: "offline", isRetained: true))
    }
}

extension MQTTConnection {
    var availabilityTopic: String { "\(settings.prefix)/available" }

    private func answerTopic(_ client: MQTTClient) -> String { "\(settings.prefix)/answers/\(client.clientID)" }

    private func markTopic(_ client: MQTTClient) -> String { "\(settings.prefix)/mark/\(client.clientID)" }

    private func message(_ publication: HomePublication) -> MQTTMessage {
        let topic =
            switch publication.kind {
            case .event: "events"
            case .scene: "scene"
            case .outcome: "outcomes"
            }
        return MQTTMessage(
            topic: "\(settings.prefix)/\(topic)", text: publication.value.json(), isRetained: publication.kind == .scene)
    }

    /// Everything the client says, on its thread.
    private func handle(_ event: MQTTEvent) {
        switch event {
        case .connected: subscribe()
        case .disconnected(let reason):
            let (wasReady, receive) = state.withLock { state in
                defer { state.isReady = false }
                state.session += 1
                state.lastProblem = reason
                return (state.isReady, state.receive)
            }
            if wasReady {
                log.warning("\(url): connection lost (\(reason)); trying again")
                receive?(.disconnected(reason: reason))
            }
        case .rejected(let reason):
            let started = state.withLock { $0.started }
            log.warning("\(url): the broker refuses us (\(reason))")
            started.resolve(.rejected(url: url, reason: reason))
        case .message(let message): handle(message)
        }
    }

    /// Subscribes to everything, and marks the end of the retained states by a message to ourselves: the broker
    /// delivers it after them.
    private func subscribe() {
        let (client, filters, session) = state.withLock { state in
            state.session += 1
            return (state.client, Array(state.stateTopics.keys) + Array(state.availabilityTopics.keys), state.session)
        }
        guard let client else { return }
        var own = [answerTopic(client), markTopic(client)]
        if let prefix = settings.discoveryPrefix {
            own.append("\(prefix)/status")
            if settings.discoversDevices { own += ["\(prefix)/+/+/config", "\(prefix)/+/+/+/config"] }
        }
        for chunk in filters.sorted().chunks(of: 100) {
            client.subscribe(chunk) { [log, url] isGranted in
                if !isGranted { log.warning("\(url): the broker does not let us read all of \(chunk.joined(separator: ", "))") }
            }
        }
        client.subscribe(own) { [weak self] _ in
            guard let self, let client = state.withLock({ $0.client }) else { return }
            client.publish(MQTTMessage(topic: markTopic(client), text: String(session)))
        }
        Task { [weak self] in
            let clock = SystemClock()
            try await clock.sleep(until: clock.now + Self.readingTimeout)
            self?.becomeReady(session: session)
        }
    }

    /// The retained states of this connection were read.
    func becomeReady(session: Int) {
        let (isNew, client, receive, started) = state.withLock { state in
            let isNew = state.session == session && !state.isReady && state.client != nil
            if isNew { state.isReady = true }
            return (isNew, state.client, state.receive, state.started)
        }
        guard isNew, let client else { return }
        announce(client)
        receive?(.connected)
        started.resolve(nil)
    }

    /// Says that we are here, and what we offer.
    func announce(_ client: MQTTClient) {
        if let prefix = settings.discoveryPrefix {
            for message in Announcements.millrace(prefix: settings.prefix, discoveryPrefix: prefix) { client.publish(message) }
        }
        if let scene = state.withLock({ $0.lastScene }) { client.publish(message(HomePublication(.scene, scene))) }
        client.publish(MQTTMessage(topic: availabilityTopic, text: "online", isRetained: true))
    }

    func isMark(_ topic: String) -> Bool {
        state.withLock { state in state.client.map { topic == markTopic($0) } ?? false }
    }

    func isAnswer(_ topic: String) -> Bool {
        state.withLock { state in state.client.map { topic == answerTopic($0) } ?? false }
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
