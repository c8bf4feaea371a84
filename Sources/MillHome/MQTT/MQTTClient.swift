import CMosquitto
import Glibc
import MillValue
import Synchronization

/// A client that keeps connected to a broker from a thread of its own.
///
/// Lost connections are taken up again after a growing, random wait. Nothing is repeated by itself: whoever publishes learns
/// what became of the message and decides.
final class MQTTClient: Sendable {
    private enum Command: Sendable {
        case publish(MQTTMessage, @Sendable (MQTTPublishResult) -> Void)
        case subscribe([String], @Sendable (Bool) -> Void)
    }
    private struct State {
        var commands: [Command] = []
        var isRunning = false
        /// The last message before the good-bye; set when it is time to end.
        var farewell: MQTTMessage??
    }

    let settings: MQTTSettings
    let clientID: String
    private let will: MQTTMessage?
    private let handler: @Sendable (MQTTEvent) -> Void
    private let state = Mutex(State())
    /// Wakes the network thread.
    private let wakeUp: Int32
    private let ended = OneShot<Bool>()

    /// Messages that wait for the network thread; more are refused.
    private static let queueLimit = 4096

    /// - Parameter handler: called on the network thread, in order.
    init(settings: MQTTSettings, will: MQTTMessage? = nil, handler: @escaping @Sendable (MQTTEvent) -> Void) {
        self.settings = settings
        self.will = will
        self.handler = handler
        clientID = settings.clientID ?? "millrace-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    }

    deinit { close(wakeUp) }

    /// Begins to connect. The thread keeps the client alive until ``stop(farewell:)``.
    func start() {
        let isFirst = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard isFirst else { return }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<MQTTClient>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            handler(.rejected(reason: "no thread for the connection: \(String(cString: strerror(code)))"))
            ended.resolve(true)
            return
        }
        pthread_detach(thread)
    }

    /// Publishes; `completion` is called on the network thread, once.
    func publish(_ message: MQTTMessage, completion: @escaping @Sendable (MQTTPublishResult) -> Void = { _ in }) {
        if !enqueue(.publish(message, completion)) { completion(.notConnected) }
    }

    /// Publishes and waits for the result, at most for `timeout`.
    func publish(_ message: MQTTMessage, timeout: Duration) async -> MQTTPublishResult {
        let result = OneShot<MQTTPublishResult>()
        publish(message) { result.resolve($0) }
        let clock = SystemClock()
        return await result.value(until: clock.now + timeout, clock: clock, otherwise: .interrupted)
    }

    /// Subscribes to topic filters for as long as this connection lasts; `completion` gets whether all were granted.
    func subscribe(_ filters: [String], completion: @escaping @Sendable (Bool) -> Void = { _ in }) {
        if filters.isEmpty || !enqueue(.subscribe(filters, completion)) { completion(filters.isEmpty) }
    }

    /// Lets the thread publish `farewell`, disconnect and end, without waiting for it.
    func end(farewell: MQTTMessage? = nil) {
        state.withLock { $0.farewell = .some(farewell) }
        wake()
    }

    /// Publishes `farewell`, disconnects and ends the thread; returns after that, or after three seconds.
    func stop(farewell: MQTTMessage? = nil) async {
        end(farewell: farewell)
        guard state.withLock({ $0.isRunning }) else { return }
        let clock = SystemClock()
        _ = await ended.value(until: clock.now + .seconds(3), clock: clock, otherwise: false)
    }

    private func enqueue(_ command: Command) -> Bool {
        let isTaken = state.withLock { state in
            guard state.isRunning, state.commands.count < Self.queueLimit else { return false }
            state.commands.append(command)
            return true
        }
        if isTaken { wake() }
        return isTaken
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }
}

extension MQTTClient {
    /// The network thread.
    private func run() {
        // OpenSSL writes without MSG_NOSIGNAL: a broker that goes away must not end the program.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        var delay = settings.reconnectDelay.lowerBound
        while state.withLock({ $0.farewell }) == nil {
            let session = MQTTSession(settings: settings, clientID: clientID, will: will, handler: handler)
            var wasConnected = false
            let problem = session.connect()
            if problem == nil { wasConnected = serve(session) }
            session.abandon()
            refuseCommands()
            handler(.disconnected(reason: problem ?? session.reason ?? "the connection was closed"))
            if state.withLock({ $0.farewell }) != nil { break }
            if wasConnected { delay = settings.reconnectDelay.lowerBound }
            // Everybody lost the broker at the same time; they must not all return at the same time.
            pause(delay * Double.random(in: 0.5...1.0))
            delay = min(delay * 2, settings.reconnectDelay.upperBound)
        }
        state.withLock { $0.isRunning = false }
        refuseCommands()
        ended.resolve(true)
    }

    /// Works until the line breaks or it is time to end; returns whether the broker had let us in.
    private func serve(_ session: MQTTSession) -> Bool {
        var wasConnected = false
        var endsAt: Duration?
        let clock = SystemClock()
        while let socket = session.socket {
            wasConnected = wasConnected || session.isConnected
            // Until the broker has let us in, nothing may be sent.
            if session.isConnected { carryOutCommands(session) }
            if let endsAt {
                if clock.now >= endsAt || !session.isConnected { break }
            } else if let farewell = state.withLock({ $0.farewell }) {
                endsAt = clock.now + (session.isConnected && farewell != nil ? .seconds(1) : .zero)
                if let farewell { session.publish(farewell) { [self] _ in state.withLock { $0.farewell = .some(nil) } } }
            }
            if endsAt != nil, state.withLock({ $0.farewell }) == .some(nil) { break }
            var descriptors = [
                pollfd(fd: socket, events: Int16(POLLIN) | (session.wantsToWrite ? Int16(POLLOUT) : 0), revents: 0),
                pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
            ]
            poll(&descriptors, 2, endsAt == nil ? 1000 : 50)
            if descriptors[1].revents != 0 { clearWakeUp() }
            let events = descriptors[0].revents
            let isReadable = events & Int16(POLLIN | POLLHUP | POLLERR) != 0
            if !session.work(canRead: isReadable, canWrite: session.wantsToWrite) { break }
        }
        if endsAt != nil { session.disconnect() }
        return wasConnected
    }

    private func carryOutCommands(_ session: MQTTSession) {
        let commands = state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
        for command in commands {
            switch command {
            case .publish(let message, let completion): session.publish(message, completion: completion)
            case .subscribe(let filters, let completion): session.subscribe(filters, completion: completion)
            }
        }
    }

    private func refuseCommands() {
        let commands = state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
        for command in commands {
            switch command {
            case .publish(_, let completion): completion(.notConnected)
            case .subscribe(_, let completion): completion(false)
            }
        }
    }

    /// Waits, unless it is time to end; commands that come meanwhile are refused.
    private func pause(_ duration: Duration) {
        let clock = SystemClock()
        let end = clock.now + duration
        while clock.now < end, state.withLock({ $0.farewell }) == nil {
            var descriptor = pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, Int32((end - clock.now).inMilliseconds.rounded(.up)))
            clearWakeUp()
            refuseCommands()
        }
    }

    private func clearWakeUp() {
        var count: UInt64 = 0
        _ = read(wakeUp, &count, MemoryLayout<UInt64>.size)
    }
}
