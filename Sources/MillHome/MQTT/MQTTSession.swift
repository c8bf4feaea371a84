import CMosquitto
import Glibc

/// One connection to a broker, from connecting to losing it. Lives on the network thread alone.
///
/// libmosquitto repeats what was not acknowledged when *it* connects again, an hour later if need be. A new session
/// for every connection leaves that decision to the outbox, which knows what has expired and what must not be repeated.
final class MQTTSession {
    private var client: OpaquePointer?
    private let settings: MQTTSettings
    private let handler: @Sendable (MQTTEvent) -> Void
    private var publishing: [Int32: @Sendable (MQTTPublishResult) -> Void] = [:]
    /// Acknowledged while the call that publishes it was still running.
    private var acknowledged: [Int32: Int32] = [:]
    private var subscribing: [Int32: @Sendable (Bool) -> Void] = [:]
    private(set) var isConnected = false
    /// Why it ended, where the other side said so.
    private(set) var reason: String?
    private(set) var isRejected = false

    /// More than any message here; a broker cannot make us allocate without bound.
    private static let maximumPacketSize: UInt32 = 8 << 20
    private static let library: Int32 = mosquitto_lib_init()

    init(settings: MQTTSettings, clientID: String, will: MQTTMessage?, handler: @escaping @Sendable (MQTTEvent) -> Void) {
        self.settings = settings
        self.handler = handler
        _ = Self.library
        client = mosquitto_new(clientID, true, Unmanaged.passUnretained(self).toOpaque())
        guard let client else { return }
        mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, Int32(MQTT_PROTOCOL_V5))
        if let username = settings.username { mosquitto_username_pw_set(client, username, settings.password) }
        if let will {
            mosquitto_will_set_v5(
                client, will.topic, Int32(will.payload.count), will.payload, will.quality.rawValue, will.isRetained, nil)
        }
        setCallbacks(client)
    }

    deinit { mosquitto_destroy(client) }

    /// The line's descriptor; nil while there is none.
    var socket: Int32? {
        let socket = mosquitto_socket(client)
        return socket >= 0 ? socket : nil
    }

    var wantsToWrite: Bool { mosquitto_want_write(client) }

    /// Connects; blocks until the line stands. The broker's answer comes later, as an event.
    /// - Returns: what is wrong, or nil.
    func connect() -> String? {
        guard let client else { return "out of memory" }
        if let tls = settings.tls {
            for path in [tls.authority, tls.certificate, tls.key].compactMap(\.self) {
                // A pipe in a file's place would be waited for without end.
                var status = stat()
                guard stat(path, &status) == 0 else { return "TLS file \(path): \(String(cString: strerror(errno)))" }
                guard status.st_mode & S_IFMT == S_IFREG else { return "TLS file \(path): it is not a regular file" }
            }
            // Without a file of their own, the system's authorities are trusted.
            let folder = tls.authority == nil ? "/etc/ssl/certs" : nil
            let code = mosquitto_tls_set(client, tls.authority, folder, tls.certificate, tls.key, nil)
            guard code == MOSQ_ERR_SUCCESS.rawValue else { return "TLS files: \(Self.text(code))" }
            mosquitto_tls_insecure_set(client, tls.allowsOtherName)
        }
        var properties: OpaquePointer?
        mosquitto_property_add_int32(&properties, Int32(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), Self.maximumPacketSize)
        defer { mosquitto_property_free_all(&properties) }
        let code = mosquitto_connect_bind_v5(
            client, settings.host, Int32(settings.port), Int32(settings.keepAlive), nil, properties)
        return code == MOSQ_ERR_SUCCESS.rawValue ? nil : Self.text(code)
    }

    /// Reads and writes what is ready, and keeps the line alive.
    /// - Returns: whether the line still stands.
    func work(canRead: Bool, canWrite: Bool) -> Bool {
        var code = MOSQ_ERR_SUCCESS.rawValue
        if canRead { code = mosquitto_loop_read(client, 1) }
        if code == MOSQ_ERR_SUCCESS.rawValue, canWrite { code = mosquitto_loop_write(client, 1) }
        if code == MOSQ_ERR_SUCCESS.rawValue { code = mosquitto_loop_misc(client) }
        if code != MOSQ_ERR_SUCCESS.rawValue, reason == nil { reason = Self.text(code) }
        return code == MOSQ_ERR_SUCCESS.rawValue && socket != nil
    }

    func publish(_ message: MQTTMessage, completion: @escaping @Sendable (MQTTPublishResult) -> Void) {
        guard isConnected else { return completion(.notConnected) }
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        if let topic = message.responseTopic {
            mosquitto_property_add_string(&properties, Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue), topic)
        }
        if let data = message.correlation, let count = UInt16(exactly: data.count) {
            mosquitto_property_add_binary(&properties, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), data, count)
        }
        if let seconds = message.expirySeconds {
            mosquitto_property_add_int32(&properties, Int32(MQTT_PROP_MESSAGE_EXPIRY_INTERVAL.rawValue), seconds)
        }
        var id: Int32 = 0
        guard let count = Int32(exactly: message.payload.count) else {
            return completion(.refused(reason: "the message is too long"))
        }
        let code = mosquitto_publish_v5(
            client, &id, message.topic, count, message.payload, message.quality.rawValue, message.isRetained, properties)
        switch code {
        case MOSQ_ERR_SUCCESS.rawValue:
            if let code = acknowledged.removeValue(forKey: id) {
                completion(Self.result(code))
            } else {
                publishing[id] = completion
            }
        case MOSQ_ERR_NO_CONN.rawValue: completion(.notConnected)
        // The bytes may have left before the line broke.
        case MOSQ_ERR_CONN_LOST.rawValue, MOSQ_ERR_ERRNO.rawValue: completion(.interrupted)
        default: completion(.refused(reason: Self.text(code)))
        }
    }

    /// - Parameter completion: gets whether the broker granted every filter.
    func subscribe(_ filters: [String], completion: @escaping @Sendable (Bool) -> Void) {
        var id: Int32 = 0
        var topics = filters.map { strdup($0) }
        defer { for topic in topics { free(topic) } }
        let code = topics.withUnsafeMutableBufferPointer { topics in
            mosquitto_subscribe_multiple(client, &id, Int32(topics.count), topics.baseAddress, 1, 0, nil)
        }
        if code == MOSQ_ERR_SUCCESS.rawValue { subscribing[id] = completion } else { completion(false) }
    }

    /// Says good-bye, so that the broker does not send the last will.
    func disconnect() {
        mosquitto_disconnect_v5(client, 0, nil)
        while wantsToWrite, mosquitto_loop_write(client, 1) == MOSQ_ERR_SUCCESS.rawValue {}
    }

    /// Tells everybody who waits that the line is gone.
    func abandon() {
        isConnected = false
        let waiting = publishing.values
        publishing = [:]
        for completion in waiting { completion(.interrupted) }
        let subscribers = subscribing.values
        subscribing = [:]
        for completion in subscribers { completion(false) }
    }
}

