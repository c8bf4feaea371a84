import MillValue
import Synchronization

/// Somebody else on a broker, who listens and speaks; for tests and for looking at what happens.
package final class BrokerListener: Sendable {
    package struct Message: Sendable, Hashable {
        package let topic: String
        package let text: String
        package let isRetained: Bool
    }
    private struct State {
        var client: MQTTClient?
        var messages: [Message] = []
        var acknowledged = 0
        let started = OneShot<HomeError?>()
    }

    private let settings: MQTTSettings
    private let state = Mutex(State())

    package init(port: Int) { settings = MQTTSettings(host: "127.0.0.1", port: port) }

    deinit { state.withLock { $0.client }?.end() }

    /// A copy element by element: of a shared buffer the thread sanitizer could not tell that its last reader let it go.
    package var messages: [Message] { state.withLock { $0.messages.map { $0 } } }

    /// How many of its own messages the broker has taken.
    package var acknowledged: Int { state.withLock { $0.acknowledged } }

    /// Subscribes, and returns when the broker granted it.
    package func start(_ filters: [String]) async throws(HomeError) {
        let client = MQTTClient(settings: settings) { [weak self] event in self?.handle(event, filters) }
        let started = state.withLock { state in
            state.client = client
            return state.started
        }
        client.start()
        let clock = SystemClock()
        let silence = HomeError.unreachable(url: settings.url, reason: "no answer")
        if let problem = await started.value(until: clock.now + .seconds(10), clock: clock, otherwise: silence) { throw problem }
    }

    package func publish(_ topic: String, _ text: String, isRetained: Bool = false) {
        let client = state.withLock { $0.client }
        client?.publish(MQTTMessage(topic: topic, text: text, isRetained: isRetained)) { [weak self] result in
            if result == .accepted || result == .noSubscribers { self?.state.withLock { $0.acknowledged += 1 } }
        }
    }

    package func stop() async {
        let client = state.withLock { $0.client }
        await client?.stop()
    }

    private func handle(_ event: MQTTEvent, _ filters: [String]) {
        let (client, started) = state.withLock { ($0.client, $0.started) }
        switch event {
        case .connected: client?.subscribe(filters) { _ in started.resolve(nil) }
        case .rejected(let reason): started.resolve(.rejected(url: settings.url, reason: reason))
        case .disconnected: break
        case .message(let message):
            let heard = Message(topic: message.topic, text: message.text ?? "", isRetained: message.isRetained)
            state.withLock { $0.messages.append(heard) }
        }
    }
}
