import MillValue

/// Where a broker is and how it lets us in.
public struct MQTTSettings: Sendable, Hashable {
    /// Encryption by TLS.
    public struct TLS: Sendable, Hashable {
        /// PEM file of the authority that signed the broker's certificate; nil takes the system's.
        public var authority: String?
        /// PEM files by which we show who we are.
        public var certificate: String?
        public var key: String?
        /// Whether the broker's name in its certificate may be another one than the host's.
        public var allowsOtherName = false

        public init() {}
    }

    public var host: String
    public var port: Int
    public var tls: TLS?
    public var username: String?
    public var password: String?
    /// Nil makes one up, so that two programs never push each other out.
    public var clientID: String?
    /// Of our own topics: `<prefix>/available`, `/events`, `/scene`, `/outcomes`.
    public var prefix = "millrace"
    /// How long the line may be silent, in seconds.
    public var keepAlive = 30
    /// The wait before the first and before any later attempt to connect again; it doubles in between.
    public var reconnectDelay: ClosedRange<Duration> = .milliseconds(250)...Duration.seconds(30)
    /// The topic under which Home Assistant discovery lives; nil neither announces nor discovers anything.
    public var discoveryPrefix: String? = "homeassistant"
    /// Whether devices that others announce become devices of this home.
    public var discoversDevices = false
    /// The longest wait before the announcements are repeated for a Home Assistant that has just started.
    public var birthJitter = Duration.seconds(5)

    public init(host: String, port: Int = 1883) {
        self.host = host
        self.port = port
    }

    /// For messages: no user name, no password.
    public var url: String { "\(tls == nil ? "mqtt" : "mqtts")://\(host):\(port)" }
}

extension MQTTSettings {
    /// Reads a connection of the pipeline file: `{url: mqtt://host:1883, username, password, prefix, client_id, keep_alive,
    /// discovery: {prefix, devices, jitter} | false, tls: {ca, certificate, key, insecure}}`.
    ///
    /// - Throws: ``HomeError/configuration(_:)`` with every problem.
    public init(configuration: Value) throws(HomeError) {
        let issues = IssueCollector()
        var reader = ConfigurationReader(configuration, path: [], issues: issues)
        let url = reader.string("url") ?? ""
        let parsed = MQTTURL(url)
        if parsed == nil { reader.report("url", "expected mqtt://host, mqtt://host:port or mqtts://host, found '\(url)'") }
        self.init(host: parsed?.host ?? "", port: parsed?.port ?? 1883)
        if parsed?.isEncrypted == true { tls = TLS() }
        if parsed?.hasCredentials == true {
            reader.report("url", "put user name and password under 'username' and 'password', not into the address")
        }
        // `${secret.mqtt:-}` is empty where nothing is set.
        username = reader.string("username").flatMap { $0.isEmpty ? nil : $0 }
        password = reader.string("password").flatMap { $0.isEmpty ? nil : $0 }
        if password != nil, username == nil { reader.report("username", "missing; a password needs a user name") }
        clientID = reader.string("client_id")
        if let prefix = reader.string("prefix") {
            self.prefix = prefix
            if !Device.isValidTopic(prefix) { reader.report("prefix", "expected a topic without '+' and '#', found '\(prefix)'") }
        }
        if let keepAlive = reader.duration("keep_alive") { self.keepAlive = min(max(Int(keepAlive.inSeconds), 5), 3600) }
        readDiscovery(&reader, issues)
        readTLS(&reader, issues)
        reader.finish()
        try issues.check()
    }

    private mutating func readDiscovery(_ reader: inout ConfigurationReader, _ issues: IssueCollector) {
        switch reader.value("discovery") {
        case nil, .bool(true): break
        case .bool(false): discoveryPrefix = nil
        case .some(let section):
            var reader = ConfigurationReader(section, path: reader.path + ["discovery"], issues: issues)
            if let prefix = reader.string("prefix") { discoveryPrefix = prefix }
            discoversDevices = reader.bool("devices") ?? false
            if let jitter = reader.duration("jitter") { birthJitter = jitter }
            reader.finish()
        }
    }

    private mutating func readTLS(_ reader: inout ConfigurationReader, _ issues: IssueCollector) {
        guard let section = reader.value("tls") else { return }
        var reader = ConfigurationReader(section, path: reader.path + ["tls"], issues: issues)
        if tls == nil { issues.add(reader.path, "needs an address that begins with mqtts://") }
        var tls = TLS()
        tls.authority = reader.string("ca")
        tls.certificate = reader.string("certificate")
        tls.key = reader.string("key")
        tls.allowsOtherName = reader.bool("insecure") ?? false
        reader.finish()
        self.tls = tls
    }
}

/// The parts of `mqtt://host:port`.
struct MQTTURL {
    let host: String
    let port: Int
    let isEncrypted: Bool
    let hasCredentials: Bool

    init?(_ text: String) {
        let schemes = [("mqtts://", true, 8883), ("mqtt://", false, 1883)]
        guard let (scheme, isEncrypted, defaultPort) = schemes.first(where: { text.hasPrefix($0.0) }) else { return nil }
        var rest = text.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        hasCredentials = rest.contains("@")
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        var portText: Substring?
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<close])
            let after = rest[rest.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else { return nil }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else {
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = String(parts.first ?? "")
            portText = parts.count == 2 ? parts[1] : nil
        }
        guard !host.isEmpty, !host.contains("/") else { return nil }
        guard let portText else {
            (self.isEncrypted, port) = (isEncrypted, defaultPort)
            return
        }
        guard let port = Int(portText), (1...65535).contains(port) else { return nil }
        (self.isEncrypted, self.port) = (isEncrypted, port)
    }
}
