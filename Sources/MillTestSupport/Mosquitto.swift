import Foundation
import Glibc

/// A real Mosquitto on a free loopback port, for tests.
///
/// ```swift
/// let broker = try Mosquitto()
/// defer { broker.stop() }
/// ```
public final class Mosquitto: @unchecked Sendable {
    public enum Failure: Error, CustomStringConvertible {
        case notInstalled
        case didNotStart(String)

        public var description: String {
            switch self {
            case .notInstalled: "mosquitto is not installed; apt-get install mosquitto"
            case .didNotStart(let log): "mosquitto did not start: \(log)"
            }
        }
    }

    /// Encryption with certificates made for `localhost`.
    public struct Certificates: Sendable {
        public let authority, certificate, key: String

        public init(authority: String, certificate: String, key: String) {
            self.authority = authority
            self.certificate = certificate
            self.key = key
        }
    }

    public let port: Int
    /// Holds the configuration; removed by ``stop()``.
    public let folder: URL
    private var process: ChildProcess?

    /// Starts a broker and returns when it takes connections.
    ///
    /// - Parameters:
    ///   - password: when given, only this user with this password is let in.
    ///   - certificates: when given, the port speaks TLS.
    public init(password: (user: String, password: String)? = nil, certificates: Certificates? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-broker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
        var lines = [
            "listener \(port) 127.0.0.1", "persistence false", "log_type information", "log_type notice", "log_type error",
            "log_dest stderr", "max_queued_messages 10000", "pid_file \(folder.appendingPathComponent("pid").path)",
        ]
        if let password {
            let file = folder.appendingPathComponent("passwords").path
            try Self.run("mosquitto_passwd", ["-b", "-c", file, password.user, password.password])
            lines += ["allow_anonymous false", "password_file \(file)"]
        } else {
            lines.append("allow_anonymous true")
        }
        if let certificates {
            lines += ["cafile \(certificates.authority)", "certfile \(certificates.certificate)", "keyfile \(certificates.key)"]
        }
        // Mosquitto gives up root by default, and could then not read a folder of ours.
        if getuid() == 0 { lines.append("user root") }
        try lines.joined(separator: "\n").write(
            to: folder.appendingPathComponent("broker.conf"), atomically: true, encoding: .utf8)
        try start()
    }

    deinit { stop() }

    public var url: String { "mqtt://127.0.0.1:\(port)" }

    /// Starts it again after ``interrupt()``.
    public func start() throws {
        guard let binary = Self.find("mosquitto") else { throw Failure.notInstalled }
        let process = try ChildProcess([binary, "-c", folder.appendingPathComponent("broker.conf").path])
        var log: [String] = []
        while log.last?.hasSuffix(" running") != true {
            guard let line = process.outputLine() else { throw Failure.didNotStart(log.joined(separator: "\n")) }
            log.append(line)
        }
        self.process = process
    }

    /// Makes the broker hang: its connections stay open, and nothing is answered. `false` wakes it up.
    public func freeze(_ isFrozen: Bool = true) throws {
        let text = try String(contentsOf: folder.appendingPathComponent("pid"), encoding: .utf8)
        guard let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw Failure.didNotStart("it wrote no process number")
        }
        kill(pid, isFrozen ? SIGSTOP : SIGCONT)
    }

    /// Ends the broker as a power cut would end it for its clients; ``start()`` brings it back on the same port.
    public func interrupt() {
        process?.end()
        process = nil
    }

    public func stop() {
        interrupt()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A loopback port that nobody uses now.
    public static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Failure.didNotStart("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Makes an authority and a certificate for `localhost` with openssl.
    public static func makeCertificates(in folder: URL) throws -> Certificates {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        try run(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path("ca.key"), "-out", path("ca.pem"), "-days", "2",
                "-subj", "/CN=Test authority",
            ])
        try run(
            "openssl",
            [
                "req", "-newkey", "rsa:2048", "-nodes", "-keyout", path("server.key"), "-out", path("server.csr"), "-subj",
                "/CN=localhost",
            ])
        try "subjectAltName=DNS:localhost,IP:127.0.0.1".write(toFile: path("names"), atomically: true, encoding: .utf8)
        try run(
            "openssl",
            [
                "x509", "-req", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial",
                "-out", path("server.pem"), "-days", "2", "-extfile", path("names"),
            ])
        return Certificates(authority: path("ca.pem"), certificate: path("server.pem"), key: path("server.key"))
    }

    private static func run(_ name: String, _ arguments: [String]) throws {
        guard let binary = find(name) else { throw Failure.notInstalled }
        try ChildProcess.run([binary] + arguments)
    }

    private static func find(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/local/sbin"])
            .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