extension MQTTSession {
    private static func of(_ object: UnsafeMutableRawPointer?) -> MQTTSession? {
        object.map { Unmanaged<MQTTSession>.fromOpaque($0).takeUnretainedValue() }
    }

    private func setCallbacks(_ client: OpaquePointer) {
        mosquitto_connect_v5_callback_set(client) { _, object, code, _, _ in MQTTSession.of(object)?.answered(code) }
        mosquitto_disconnect_v5_callback_set(client) { _, object, code, _ in MQTTSession.of(object)?.lost(code) }
        mosquitto_publish_v5_callback_set(client) { _, object, id, code, _ in MQTTSession.of(object)?.published(id, code) }
        mosquitto_subscribe_v5_callback_set(client) { _, object, id, count, codes, _ in
            let granted = UnsafeBufferPointer(start: codes, count: Int(max(0, count))).allSatisfy { $0 < 128 }
            MQTTSession.of(object)?.subscribed(id, granted)
        }
        mosquitto_message_v5_callback_set(client) { _, object, message, properties in
            guard let message else { return }
            MQTTSession.of(object)?.received(message.pointee, properties)
        }
    }

    private func answered(_ code: Int32) {
        guard code == 0 else {
            let text = Self.reason(code)
            reason = text
            // Only these do not go away by themselves.
            let permanent = [
                MQTT_RC_BAD_USERNAME_OR_PASSWORD, MQTT_RC_NOT_AUTHORIZED, MQTT_RC_BANNED, MQTT_RC_CLIENTID_NOT_VALID,
                MQTT_RC_BAD_AUTHENTICATION_METHOD, MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION,
            ]
            if permanent.contains(where: { Int32($0.rawValue) == code }) {
                isRejected = true
                handler(.rejected(reason: text))
            }
            return
        }
        isConnected = true
        handler(.connected)
    }

    private func lost(_ code: Int32) {
        if reason == nil { reason = code < 128 ? Self.text(code) : Self.reason(code) }
    }

    private func published(_ id: Int32, _ code: Int32) {
        if let completion = publishing.removeValue(forKey: id) {
            completion(Self.result(code))
        } else {
            acknowledged[id] = code
        }
    }

    private func subscribed(_ id: Int32, _ isGranted: Bool) {
        subscribing.removeValue(forKey: id)?(isGranted)
    }

    private func received(_ message: mosquitto_message, _ properties: OpaquePointer?) {
        guard let topic = message.topic else { return }
        let bytes = UnsafeRawBufferPointer(start: message.payload, count: Int(max(0, message.payloadlen)))
        var received = MQTTMessage(topic: String(cString: topic), payload: Array(bytes))
        received.isRetained = message.retain
        received.quality = message.qos == 0 ? .atMostOnce : .atLeastOnce
        var text: UnsafeMutablePointer<CChar>?
        if mosquitto_property_read_string(properties, Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue), &text, false) != nil, let text {
            received.responseTopic = String(cString: text)
            free(text)
        }
        var data: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        if mosquitto_property_read_binary(properties, Int32(MQTT_PROP_CORRELATION_DATA.rawValue), &data, &count, false) != nil,
            let data
        {
            received.correlation = Array(UnsafeRawBufferPointer(start: data, count: Int(count)))
            free(data)
        }
        handler(.message(received))
    }

    private static func result(_ code: Int32) -> MQTTPublishResult {
        if code == Int32(MQTT_RC_NO_MATCHING_SUBSCRIBERS.rawValue) { return .noSubscribers }
        return code < 128 ? .accepted : .refused(reason: reason(code))
    }

    private static func text(_ code: Int32) -> String {
        code == MOSQ_ERR_ERRNO.rawValue ? String(cString: strerror(errno)) : String(cString: mosquitto_strerror(code))
    }

    private static func reason(_ code: Int32) -> String { String(cString: mosquitto_reason_string(code)) }
}
