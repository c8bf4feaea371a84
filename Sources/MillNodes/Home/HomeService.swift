import Glibc
import MillGraph
import MillHome
import MillStore
import MillValue
import Synchronization

/// The home of a run: one registry of devices that rules and executor share, and the executor of each connection.
final class HomeService: Sendable {
    private let shared = Mutex<DeviceRegistry?>(nil)

    /// The devices with what they last reported; made from the pipeline's `devices` at first use.
    func registry(devices: Value, clock: any MillClock) throws(HomeError) -> DeviceRegistry {
        try shared.withLock { registry throws(HomeError) in
            if let registry { return registry }
            let made = try DeviceRegistry(configuration: devices.isNull ? nil : devices, clock: clock)
            registry = made
            return made
        }
    }
}

/// An entry of `connections` that leads to devices.
struct HomeLink: ClosableResource {
    let executor: ActionExecutor

    func close(after outcome: RunReport.Outcome?) async {
        // A run that was asked to stop has drained: playing the recording again means new actions. One that failed goes on.
        await executor.stop(isComplete: outcome == .finished || outcome == .stopped)
    }
}

extension HomeService {
    private static let fields: [ConfigField] = [
        ConfigField("url", .url, "virtual:, mqtt://host:port or mqtts://host:port", required: true),
        ConfigField(
            "outbox", .path,
            "the file of actions and their outcomes, made with its folder; by default one per pipeline in the user's state "
                + "folder, and none for virtual:"),
        ConfigField("timeout", .duration, "how long a device may take to report the state asked for", default: "5s"),
        ConfigField("expires", .duration, "after this time an action no longer makes sense", default: "30s"),
        ConfigField("username", .string, "at the broker"), ConfigField("password", .string, "at the broker; use ${secret.…}"),
        ConfigField("prefix", .string, "first part of Millrace's own topics", default: "millrace"),
        ConfigField("client_id", .string, "the name towards the broker"),
        ConfigField("keep_alive", .duration, "how often to show that the line is up"),
        ConfigField("discovery", .any, "false, or {prefix, devices, jitter}: Home Assistant discovery"),
        ConfigField("tls", .any, "{ca, certificate, key, insecure}, for mqtts"),
    ]

    /// The kinds of connections: a simulated home in this process, and a broker.
    var connectionTypes: [ResourceType] {
        [
            ("virtual", "A simulated home inside this process."), ("mqtt", "Devices behind an MQTT broker."),
            ("mqtts", "Devices behind an MQTT broker, over TLS."),
        ].map { scheme, summary in
            ResourceType(
                scheme, summary, configuration: Self.fields, usesNetwork: scheme != "virtual",
                check: { context in
                    do {
                        _ = try HomeConnections.make(configuration: Self.connection(context), clock: context.clock)
                        return []
                    } catch { return Self.problems(error) }
                },
                stub: { context in
                    let connection = try HomeConnections.make(configuration: ["url": "virtual:"], clock: context.clock)
                    return try await self.link(context, connection, outbox: nil)
                },
                make: { context in
                    let connection = try HomeConnections.make(configuration: Self.connection(context), clock: context.clock)
                    let path = scheme == "virtual" ? nil : Self.outboxPath(context)
                    return try await self.link(context, connection, outbox: context.config["outbox"]?.string ?? path)
                })
        }
    }

    private func link(
        _ context: ResourceContext, _ connection: any HomeConnection, outbox: String?
    ) async throws -> any Sendable {
        var settings = ActionExecutor.Settings()
        settings.timeout = try context.config.duration("timeout")
        settings.expires = try context.config.duration("expires")
        if let outbox { try OutputFile.makeFolders(of: outbox) }
        let executor = ActionExecutor(
            registry: try registry(devices: context.devices, clock: context.clock), connection: connection,
            outbox: try Outbox(path: outbox), clock: context.clock, settings: settings, log: context.logger)
        try await executor.start()
        return HomeLink(executor: executor)
    }

    /// What the connection itself reads, without the executor's keys.
    private static func connection(_ context: ResourceContext) -> Value {
        .map(
            ValueMap(
                context.config.values.filter { !["outbox", "timeout", "expires"].contains($0.key) && !$0.value.isNull }.map {
                    ($0.key, $0.value)
                }))
    }

    /// The issues of a home configuration as the graph places them in the file.
    static func problems(_ error: any Error, under path: [String] = []) -> [ConfigurationProblem] {
        guard case HomeError.configuration(let issues) = error else {
            return [ConfigurationProblem(path, "\(error)")]
        }
        return issues.map { issue in
            ConfigurationProblem(
                path + issue.path, issue.message, suggestion: issue.suggestion.map { "did you mean \($0)?" })
        }
    }

    /// `$XDG_STATE_HOME/millrace/PIPELINE-HASH.sqlite`, by default under `~/.local/state`. The hash is of the pipeline file's
    /// folder: pipelines of the same name in different folders have nothing to do with each other.
    private static func outboxPath(_ context: ResourceContext) -> String {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } }
        let state = variable("XDG_STATE_HOME") ?? "\(variable("HOME") ?? ".")/.local/state"
        let name = String(context.pipeline.map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "_" })
        return "\(state)/millrace/\(name)-\(Fingerprint.letters("\(context.directory)/\(context.pipeline)")).sqlite"
    }
}
